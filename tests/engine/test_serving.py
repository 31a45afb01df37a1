"""Parts of serving: which texts say the same, how far a conversation has come, an agent's history, phrases."""

from __future__ import annotations

import numpy as np
import pytest

from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve import stages
from composer.engine.serve.candidates import ScoredText
from composer.engine.serve.completion import Completer
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.offers import are_near, distinct, repeats, sentences, word_set
from composer.engine.serve.phrase_weights import phrase_weights
from composer.engine.serve.session import RankingSession
from composer.engine.serve.settings import AgentHistoryConfig, CompletionConfig, SessionConfig, Settings, TextMatch
from composer.engine.serve.typed_text import divided
from composer.engine.text.entities import SLOTS
from composer.engine.types import Entry, Offers, RecentText, Turn
from tests.engine.samples import ENTRIES, context_with

TABLE = "Hi, I want a table at Mezzaluna."
FREE = "Great, a table at Mezzaluna is free. Shall I reserve it?"
MATCH = TextMatch()


# Which texts say the same


def scored(*texts: str) -> list[ScoredText]:
    return [ScoredText(row, text, -float(row)) for row, text in enumerate(texts)]


def test_distinct_texts_come_in_order_three_at_most() -> None:
    texts = ("Your refund is here", "Your refund is here!", "One moment", "Please wait", "Thank you")
    assert [each.text for each in distinct(scored(*texts), "", MATCH)] == [texts[0], texts[2], texts[3]]


def test_an_offer_must_add_letters_to_what_is_typed() -> None:
    assert distinct(scored("Hello"), "hello", MATCH) == []
    assert distinct(scored("Hello you"), "hello", MATCH)
    assert distinct(scored("Hello"), "hello", TextMatch(min_letters_left=-1))


@pytest.mark.parametrize(
    ("text", "spoken", "again"),
    [
        ("Please restart the router.", "please restart the router", True),
        ("Please restart the router.", "Hello. Please restart the router. Is it on?", True),
        ("Please restart the router. Thank you.", "Please restart the router.", True),
        ("Please call the shop and ask for the red one.", "Please restart the router.", False),
        ("Please restart the router.", "", False),
        ("", "Please restart the router.", False),
    ],
)
def test_repetitions(text: str, spoken: str, again: bool) -> None:
    assert repeats(text, [spoken], MATCH) is again


def test_words_of_texts() -> None:
    assert word_set("It's, it's ME!") == {"it's", "me"}
    assert are_near(word_set("a b c"), word_set("a b d"), 0.6)
    assert not are_near(word_set("a b c"), word_set("a b d"), 0.7)
    assert sentences("One. ... Two!  Three") == ("One.", "Two!", "Three")


# How far a conversation has come


def told(*texts: str, **last: bool) -> list[Turn]:
    """Customer and agent in turn, the customer first."""
    turns = [Turn("agent" if at % 2 else "customer", text, float(at)) for at, text in enumerate(texts)]
    if last:
        turns[-1] = Turn(turns[-1].role, turns[-1].text, turns[-1].at, **last)
    return turns


@pytest.mark.parametrize("text", ["Hello", "hi there", "Good morning!", "  Hey, how are you?", "WELCOME to Larkline"])
def test_greetings(text: str) -> None:
    assert stages.greets(text)


@pytest.mark.parametrize("text", ["History is long", "I said hello", "", "Goodbye", "Hiya"])
def test_no_greetings(text: str) -> None:
    assert not stages.greets(text)


def test_offers_of_help_and_their_end() -> None:
    assert stages.offers_help("How can I help you today?")
    assert stages.offers_help("What brings you here?")
    assert not stages.offers_help("Is there anything else I can help with?")


@pytest.mark.parametrize(
    ("text", "says"), [("Hello there, good morning", False), ("please help", False), ("my phone was stolen", True)]
)
def test_what_says_something(text: str, says: bool) -> None:
    assert stages.says_something(text) is says


def test_automatic_messages_and_greetings_after_the_question_do_not_count() -> None:
    assert [turn.text for turn in stages.relevant_turns(told("my phone is broken", "Hello!"))] == ["my phone is broken"]
    assert len(stages.relevant_turns(told("my phone is broken", "I see", automatic=True))) == 1
    assert len(stages.relevant_turns(told("my phone is broken", "I see"))) == 2
    assert len(stages.relevant_turns([Turn("agent", "Hello!")])) == 1, "before the customer wrote it is all there is"


def test_after_a_greeting_or_two_messages_it_is_too_late_to_greet() -> None:
    assert not stages.has_greeted(told("hi", "One moment"))
    assert stages.has_greeted(told("hi", "Hello!"))
    assert stages.has_greeted(told("hi", "One moment", "ok", "Here it is"))


# An agent's history


def history_of(engine: RankingEngine, *recent: RecentText, **config: float):
    settings = Settings(history=AgentHistoryConfig(**config))  # type: ignore[arg-type]
    return RankingEngine(engine.model, ENTRIES, settings).agent_history.of(recent, "Sam")


def test_no_history_moves_nothing(engine: RankingEngine) -> None:
    history = history_of(engine)
    assert (len(history.rows), len(history.gains), history.new) == (0, 0, ())


def test_texts_of_list_and_model_gain(engine: RankingEngine) -> None:
    history = history_of(
        engine, RecentText("Please reset your password and try again.", 1.0, "k"), RecentText(FREE, 2.0, "k")
    )
    keys = [engine.index.template(row) for row in history.rows.tolist()]
    assert keys == ["Please reset your password and try again.", FREE.replace("Mezzaluna", SLOTS["name"])]
    assert 0 < history.gains[0] < history.gains[1]


def test_what_was_passed_over_loses_within_a_bound(engine: RankingEngine) -> None:
    text = "Please reset your password and try again."
    losses = [float(history_of(engine, RecentText(text, weight)).gains[0]) for weight in (-1.0, -6.0, -1e6)]
    assert losses[0] > losses[1] == losses[2]


def test_new_habits_need_times_and_customers(engine: RankingEngine) -> None:
    def new(times: int, customers: int, text: str = "Splendid choice indeed!") -> list[str]:
        recent = [RecentText(text, 1.0, f"k{number % customers}") for number in range(times)]
        return [entry.text for entry in history_of(engine, *recent).new]

    assert new(3, 2) == ["Splendid choice indeed!"]
    assert new(2, 2) == []
    assert new(9, 1) == []
    assert new(3, 2, "too long " * 60) == []
    assert history_of(engine, *[RecentText("Indeed!", 1.0, f"k{n}") for n in range(3)], max_new=0).new == ()


# Typed text and phrases


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("", ("", "")),
        ("Hel", ("", "Hel")),
        ("Hello ", ("Hello ", "")),
        ("Hello wor", ("Hello ", "wor")),
        ("Hello, I'm", ("Hello, ", "I'm")),
        ("Hello.", ("Hello.", "")),
    ],
)
def test_typed_text_is_divided_at_its_last_word(query: str, parts: tuple[str, str]) -> None:
    assert divided(query) == parts


def completer_of(session: RankingSession) -> Completer:
    return session.completer


@pytest.fixture(scope="module")
def session(engine: RankingEngine) -> RankingSession:
    return engine.prepare(context_with(TABLE))


def test_votes_follow_the_typed_words(session: RankingSession) -> None:
    typed = completer_of(session).typed("Great, a ta")
    assert (typed.start, typed.part) == ("Great, a ", "ta")
    assert typed.votes is not None
    words = {session.engine.model.phrases.words[row[2]] for row in typed.votes.rows}  # type: ignore[attr-defined]
    assert words == {"table"}
    assert completer_of(session).typed("Nobody types xyzzy ").votes is None


def test_the_same_typed_text_has_the_same_votes(session: RankingSession) -> None:
    once, again = (completer_of(session).typed("Great, a table ") for _ in range(2))
    assert once.votes is again.votes


def test_a_stricter_threshold_gives_shorter_phrases(session: RankingSession) -> None:
    thresholds = [PhraseThreshold(0.1, 1.0, 0.0), PhraseThreshold(0.99, 0.5, 5.0)]
    long, short = session.phrases("Great, a table ", thresholds)
    assert long.startswith("at Mezzaluna")
    assert len(short) < len(long)


@pytest.mark.parametrize(
    ("phrase", "part", "enough"),
    [
        ("", "", False),
        ("ll today", "ca", True),
        ("t", "", False),
        ("at", "", True),
        ("ll", "ca", False),
        (" at", "x", True),
    ],
)
def test_what_a_phrase_must_save(session: RankingSession, phrase: str, part: str, enough: bool) -> None:
    assert completer_of(session).saves_enough(phrase, part) is enough


def test_a_long_message_is_complete_after_its_last_sentence(session: RankingSession) -> None:
    long = "word " * 40
    assert completer_of(session).is_complete(long + "end.")
    assert not completer_of(session).is_complete(long + "end")
    assert not completer_of(session).is_complete("end.")


def test_weights_of_texts_follow_the_scores(engine: RankingEngine, session: RankingSession) -> None:
    weights = phrase_weights(engine, session.prepared.scores, session.prepared.vector)
    assert len(weights) == len(engine.completions.counts)
    free = engine.model.number_of[f"great, a table at {SLOTS['name']} is free. shall i reserve it?"]
    assert weights.argmax() == free
    off = RankingEngine(engine.model, ENTRIES, Settings(transcripts=False))
    learned = phrase_weights(off, session.prepared.scores, session.prepared.vector)[: len(engine.model.templates)]
    assert not learned.any()


def test_phrases_of_arrays_are_those_of_lists(engine: RankingEngine, session: RankingSession) -> None:
    """With no votes in lists, all are in arrays."""
    settings = Settings(completion=CompletionConfig(max_list_votes=0))
    other = RankingEngine(engine.model, ENTRIES, settings).prepare(context_with(TABLE))
    for query in ("Great, a ", "Great, a tab", "Your ", "You owe ", "Please "):
        assert other.suggest(query).phrase == session.suggest(query).phrase, query


# Keystrokes


def test_too_long_a_text_has_no_offers(engine: RankingEngine) -> None:
    settings = Settings(session=SessionConfig(max_query_length=10))
    short = RankingEngine(engine.model, ENTRIES, settings).prepare(context_with(TABLE))
    assert short.suggest("Please r").replies
    assert short.suggest("Please reset") == Offers()


def test_the_same_offer_is_the_same_object(session: RankingSession) -> None:
    [once, *_], [again, *_] = (session.suggest(query).replies for query in ("please r", "please re"))
    assert once is again


def test_words_inside_of_a_response_find_it(session: RankingSession) -> None:
    assert session.suggest("password again").replies[0].key == "password"


def test_a_typo_finds_what_was_meant(session: RankingSession) -> None:
    assert session.suggest("plaese reset").replies[0].key == "password"


def test_space_and_nothing_are_the_empty_composer(session: RankingSession) -> None:
    assert session.suggest("") is session.suggest("   ") is session.suggest("\n")


def test_the_agents_own_come_first_when_typed(engine: RankingEngine) -> None:
    own = Entry("own", "Please reset it yourself.", source="custom")
    replies = engine.prepare(context_with(TABLE, customs=(own,))).suggest("please").replies
    assert [reply.key for reply in replies][:2] == ["own", "password"]


def test_of_equal_own_texts_one_is_offered(engine: RankingEngine) -> None:
    customs = tuple(Entry(f"own{number}", "Please reset it yourself.", source="custom") for number in range(3))
    replies = engine.prepare(context_with(TABLE, customs=customs)).suggest("please reset it").replies
    assert len(replies) == 1


def test_a_session_is_pure(session: RankingSession) -> None:
    queries = ["g", "gr", "great, a table", "your", "xyz", "plaese"]
    first = [session.suggest(query) for query in queries]
    assert [session.suggest(query) for query in reversed(queries)] == first[::-1]
    assert np.isfinite(session.prepared.scores).all()
