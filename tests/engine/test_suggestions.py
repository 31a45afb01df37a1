"""The trained suggestion engine: lists, conversations and typed text in, offers out. Cases are data."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from composer.engine.serve import diversify, reranker
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.rank_texts import SIGNS
from composer.engine.serve.session import RankingSession
from composer.engine.store.artefact import ArtefactError
from composer.engine.train import corpus, fit_rank_weights, fit_reranker, tune_phrases
from composer.engine.train.corpus import Conversation
from composer.engine.train.pipeline import train
from composer.engine.types import MAX_OFFERS, Entry, Offers, RecentText, SuggestionContext, Turn

# No text may hold a keystroke up, whatever it is; a thousand times what is usual, for machines that are busy.
LONGEST_S = 0.25
DATA = json.loads((Path(__file__).parent / "data" / "suggestions.json").read_text())


def entry(row: dict[str, Any]) -> Entry:
    filters = tuple((name, frozenset(values)) for name, values in row.get("filters", {}).items())
    return Entry(row["key"], row["text"], filters=filters)


def turns(rows: list[list[str]], **values: str) -> tuple[Turn, ...]:
    return tuple(Turn(role, text.format(**values), at) for at, (role, text) in enumerate(rows))  # type: ignore[arg-type]


def conversations() -> list[Conversation]:
    found = []
    for row in DATA["conversations"]:
        for number in range(row["repeat"]):
            values = {name: values[number] for name, values in row["values"].items()}
            # Each many times: below some hundred messages the engine goes by the list alone.
            found += [Conversation(turns(row["turns"], **values), agent="a", queue="q")] * 30
    return found


ENTRIES = [entry(row) for row in DATA["list"]]


@pytest.fixture(scope="module")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "one"
    train(directory, conversations, ENTRIES)
    return directory


@pytest.fixture(scope="module")
def engine(artefact: Path) -> RankingEngine:
    return RankingEngine.open(artefact, ENTRIES)


def scene(case: dict[str, Any]) -> SuggestionContext:
    return SuggestionContext(
        company="c",
        environment="production",
        agent="a",
        turns=turns(case.get("turns", [])),
        inserts=case.get("inserts", {}),
        metadata=case.get("metadata", {}),
        day_part=case.get("day_part", ""),
        queue="q",
    )


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_cases(engine: RankingEngine, case: dict[str, Any]) -> None:
    replies = engine.prepare(scene(case)).suggest(case["typed"]).replies
    texts = [reply.text for reply in replies]
    assert len(texts) <= case.get("at_most", MAX_OFFERS), texts
    assert texts or not case.get("some")
    if "first" in case:
        assert texts[:1] == [case["first"]]
    if "holds" in case:
        assert case["holds"] in texts
    assert case.get("never") not in texts
    assert not any(case.get("never_part", "\0") in text for text in texts), texts


def test_an_offer_says_where_it_comes_from(engine: RankingEngine) -> None:
    own = (Entry("own", "Hello my friend", "Friendly", source="custom"),)
    prepared = engine.prepare(
        SuggestionContext("c", "production", "a", customs=own, inserts={"NAME": "Kim"}, customer_name="Kim")
    )
    by_text = {
        offer.text: offer for query in ("hello", "thanks", "great, a") for offer in prepared.suggest(query).replies
    }
    assert by_text["Hello my friend"].source == "custom"
    assert by_text["Hello, how can I help?"].source == "global"
    assert by_text["Thanks, Kim."].template == "Thanks, {NAME}."
    assert all(offer.parts for offer in by_text.values())


def test_what_the_agent_says_often_is_organic(engine: RankingEngine) -> None:
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    for agent, source in (("a", "organic"), ("b", "company")):
        replies = engine.prepare(SuggestionContext("c", "production", agent, told)).suggest("great, a").replies
        assert replies[0].source == source


def test_the_company_can_switch_learned_responses_off(artefact: Path) -> None:
    settings = RankingEngine.open(artefact, ENTRIES).settings
    engine = RankingEngine.open(artefact, ENTRIES, type(settings)(transcripts=False))
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    for agent, allowed in (("b", {"global"}), ("a", {"global", "organic"})):
        prepared = engine.prepare(SuggestionContext("c", "p", agent, told))
        sources = {offer.source for query in ("", "great, a", "you") for offer in prepared.suggest(query).replies}
        assert sources <= allowed
    assert "organic" in sources, "an agent's own habits are not the company's"


def recent_scene(*said: str, agent: str = "b", customers: int = 9) -> SuggestionContext:
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    recent = tuple(RecentText(text, 1.0, f"k{number % customers}") for number, text in enumerate(said))
    return SuggestionContext("c", "p", agent, told, recent=recent)


def test_what_the_agent_lately_said_moves_up(engine: RankingEngine) -> None:
    def score(scene: SuggestionContext) -> float:
        offers = engine.prepare(scene).suggest("please reset").replies
        return next(offer.score for offer in offers if offer.key == "password")

    reset = "Please reset your password and try again."
    before = score(recent_scene())
    once, often = (score(recent_scene(*[reset] * count)) for count in (1, 5))
    assert before < once < often
    passed, never = (
        score(dataclasses.replace(recent_scene(), recent=(RecentText(reset, weight),))) for weight in (-1.0, -1000.0)
    )
    assert before > passed > never > before - 1, "what was passed over moves down, but not out of sight"


def test_a_new_habit_is_offered_with_the_facts_of_this_conversation(engine: RankingEngine) -> None:
    said = [f"Splendid choice, dining at {place} is a delight!" for place in ("Lucca", "Legume", "Porch")]
    replies = engine.prepare(recent_scene(*said)).suggest("splendid").replies
    assert [(offer.text, offer.source) for offer in replies] == [
        ("Splendid choice, dining at Mezzaluna is a delight!", "organic")
    ]
    assert engine.prepare(recent_scene(*said[:2])).suggest("splendid").replies == (), "twice is no habit"
    assert engine.prepare(recent_scene(*said, customers=2)).suggest("splendid").replies
    assert engine.prepare(recent_scene(*said, customers=1)).suggest("splendid").replies == (), "one customer's affair"


def test_a_new_habit_whose_facts_are_not_said_here_is_left_out(engine: RankingEngine) -> None:
    said = [f"Splendid, that costs ${price}.50 altogether!" for price in (12, 13, 14)]
    assert engine.prepare(recent_scene(*said)).suggest("splendid").replies == ()


def test_a_phrase_goes_on_with_what_is_typed(engine: RankingEngine) -> None:
    prepared = engine.prepare(SuggestionContext("c", "p", "a", turns([["customer", "I want a table at Mezzaluna."]])))
    for query in ("Great, a table ", "Great, a tab", "a table at Me"):
        phrase = prepared.suggest(query).phrase
        assert phrase.startswith(query)
        assert len(phrase) > len(query)


def test_ranking_puts_the_answer_first(engine: RankingEngine) -> None:
    before = DATA["conversations"][0]["turns"][:5]
    told = SuggestionContext("c", "p", "a", turns(before, place="Mezzaluna"), queue="q")
    scores = engine.rank(told, ["Great, a table at Lucca is free. Shall I reserve it?", "You owe $3.00 in total."])
    assert scores[1] > scores[0]


def test_a_new_list_goes_with_an_old_model(artefact: Path) -> None:
    engine = RankingEngine.open(artefact, [Entry("new", "Completely new words here")])
    texts = [offer.text for offer in engine.prepare(SuggestionContext("c", "p", "a")).suggest("completely").replies]
    assert texts[0] == "Completely new words here"


def test_the_list_alone_is_enough_to_start(tmp_path: Path) -> None:
    train(tmp_path / "cold", list, ENTRIES)
    prepared = RankingEngine.open(tmp_path / "cold", ENTRIES).prepare(SuggestionContext("c", "p", "a"))
    assert prepared.suggest("").replies
    assert prepared.suggest("hello").replies[0].text == "Hello, how can I help?"


def test_offers_that_were_taken_rank_higher(tmp_path: Path) -> None:
    told = SuggestionContext("c", "p", "b", turns([["customer", "I paid $3.50, how much do I owe?"]]))

    def score(name: str, usage: list[tuple[str, float]]) -> float:
        train(tmp_path / name, conversations, ENTRIES, usage=usage)
        [offer, *_] = RankingEngine.open(tmp_path / name, ENTRIES).prepare(told).suggest("you owe").replies
        assert offer.text == "You owe $3.50 in total."
        return offer.score

    plain = score("plain", [])
    assert score("unknown", [("Nobody ever said this", 50.0)]) == pytest.approx(plain)
    assert score("taken", [("You owe $8.20 in total.", 50.0)] * 9) > plain
    assert score("passed", [("You owe $8.20 in total.", -0.1)] * 900) < plain


def test_kept_back_conversations_teach_a_second_ranking(
    artefact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RankingEngine.open(artefact, ENTRIES).model.second is None, "few conversations: none is kept back"
    monkeypatch.setattr(corpus, "LEAST_STEP", 4)
    monkeypatch.setattr(corpus, "LEAST_KEPT", 40)
    monkeypatch.setattr(fit_reranker, "LEAST_TRIALS", 40)
    monkeypatch.setattr(fit_rank_weights, "LEAST_MESSAGES", 40)
    monkeypatch.setattr(tune_phrases, "LEAST_MESSAGES", 40)
    train(tmp_path / "two", conversations, ENTRIES)
    again = RankingEngine.open(tmp_path / "two", ENTRIES)
    assert again.model.second is not None
    assert len(again.model.rank_weights) == len(SIGNS)
    assert json.loads((tmp_path / "two" / "meta.json").read_text())["caution"] is not None
    assert again.model.messages == RankingEngine.open(artefact, ENTRIES).model.messages, "in the end all are learned"
    test_ranking_puts_the_answer_first(again)
    for case in DATA["cases"]:
        if "first" in case and case["typed"]:
            test_cases(again, case)


def test_one_in_so_many_conversations_is_kept_back() -> None:
    assert [corpus.validation_step_for(messages) for messages in (0, 3_999, 4_000, 45_000)] == [0, 0, 20, 22]
    assert [number for number in range(50) if corpus.is_validation(number, 20)] == [19, 39]
    assert not corpus.is_validation(0, 0)


def test_the_second_ranking_learns_what_the_first_does_not_know() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        signs = rng.standard_normal((12, 5)).astype(np.float32)
        signs[:, 0] = -np.arange(12) / 10
        # What is right shows in the third sign alone.
        found.append((signs, np.eye(12, dtype=np.float32)[signs[:, 2].argmax()]))
    fitted = fit_reranker.fit(found[:300])
    assert fitted is not None
    right = [fitted.scores(signs).argmax() == aim.argmax() for signs, aim in found[300:]]
    assert np.mean(right) > 0.8
    assert fit_reranker.fit(found[:20]) is None, "too few to learn from"


def test_candidates_without_words_have_signs_too(artefact: Path) -> None:
    pool = RankingEngine.open(artefact, [*ENTRIES, Entry("smile", ":)"), Entry("wave", "\U0001f44b")]).pool
    vector = pool.model.context_vector([], "q", "a")
    evidence = pool.evidence(vector, "a")
    signs = reranker.feature_matrix(pool, pool.best(evidence.scores, len(pool)), evidence, [])
    assert np.isfinite(signs).all()


@pytest.mark.parametrize("inserts", [{"NAME": "Nora"}, {}])
def test_inserts_inside_of_continuations_are_filled_or_left_out(tmp_path: Path, inserts: dict[str, str]) -> None:
    """How far a continuation goes depends on how sure it is; here is what may be shown at all."""
    typed = "Is there anybody you trust? I can register them as your "
    entries = [*ENTRIES, Entry("two", typed + "second contact, {NAME}.")]
    train(tmp_path / "inserts", list, entries)
    prepared = RankingEngine.open(tmp_path / "inserts", entries).prepare(
        SuggestionContext("c", "p", "a", inserts=inserts)
    )
    rest = prepared.suggest(typed).phrase.removeprefix(typed).rstrip(".")
    assert rest in ("", "second contact", "second contact,", *(f"second contact, {name}" for name in inserts.values()))


def test_a_reply_is_a_text_that_somebody_sent_whole(engine: RankingEngine) -> None:
    prepared = engine.prepare(
        SuggestionContext("c", "p", "a", turns([["customer", "I want a table at Mezzaluna for $9."]]))
    )
    whole = {"Great, a table at Mezzaluna is free. Shall I reserve it?", "Your table at Mezzaluna is reserved."}
    whole |= {"You owe $9 in total.", *(row.text for row in ENTRIES)}
    for typed in ("I am glad that a table", "Well, shall I", "Good, your table at", "Please tell me your table", "You"):
        assert {reply.text for reply in prepared.suggest(typed).replies} <= whole, typed


@pytest.fixture(scope="module")
def everyday(tmp_path_factory: pytest.TempPathFactory) -> RankingSession:
    """A conversation at a desk with several texts that agree on how a message goes on: one text proves too little."""
    firsts = ("Sure", "Right", "Fine", "Good", "Gladly", "Yes", "Okay", "Alright", "Perfect")
    texts = [f"{first}, I hold it for your next call today." for first in firsts]
    entries = [Entry(text, text) for text in [*texts, "Sure, I hold it for you."]]
    directory = tmp_path_factory.mktemp("phrases") / "everyday"
    train(directory, list, entries)
    scene = SuggestionContext("c", "p", "a", turns([["customer", "Alexandra here"]]), customer_name="Alexandra")
    return RankingEngine.open(directory, entries).prepare(scene)


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("Sure, I hold it for your next call", " today."),
        ("Sure, I hold it for your next call ", "today."),
        ("Sure, I hold it for your next call t", ""),
        ("Sure, I hold it for your next ca", "ll today."),
        ("Hi Ale", "xandra"),
        ("Hi Alex", ""),
    ],
)
def test_a_phrase_saves_a_word_or_six_letters(everyday: RankingSession, typed: str, rest: str) -> None:
    assert everyday.suggest(typed).phrase.removeprefix(typed) == rest


def test_a_phrase_does_not_go_on_within_a_word_that_may_be_whole(everyday: RankingSession) -> None:
    assert everyday.suggest("Sure, I hold it for yo").phrase.startswith("Sure, I hold it for your")
    assert everyday.suggest("Sure, I hold it for you").phrase == ""


def test_what_was_said_comes_again_where_many_messages_make_it_likely(
    engine: RankingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["customer", "Hi, I want a table at Mezzaluna."]
    table = "Great, a table at Mezzaluna is free. Shall I reserve it?"
    asked_twice = SuggestionContext("c", "p", "a", turns([asked, ["agent", table], asked]))

    def offered() -> list[str]:
        return [reply.text for reply in engine.prepare(asked_twice).suggest("").replies]

    assert table not in offered(), "540 messages do not teach what is said again"
    monkeypatch.setattr(diversify, "OVERLAP_UNTIL", 500)
    assert table not in offered(), "it is not likely here"
    monkeypatch.setattr(diversify, "MIN_CHANCE_AGAIN", 0.0)
    monkeypatch.setattr(diversify, "MIN_CHANCE", 0.0)
    assert table in offered()


def test_nothing_is_offered_after_the_last_sentence_of_a_long_message(engine: RankingEngine) -> None:
    prepared = engine.prepare(SuggestionContext("c", "p", "a", turns([["customer", "I want a table at Mezzaluna."]])))
    long = "I had a look at all that you have told me so far, and I have asked my colleagues as well. " * 2
    assert prepared.suggest(long + "Great, a table ").phrase
    assert prepared.suggest(long.rstrip()) == Offers()
    assert prepared.suggest(long) == Offers()


def test_learned_texts_hold_no_facts(artefact: Path) -> None:
    stored = b"".join(path.read_bytes() for path in artefact.glob("templates*"))
    assert b"Lucca" not in stored
    assert b"12.50" not in stored


def test_an_artefact_is_never_written_over(artefact: Path) -> None:
    with pytest.raises(OSError, match=r"exist|empty"):
        train(artefact, list, ENTRIES)


def test_no_artefact_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError):
        RankingEngine.open(tmp_path, ENTRIES)


@pytest.mark.parametrize("damage", ["missing", "cut short", "another version"])
def test_a_damaged_artefact_is_an_error(artefact: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(artefact, copy)
    if damage == "missing":
        (copy / "vectors.npy").unlink()
    elif damage == "cut short":
        (copy / "vectors.npy").write_bytes((copy / "vectors.npy").read_bytes()[:100])
    else:
        (copy / "meta.json").write_text('{"version": 0}')
    with pytest.raises(ArtefactError):
        RankingEngine.open(copy, ENTRIES)


@settings(max_examples=150, deadline=None)
@given(query=st.text(max_size=120))
def test_any_text_gives_at_most_three_different_offers(engine: RankingEngine, query: str) -> None:
    told = turns([["customer", "I want a table at Mezzaluna for 3."]])
    prepared = engine.prepare(SuggestionContext("c", "p", "a", told))
    started = time.perf_counter()
    offers = prepared.suggest(query)
    assert time.perf_counter() - started < LONGEST_S
    assert len(offers.replies) <= MAX_OFFERS
    assert len({reply.text for reply in offers.replies}) == len(offers.replies)
    assert offers.phrase == "" or offers.phrase.startswith(query)


@settings(max_examples=50, deadline=None)
@given(said=st.lists(st.text(max_size=60), max_size=5), names=st.text(max_size=8))
def test_any_conversation_can_be_prepared(engine: RankingEngine, said: list[str], names: str) -> None:
    told = tuple(Turn("customer" if number % 2 else "agent", text) for number, text in enumerate(said))
    assert (
        len(engine.prepare(SuggestionContext("c", "p", "a", told, customer_name=names)).suggest("").replies)
        <= MAX_OFFERS
    )
