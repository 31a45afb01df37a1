"""Parts of training: corpus, fragments, export, evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import FIELDS
from composer.engine.text.entities import SLOTS, EntityRecognizer
from composer.engine.text.features import FeatureExtractor
from composer.engine.train import export, fragments, tune_phrases
from composer.engine.train.config import CorpusConfig, ExportConfig, PhraseFitConfig, TrainConfig
from composer.engine.train.corpus import Conversation, Corpus, is_validation, validation_step_for, without_marks
from composer.engine.train.evaluate import Measured, context_before, is_worse, measure
from composer.engine.train.pipeline import train
from composer.engine.train.reading import read, read_vocabulary
from composer.engine.types import Entry, Offer, Offers, SuggestionContext, Turn
from tests.engine.samples import ENTRIES, SMALL, conversations


def conversation(*texts: str, customer: str = "", agent: str = "a") -> Conversation:
    """Customer and agent in turn, the customer first."""
    turns = [Turn("agent" if at % 2 else "customer", text, float(at)) for at, text in enumerate(texts)]
    return Conversation(turns, customer=customer, agent=agent)


def corpus_of(*added: Conversation, **config: float) -> Corpus:
    extractor = FeatureExtractor(EntityRecognizer(), {"hello": 0, "there": 1})
    corpus = Corpus(extractor, CorpusConfig(**config))  # type: ignore[arg-type]
    for each in added:
        corpus.add(each)
    return corpus


def no_progress(*_: object) -> None:
    pass


# The corpus


def test_messages_that_read_the_same_masked_are_one_template() -> None:
    corpus = corpus_of(conversation("hi", "You owe $3.", "ok", "You owe $4."), conversation("hi", "you  owe $5."))
    assert list(corpus.templates) == [f"you owe {SLOTS['amount']}."]
    assert corpus.answers == [0, 0, 0]
    assert corpus.counts().tolist() == [3.0]
    assert corpus.surfaces[0].most_common(1)[0][0] == f"You owe {SLOTS['amount']}."
    assert len(corpus.bags()) == 3 * FIELDS


def test_customers_and_single_letters_are_no_answers() -> None:
    assert corpus_of(conversation("my words", "k")).answers == []


def test_feedback_changes_counts_within_a_bound() -> None:
    corpus = corpus_of(*[conversation("hi", "You owe $3.")] * 10)
    corpus.add_feedback("You owe $99.", 4.0)
    assert corpus.counts().tolist() == [14.0]
    corpus.add_feedback("You owe $99.", -1000.0)
    assert corpus.counts().tolist() == [5.0], "half of what was said is left"
    corpus.add_feedback("Nobody said this", 4.0)
    assert len(corpus.counts()) == 1


def test_what_an_agent_uses_is_counted() -> None:
    corpus = corpus_of(conversation("hi", "Hello there", agent="a"), conversation("hi", "Hello there", agent="b"))
    assert corpus.agent_counts == {("a", 0): 1, ("b", 0): 1}


def test_names_are_left_out_of_some_answers() -> None:
    added = [conversation("hi", "I like Hello there")] * 40
    lengths = {}
    for dropout in (0.0, 0.5, 1.0):
        bags = corpus_of(*added, name_dropout=dropout).answer_features(np.full(1, 40.0, np.float32))
        lengths[dropout] = len(bags.ids)
    assert lengths[0.0] >= lengths[0.5] >= lengths[1.0]


def test_marks_are_no_part_of_a_text_for_privacy() -> None:
    assert without_marks("well, that is all...") == "well that is all"
    assert without_marks("at 3.5 a.m") == "at 3.5 a.m"


@pytest.mark.parametrize(("messages", "step"), [(0, 0), (3999, 0), (4000, 20), (45_000, 22), (1_000_000, 500)])
def test_how_many_conversations_validate(messages: int, step: int) -> None:
    assert validation_step_for(messages) == step


def test_validation_conversations_are_not_in_the_corpus() -> None:
    added = [conversation("hello there", f"Hello number {number}") for number in range(40)]
    config = CorpusConfig(min_validation_step=4, min_validation_messages=10)
    corpus = read(lambda: iter(added), [], no_progress, config)
    assert corpus.validation_step == 4
    assert len(corpus.answers) == 30
    assert [number for number in range(8) if is_validation(number, 4)] == [3, 7]


def test_words_of_enough_customers_are_known() -> None:
    said = [conversation("the router blinks", "Try again", customer=str(number)) for number in range(3)]
    secret = [conversation("swordfish swordfish", "swordfish", customer="one")] * 5
    extractor, messages = read_vocabulary(lambda: [*said, *secret], [Entry("x", "Bluebell bluebell")], no_progress)
    assert messages == 8
    assert "router" in extractor.numbers
    assert "swordfish" not in extractor.numbers
    assert set(SLOTS.values()) <= set(extractor.numbers)


# Fragments


def cut(told: Sequence[tuple[str, Sequence[int]]], shared: Sequence[bool], limit: int = 100) -> fragments.Fragments:
    """Fragments of texts, each with the customers it was sent to."""
    pairs = [(number, customer) for number, (_, customers) in enumerate(told) for customer in customers]
    return fragments.cut([text for text, _ in told], np.array(shared), np.array(pairs, np.int64).reshape(-1, 2), limit)


ROUTER = [(f"The {name} is up. Could you restart the router?", [number]) for number, name in enumerate("abc")]


def test_what_three_customers_were_sent_is_cut_out() -> None:
    result = cut(ROUTER, [False] * 3)
    assert "is up. Could you restart the router?" in result.texts
    assert not any(f"The {name}" in text for text in result.texts for name in "abc")


def test_what_two_customers_were_sent_is_not() -> None:
    assert not any("router" in text for text in cut(ROUTER[:2], [False] * 2).texts)
    same = [(text, [0]) for text, _ in ROUTER]
    assert not any("router" in text for text in cut(same, [False] * 3).texts), "one customer, three times"


def test_a_shared_text_counts_as_enough_customers_and_is_not_cut() -> None:
    told = [ROUTER[0], ("Could you restart the router?", [5])]
    result = cut(told, [False, True])
    assert "Could you restart the router?" in result.texts
    assert cut(told[1:], [True]).texts == []


def test_fragments_know_their_messages_and_begins() -> None:
    told = [(f"Hello and welcome to {name}", [number]) for number, name in enumerate("abc")]
    result = cut(told, [False] * 3)
    [number] = [n for n, text in enumerate(result.texts) if text.startswith("Hello")]
    assert result.opens[number]
    assert sorted(result.message_of[result.run_of == number].tolist()) == [0, 1, 2]


def test_the_most_frequent_fragments_are_kept() -> None:
    assert len(cut(ROUTER, [False] * 3, limit=1).texts) == 1


# Export


def test_vectors_are_narrowed_to_where_they_differ() -> None:
    rng = np.random.default_rng(0)
    vectors = np.zeros((50, 6), np.float32)
    vectors[:, :2] = rng.standard_normal((50, 2))
    projection = export.narrowed(vectors, np.ones(50, np.float32), 2)
    assert projection.shape == (6, 2)
    narrow = vectors @ projection
    assert narrow @ narrow.T == pytest.approx(vectors @ vectors.T, abs=1e-3)
    assert export.narrowed(vectors, np.ones(50, np.float32), 10) == pytest.approx(np.eye(6))


def test_a_smaller_export_keeps_the_most_used(tmp_path: Path) -> None:
    config = TrainConfig(encoders=SMALL, export=ExportConfig(max_templates=1, vector_width=8))
    train(tmp_path / "small", conversations, ENTRIES, config=config)
    artefact = Artefact(tmp_path / "small")
    assert len(artefact.texts("templates")) == 1
    assert artefact.array("vectors").shape == (1, 8)
    assert artefact.array("projection").shape == (48, 8)


def test_what_an_artefact_says_of_itself(artefact: Path) -> None:
    opened = Artefact(artefact)
    assert opened.meta["messages"] == 540
    assert opened.meta["templates"] == len(opened.texts("templates")) == 3
    assert len(opened.texts("agents")) == 1
    assert len(opened.array("rank_weights")) == len(opened.texts("rank_features")) == 0


def test_progress_names_its_stages(tmp_path: Path) -> None:
    stages: list[str] = []
    train(
        tmp_path / "one",
        conversations,
        ENTRIES,
        progress=lambda stage, *_: stages.append(stage),
        config=TrainConfig(encoders=SMALL),
    )
    assert list(dict.fromkeys(stages)) == ["words", "messages", "towers"]


# Evaluation


class Parrot:
    """An engine that offers one text whatever is said."""

    def __init__(self, text: str) -> None:
        self.text = text

    def prepare(self, _: SuggestionContext) -> Parrot:
        return self

    def suggest(self, _: str) -> Offers:
        return Offers((Offer(self.text, self.text, "", "global"),))


def test_offers_that_say_the_same_are_hits() -> None:
    talks = [conversation("hi", "Please restart the router now", "ok", "Goodbye")]
    assert measure(Parrot("please restart the ROUTER now"), talks, 10) == Measured((True, False))
    assert measure(Parrot("Please restart the router"), talks, 10).hits[0], "nearly"
    assert measure(Parrot("x"), talks, 1).turns == 1


def test_the_context_before_a_message() -> None:
    talk = Conversation(conversation("hi", "Hello", "bye").turns, agent="a", queue="q", customer_name="Kim")
    context = context_before(talk, 2)
    assert [turn.text for turn in context.turns] == ["hi", "Hello"]
    assert (context.agent, context.metadata, context.customer_name) == ("a", {"queue_name": "q"}, "Kim")


@pytest.mark.parametrize(
    ("lost", "won", "worse"), [(0, 0, False), (1, 0, False), (2, 0, True), (4, 2, False), (60, 40, True), (5, 9, False)]
)
def test_worse_is_more_than_chance(lost: int, won: int, worse: bool) -> None:
    old = Measured((True,) * lost + (False,) * won + (True,) * 10)
    new = Measured((False,) * lost + (True,) * won + (True,) * 10)
    assert is_worse(new, old) is worse


# The phrase threshold


def test_all_thresholds_are_tried() -> None:
    config = PhraseFitConfig(min_probabilities=(0.6, 0.8), length_decays=(0.5,), smoothings=(0.1, 0.2, 0.3))
    grid = tune_phrases.grid(config)
    assert len(grid) == len(set(grid)) == 6


def test_where_an_agent_looks_up() -> None:
    looks = tune_phrases.looks_at("I have sent it", PhraseFitConfig(first_letters=3, letters_into_word=1))
    assert looks == [0, 1, 2, 3, 7, 8, 12, 13]
    assert tune_phrases.looks_at("", PhraseFitConfig()) == []
