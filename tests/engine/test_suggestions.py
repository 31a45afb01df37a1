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

from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.reranker import RERANK_FEATURES, RerankBatch, feature_matrix
from composer.engine.serve.session import RankingSession
from composer.engine.serve.settings import DiversifierConfig, Settings
from composer.engine.serve.text_features import TEXT_FEATURES
from composer.engine.store.artefact import ArtefactError
from composer.engine.train import corpus, fit_reranker
from composer.engine.train.pipeline import train
from composer.engine.types import MAX_OFFERS, Entry, Offers, RecentText, SuggestionContext, Turn
from tests.engine.samples import DATA, ENTRIES, TRAINING, context_of, conversations, turns

# No text may hold a keystroke up, whatever it is; a thousand times what is usual, for machines that are busy.
MAX_S = 0.25


@pytest.mark.parametrize("case", DATA["cases"], ids=lambda case: case["name"])
def test_cases(engine: RankingEngine, case: dict[str, Any]) -> None:
    replies = engine.prepare(context_of(case)).suggest(case["typed"]).replies
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


def test_what_the_agent_says_often_is_organic(engine: RankingEngine) -> None:
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    for agent, source in (("a", "organic"), ("b", "company")):
        replies = engine.prepare(SuggestionContext("c", "production", agent, told)).suggest("great, a").replies
        assert replies[0].source == source


def test_the_company_can_switch_learned_responses_off(artefact: Path) -> None:
    engine = RankingEngine.open(artefact, ENTRIES, Settings(transcripts=False))
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    for agent, allowed in (("b", {"global"}), ("a", {"global", "organic"})):
        prepared = engine.prepare(SuggestionContext("c", "p", agent, told))
        sources = {offer.source for query in ("", "great, a", "you") for offer in prepared.suggest(query).replies}
        assert sources <= allowed
    assert "organic" in sources, "an agent's own habits are not the company's"


def context_with_history(*said: str, agent: str = "b", customers: int = 9) -> SuggestionContext:
    told = turns([["customer", "Hi, I want a table at Mezzaluna."]])
    recent = tuple(RecentText(text, 1.0, f"k{number % customers}") for number, text in enumerate(said))
    return SuggestionContext("c", "p", agent, told, recent=recent)


def test_what_the_agent_lately_said_moves_up(engine: RankingEngine) -> None:
    def score(context: SuggestionContext) -> float:
        offers = engine.prepare(context).suggest("please reset").replies
        return next(offer.score for offer in offers if offer.key == "password")

    reset = "Please reset your password and try again."
    before = score(context_with_history())
    once, often = (score(context_with_history(*[reset] * count)) for count in (1, 5))
    assert before < once < often
    passed, never = (
        score(dataclasses.replace(context_with_history(), recent=(RecentText(reset, weight),)))
        for weight in (-1.0, -1000.0)
    )
    assert before > passed > never > before - 1, "what was passed over moves down, but not out of sight"


def test_a_new_habit_is_offered_with_the_values_of_this_conversation(engine: RankingEngine) -> None:
    said = [f"Splendid choice, dining at {place} is a delight!" for place in ("Lucca", "Legume", "Porch")]
    replies = engine.prepare(context_with_history(*said)).suggest("splendid").replies
    assert [(offer.text, offer.source) for offer in replies] == [
        ("Splendid choice, dining at Mezzaluna is a delight!", "organic")
    ]
    assert engine.prepare(context_with_history(*said[:2])).suggest("splendid").replies == (), "twice is no habit"
    assert engine.prepare(context_with_history(*said, customers=2)).suggest("splendid").replies
    assert engine.prepare(context_with_history(*said, customers=1)).suggest("splendid").replies == (), (
        "one customer's affair"
    )


def test_a_new_habit_whose_values_were_not_said_is_left_out(engine: RankingEngine) -> None:
    said = [f"Splendid, that costs ${price}.50 altogether!" for price in (12, 13, 14)]
    assert engine.prepare(context_with_history(*said)).suggest("splendid").replies == ()


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
        train(tmp_path / name, conversations, ENTRIES, usage=usage, config=TRAINING)
        [offer, *_] = RankingEngine.open(tmp_path / name, ENTRIES).prepare(told).suggest("you owe").replies
        assert offer.text == "You owe $3.50 in total."
        return offer.score

    plain = score("plain", [])
    assert score("unknown", [("Nobody ever said this", 50.0)]) == pytest.approx(plain)
    assert score("taken", [("You owe $8.20 in total.", 50.0)] * 9) > plain
    assert score("passed", [("You owe $8.20 in total.", -0.1)] * 900) < plain


def test_validation_conversations_fit_a_reranker(
    engine: RankingEngine, calibrated: RankingEngine, calibrated_artefact: Path
) -> None:
    assert engine.model.reranker is None, "few conversations: none validates"
    assert calibrated.model.reranker is not None
    assert calibrated.model.reranker.features == RERANK_FEATURES.names
    assert set(calibrated.model.rank_weights) == set(TEXT_FEATURES.names)
    assert json.loads((calibrated_artefact / "meta.json").read_text())["phrase_threshold"] is not None
    assert calibrated.model.messages == engine.model.messages, "in the end all are learned"
    test_ranking_puts_the_answer_first(calibrated)
    for case in DATA["cases"]:
        if "first" in case and case["typed"]:
            test_cases(calibrated, case)


def test_one_conversation_in_some_validates() -> None:
    assert [corpus.validation_step_for(messages) for messages in (0, 3_999, 4_000, 45_000)] == [0, 0, 20, 22]
    assert [number for number in range(50) if corpus.is_validation(number, 20)] == [19, 39]
    assert not corpus.is_validation(0, 0)


def test_the_reranker_learns_what_the_first_stage_does_not_know() -> None:
    rng = np.random.default_rng(1)
    examples = []
    for _ in range(400):
        features = rng.standard_normal((12, 5)).astype(np.float32)
        features[:, 0] = -np.arange(12) / 10
        # What is right shows in the third feature alone.
        target = np.eye(12, dtype=np.float32)[features[:, 2].argmax()]
        examples.append(fit_reranker.Example(features, target))
    fitted = fit_reranker.fit(examples[:300], names=tuple("abcde"))
    assert fitted is not None
    right = [fitted.scores(features).argmax() == target.argmax() for features, target in examples[300:]]
    assert np.mean(right) > 0.8
    assert fit_reranker.fit(examples[:20]) is None, "too few to learn from"


def test_candidates_without_words_have_features_too(artefact: Path) -> None:
    engine = RankingEngine.open(artefact, [*ENTRIES, Entry("smile", ":)"), Entry("wave", "\U0001f44b")])
    stage = engine.first_stage.score(engine.model.context_vector([], "q", "a"), "a")
    rows = engine.index.best(stage.total, len(engine.index))
    batch = RerankBatch(engine.index, rows, stage, [], engine.settings.reranking)
    assert np.isfinite(feature_matrix(batch)).all()


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


def test_what_was_said_comes_again_where_many_messages_make_it_likely(engine: RankingEngine) -> None:
    asked = ["customer", "Hi, I want a table at Mezzaluna."]
    table = "Great, a table at Mezzaluna is free. Shall I reserve it?"
    asked_twice = SuggestionContext("c", "p", "a", turns([asked, ["agent", table], asked]))

    def offered(config: DiversifierConfig) -> list[str]:
        other = RankingEngine(engine.model, ENTRIES, Settings(diversifier=config))
        return [reply.text for reply in other.prepare(asked_twice).suggest("").replies]

    assert table not in offered(DiversifierConfig()), "540 messages do not teach what is said again"
    assert table not in offered(DiversifierConfig(min_messages_again=500)), "it is not likely here"
    likely = DiversifierConfig(min_messages_again=500, min_probability_again=0.0, min_probability=0.0)
    assert table in offered(likely)


def test_nothing_is_offered_after_the_last_sentence_of_a_long_message(engine: RankingEngine) -> None:
    prepared = engine.prepare(SuggestionContext("c", "p", "a", turns([["customer", "I want a table at Mezzaluna."]])))
    long = "I had a look at all that you have told me so far, and I have asked my colleagues as well. " * 2
    assert prepared.suggest(long + "Great, a table ").phrase
    assert prepared.suggest(long.rstrip()) == Offers()
    assert prepared.suggest(long) == Offers()


def test_learned_texts_hold_no_entities(artefact: Path) -> None:
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
    assert time.perf_counter() - started < MAX_S
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
