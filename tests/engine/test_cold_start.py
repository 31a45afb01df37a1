"""The first day: a list, and no conversation to learn from yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from composer.engine.ranking.overlap import Overlap, stems
from composer.engine.ranking.serving import RankingEngine
from composer.engine.ranking.training import train
from composer.engine.types import Entry, Scene, Turn

LIST = [
    Entry("hello", "Hello, how can I help you today?", folder="Openings"),
    Entry("wait", "One moment, please.", folder="Openings"),
    Entry("light", "A red light means that no signal arrives. Is the cable bent?", "Red light", folder="Router"),
    Entry("restart", "Please unplug the router for thirty seconds.", "Restart", folder="Router"),
    Entry("speed", "Could you run a speed test by cable?", "Speed test", folder="Router"),
    Entry("code", "Each QR code works only once. I've issued a fresh one.", "New QR code", folder="Phone"),
    Entry("debit", "Paying by direct debit takes €2 off {PLAN} every month.", folder="Bills"),
    Entry("discount", "Your discount came to an end.", "Discount ended", folder="Bills"),
]
SHUFFLED = [LIST[place] for place in (0, 2, 5, 6, 1, 3, 7, 4)]
CODE = "I scanned the QR code and nothing happened"


def turns(*texts: str) -> tuple[Turn, ...]:
    """Customer and agent in turn, the customer first."""
    return tuple(Turn("agent" if place % 2 else "customer", text, float(place)) for place, text in enumerate(texts))


def engine_of(path: Path, entries: Sequence[Entry]) -> RankingEngine:
    train(path / "model", lambda: iter(()), entries)
    return RankingEngine.open(path / "model", entries)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> RankingEngine:
    return engine_of(tmp_path_factory.mktemp("cold"), LIST)


def offered(engine: RankingEngine, *said: str, customs: tuple[Entry, ...] = (), typed: str = "") -> list[str]:
    """Keys of what is offered, at the empty composer or for what is typed."""
    scene = Scene("c", "production", "a", turns(*said), customs=customs)
    return [offer.key for offer in engine.prepare(scene).suggest(typed).replies]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        (CODE, "code"),
        ("The router's light is red", "light"),
        ("my speed is bad, i tested it", "speed"),
        ("why did the discounts end", "discount"),
    ],
)
def test_rare_words_in_common_come_first(engine: RankingEngine, said: str, first: str) -> None:
    assert offered(engine, said)[0] == first


@pytest.mark.parametrize(("said", "first"), [("is your direct debit cheaper", "debit"), ("hi", "restart")])
def test_of_what_starts_alike_the_one_with_words_in_common_comes_first(tmp_path: Path, said: str, first: str) -> None:
    engine = engine_of(tmp_path, [LIST[0], LIST[3], Entry("debit", "Please pay by direct debit."), LIST[1]])
    assert offered(engine, said, typed="Please ")[0] == first


def test_what_was_said_is_not_offered_first_again(engine: RankingEngine) -> None:
    said = ("The light on the router is red", LIST[2].text, "no it is not bent, the router light is still red")
    assert offered(engine, *said)[0] == "restart"


def test_own_responses_that_do_not_fit_give_way(engine: RankingEngine) -> None:
    customs = tuple(
        Entry(f"own{n}", text, source="custom") for n, text in enumerate(("Fair point.", "Right away!", "Ha"))
    )
    assert offered(engine, CODE, customs=customs)[0] == "code"


def test_own_responses_that_fit_come_first(engine: RankingEngine) -> None:
    own = Entry("own", "Was the QR code scanned before?", source="custom")
    assert offered(engine, CODE, customs=(own,))[0] == "own"


def test_an_agents_own_list_is_offered_without_a_global_one(tmp_path: Path) -> None:
    own = Entry("own", "Let me look at that code.", source="custom")
    assert offered(engine_of(tmp_path, []), CODE, customs=(own,)) == ["own"]


def test_an_amount_that_was_said_brings_no_unfilled_insert(engine: RankingEngine) -> None:
    scene = Scene("c", "production", "a", turns("I pay by direct debit, where are my €2 off every month"))
    texts = [offer.text for offer in engine.prepare(scene).suggest("").replies]
    assert texts
    assert not any("{" in text for text in texts)


def test_only_an_order_that_is_not_by_folder_says_what_is_frequent(tmp_path: Path, engine: RankingEngine) -> None:
    assert not engine.pool.ordered
    other = engine_of(tmp_path, SHUFFLED)
    assert other.pool.ordered
    assert offered(other, "what now")[0] == "hello"


def test_endings_do_not_tell_words_apart() -> None:
    assert stems("Codes, code, code's; scanning Scanned, scan") == ("cod", "scan")


def test_texts_without_words_have_nothing_in_common() -> None:
    assert Overlap([]).scores({}).tolist() == []
    overlap = Overlap(["", "!?", "a code"])
    assert overlap.scores(overlap.asked([])).tolist() == [0, 0, 0]
    assert overlap.score({}, "nothing") == 0.0
