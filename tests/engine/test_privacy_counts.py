"""What may be learned: only what enough different customers were told."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.privacy import PRIVACY, CustomerCounts, CustomerNumbers, PrivacyRule
from composer.engine.serve.engine import RankingEngine
from composer.engine.store.artefact import Artefact
from composer.engine.text.entities import SLOTS
from composer.engine.train.corpus import Conversation
from composer.engine.train.pipeline import train
from composer.engine.types import Turn
from tests.engine.samples import TRAINING, context_with


def test_the_rule() -> None:
    assert PrivacyRule(min_customers=3, min_customers_own=2) == PRIVACY
    with pytest.raises(dataclasses.FrozenInstanceError):
        PRIVACY.min_customers = 1  # type: ignore[misc]


def test_customers_have_numbers_in_order() -> None:
    numbers = CustomerNumbers()
    assert [numbers.of(customer) for customer in ("kim", "nora", "kim")] == [0, 1, 0]


def test_an_unknown_customer_is_another_one_each_time() -> None:
    numbers = CustomerNumbers()
    assert len({numbers.of("") for _ in range(5)}) == 5
    assert numbers.of("kim") == numbers.of("kim")


@pytest.mark.parametrize(
    ("customers", "shared"), [([], False), ([1], False), ([1, 1, 1], False), ([1, 2, 1, 2], False), ([1, 2, 3], True)]
)
def test_three_different_customers_share(customers: list[int], shared: bool) -> None:
    counts: CustomerCounts[str] = CustomerCounts()
    for customer in customers:
        counts.add("it", customer)
    assert counts.is_shared("it") is shared
    assert not counts.is_shared("another")


@given(customers=st.lists(st.integers(0, 5), max_size=20), enough=st.integers(2, 5))
def test_it_is_the_number_of_different_customers_that_counts(customers: list[int], enough: int) -> None:
    counts: CustomerCounts[str] = CustomerCounts(enough)
    for customer in customers:
        counts.add("it", customer)
    assert counts.is_shared("it") is (len(set(customers)) >= enough)


def test_what_is_published_is_shared() -> None:
    counts: CustomerCounts[str] = CustomerCounts()
    counts.publish("it")
    counts.add("it", 1)
    assert counts.is_shared("it")


def test_what_is_not_kept_is_forgotten() -> None:
    counts: CustomerCounts[str] = CustomerCounts()
    for item in ("one", "other"):
        counts.publish(item)
    counts.keep({"one"})
    assert counts.is_shared("one")
    assert not counts.is_shared("other")


SECRET = "Your password is swordfish and nobody else has it."
COMMON = "Please restart the router and wait for the light."


def talk(customer: str, *said: str) -> Conversation:
    turns = [Turn("agent" if at % 2 else "customer", text, float(at)) for at, text in enumerate(said)]
    return Conversation(turns, customer=customer, agent="a")


def company() -> list[Conversation]:
    common = [talk(f"c{number % 9}", "my router is broken", COMMON) for number in range(300)]
    # Sent forty times, and to one customer alone.
    return [*common, *(talk("one", "what is it", SECRET) for _ in range(40))]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "private"
    train(directory, company, [], config=TRAINING)
    return directory


def test_what_one_customer_was_told_is_in_no_file(learned: Path) -> None:
    stored = b"".join(path.read_bytes() for path in learned.iterdir())
    assert b"router" in stored
    assert b"swordfish" not in stored
    assert b"password" not in stored


def test_it_is_not_offered_and_completes_nothing(learned: Path) -> None:
    session = RankingEngine.open(learned, []).prepare(context_with("what is it", agent="a"))
    for query in ("", "your pass", "Your password is ", "swordf"):
        offers = session.suggest(query)
        assert "swordfish" not in " ".join([offers.phrase, *(reply.text for reply in offers.replies)])


def test_what_several_were_told_is_offered(learned: Path) -> None:
    session = RankingEngine.open(learned, []).prepare(context_with("my router is broken", agent="a"))
    assert session.suggest("").replies[0].text == COMMON


def test_its_vector_is_left_and_no_text(learned: Path) -> None:
    opened = Artefact(learned)
    assert len(opened.texts("templates")) == 1
    assert len(opened.array("vectors")) == 2


def test_a_masked_text_is_shared_although_its_values_differ(tmp_path: Path) -> None:
    said = [talk(f"c{number % 5}", "what do I owe", f"You owe ${number}.50 in total") for number in range(320)]
    train(tmp_path / "masked", lambda: said, [], config=TRAINING)
    assert list(Artefact(tmp_path / "masked").texts("folded")) == [f"you owe {SLOTS['amount']} in total"]
    session = RankingEngine.open(tmp_path / "masked", []).prepare(context_with("what do I owe? I saw $7.25"))
    assert [reply.text for reply in session.suggest("you owe").replies] == ["You owe $7.25 in total"]
