"""The first day: a list, and no conversation to learn from yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from composer.engine.index.lexical import LexicalIndex, stems
from composer.engine.serve.engine import RankingEngine
from composer.engine.train.pipeline import train
from composer.engine.types import Entry, RecentText, SuggestionContext, Turn

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
    scene = SuggestionContext("c", "production", "a", turns(*said), customs=customs)
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
    assert offered(engine, *said) == ["speed"], "router and cable are in common, and the light was said"


def test_what_has_nothing_to_do_with_the_question_fills_no_list(engine: RankingEngine) -> None:
    assert offered(engine, CODE) == ["code"]
    assert offered(engine, "my parrot sings at midnight") == []


def test_own_responses_without_a_reason_fill_no_list(engine: RankingEngine) -> None:
    customs = (Entry("own", "Fair point.", source="custom"), Entry("often", "Right away!", source="custom"))
    assert offered(engine, CODE, customs=customs) == ["code"]
    used = SuggestionContext(
        "c", "p", "a", turns(CODE), customs=customs, recent=(RecentText("Right away!", 1.0, "k1"),)
    )
    assert {offer.key for offer in engine.prepare(used).suggest("").replies} == {"code", "often"}
    assert offered(engine, CODE, customs=customs, typed="fair") == ["own"], "what is typed for is found"


@pytest.mark.parametrize(
    "spoken",
    [
        Turn("agent", "One moment, I look at the light and the speed of your router.", 1.0, automatic=True),
        Turn("agent", "Hello! Is it the light of the router, its speed or your bill?", 1.0),
    ],
    ids=["automatic", "greeting"],
)
def test_no_greeting_and_no_automatic_message_is_what_an_answer_goes_by(engine: RankingEngine, spoken: Turn) -> None:
    asked = SuggestionContext("c", "p", "a", (Turn("customer", CODE, 0.0), spoken))
    assert [offer.key for offer in engine.prepare(asked).suggest("").replies] == ["code"]


def test_nobody_asks_how_to_help_who_was_told_it_or_greets_twice(engine: RankingEngine) -> None:
    assert "hello" in offered(engine, "Hi")
    assert "hello" not in offered(engine, "Hello, please help me, my phone was stolen today")
    assert "hello" not in offered(engine, "Hi", "Hello there!")
    assert "hello" not in offered(engine, "Hi", "One moment, please.", "hello?", "I am on it.", "hello")
    assert offered(engine, "Hello, please help me", typed="hello")[0] == "hello", "what is typed for is found"


@pytest.mark.parametrize(
    "again",
    [
        LIST[5].text,
        "Each QR code works only once! I have issued a fresh one.",
        "Thank you for waiting, Nora. Each QR code works only once. I've issued a fresh one. Could you try it now?",
        "I am sorry, Nora. Each QR code really works only once. You will find it among your messages soon.",
    ],
    ids=["whole", "nearly", "inside", "half"],
)
def test_what_was_said_here_is_not_offered_again(engine: RankingEngine, again: str) -> None:
    """Neither a response of the list nor the agent's own; nor one of which half is part of a longer message."""
    asked = "the QR code is not accepted, the light is red"
    own = Entry("own", "Was the QR code scanned before?", source="custom")
    assert set(offered(engine, CODE, "One moment.", asked, customs=(own,))) == {"own", "code", "light"}
    assert set(offered(engine, CODE, again, asked, customs=(own,))) == {"own", "light"}
    assert set(offered(engine, CODE, "Was the QR code scanned before!", asked, customs=(own,))) == {"code", "light"}


def test_the_companys_own_numbers_stay_as_written(tmp_path: Path) -> None:
    entries = [*LIST, Entry("late", "The transfer takes a day or two longer.", folder="Bills")]
    scene = SuggestionContext("c", "p", "a", turns("wow 45 now!! how long does the transfer take"))
    [first, *_] = engine_of(tmp_path, entries).prepare(scene).suggest("").replies
    assert first.text == "The transfer takes a day or two longer."


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
    said = turns("I pay by direct debit, where are my €2 off every month? Did the discount end?")
    replies = {
        plan: [
            offer.text
            for offer in engine.prepare(SuggestionContext("c", "p", "a", said, inserts=inserts)).suggest("").replies
        ]
        for plan, inserts in {"": {}, "Basic": {"PLAN": "Basic"}}.items()
    }
    assert replies[""] == ["Your discount came to an end."]
    assert "Paying by direct debit takes €2 off Basic every month." in replies["Basic"]


def test_only_an_order_that_is_not_by_folder_says_what_is_frequent(tmp_path: Path, engine: RankingEngine) -> None:
    assert not engine.index.ordered
    other = engine_of(tmp_path, SHUFFLED)
    assert other.index.ordered
    assert offered(other, "what now")[0] == "hello"


@pytest.mark.parametrize("text", ["Please, what is the", "I don't have it, and you’re there"])
def test_words_that_say_nothing_are_nothing_in_common(text: str) -> None:
    assert stems(text) == ()


def test_endings_do_not_tell_words_apart() -> None:
    assert stems("Codes, code, code's; scanning Scanned, scan") == ("cod", "scan")


def test_texts_without_words_have_nothing_in_common() -> None:
    assert LexicalIndex([]).scores({}).tolist() == []
    lexical = LexicalIndex(["", "!?", "a code"])
    assert lexical.scores(lexical.query_terms([])).tolist() == [0, 0, 0]
    assert lexical.score({}, "nothing") == 0.0
