"""Phrases: votes in lists and in arrays agree, and the phrase threshold is tuned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from composer.engine.index import phrases
from composer.engine.index.phrases import BEGIN, PhraseIndex
from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve import phrase_votes
from composer.engine.store import artefact
from composer.engine.store.artefact import Artefact
from composer.engine.text.entities import SLOTS
from composer.engine.train import tune_phrases
from composer.engine.train.config import PhraseFitConfig
from composer.engine.train.corpus import Conversation
from composer.engine.types import Offer, Offers, SuggestionContext, Turn

TEXTS = [
    f"{start} {middle} {end}"
    for start in ("Please", "Could you", "I will")
    for middle in ("send it", "send the parcel", f"call {SLOTS['name']}", "look it up")
    for end in ("today", "right away, thank you", "again", f"by {SLOTS['date']}")
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> PhraseIndex:
    directory = tmp_path_factory.mktemp("phrases") / "one"
    artefact.save(directory, {}, phrases.build(TEXTS))
    return phrases.load(Artefact(directory))


def both(index: PhraseIndex, seed: int) -> list[phrase_votes.Votes]:
    """The positions after some words with random weights: as lists, and as arrays."""
    rng = np.random.default_rng(seed)
    weights = rng.random(len(TEXTS), np.float32)
    squares = weights * weights / rng.integers(1, 5, len(TEXTS)).astype(np.float32)
    words = [["please"], ["send", "please"], [BEGIN], ["it"], ["call"]][seed % 5]
    [*_, (start, end)] = index.after([index.number(word) for word in words])
    few = phrase_votes.votes_between(index, start, end, weights.data, squares.data)
    positions = np.arange(start, end, dtype=np.int32)
    texts = index.text[positions]
    many = phrase_votes.votes_of(
        index, positions, positions, index.next[positions], weights[texts], squares[texts], max_list_votes=0
    )
    assert isinstance(many, phrase_votes.ManyVotes)
    return [few, many]


@pytest.mark.parametrize("seed", range(20))
def test_lists_and_arrays_vote_alike(index: PhraseIndex, seed: int) -> None:
    few, many = both(index, seed)
    assert few.totals() == pytest.approx(many.totals())
    total, _ = few.totals()
    confidence = {index.end: 0.0, index.number(SLOTS["name"]): 0.5, index.number(SLOTS["date"]): 0.0}
    for share in (0.05, 0.3, 0.6):
        for decay in (1.0, 0.7):
            steps = few.agreed(share * total, confidence, decay, 8)
            assert steps == many.agreed(share * total, confidence, decay, 8)
    low, high = index.starting_with("s")
    assert len(few.starting(low, high)) == len(many.starting(low, high))


def test_phrases_stop_where_votes_part_and_sooner_with_more_decay(index: PhraseIndex) -> None:
    start, end = index.after([index.number("could")])[0]
    ones = np.ones(len(TEXTS), np.float32)
    votes = phrase_votes.votes_between(index, start, end, ones.data, ones.data)
    total, _ = votes.totals()

    def words_on(share: float, decay: float) -> int:
        step = votes.agreed(share * total, {index.end: 0.0}, decay, 8)
        if step is None:
            return 0
        first, last = step
        return TEXTS[index.text_at[last]][index.at_at[first] : index.at_at[last]].count(" ")

    # "you" is certain, "send" follows in half of the texts, "it" in a quarter.
    assert [words_on(share, 1.0) for share in (0.9, 0.4, 0.2)] == [1, 2, 3]
    assert words_on(0.4, 0.7) == 1
    assert votes.agreed(2 * total, {index.end: 0.0}, 1.0, 8) is None


class Typist:
    """An engine whose phrases are right from a certain threshold on."""

    def __init__(self, right_from: float) -> None:
        self.right_from = right_from

    def prepare(self, scene: SuggestionContext) -> Typist:
        assert scene.turns
        return self

    def suggest(self, _: str) -> Offers:
        return Offers((Offer("Something else altogether", "", "", "global"),))

    def phrases(self, query: str, thresholds: Sequence[PhraseThreshold]) -> list[str]:
        said = "I have sent it to you"
        rest = said[len(query) :]
        return [rest if each.min_probability >= self.right_from else "no such words" for each in thresholds]


TALK = [Conversation([Turn("customer", "Where is it?"), Turn("agent", "I have sent it to you")])]


@pytest.mark.parametrize("right_from", [0.6, 0.72, 0.8])
def test_the_lowest_threshold_with_which_phrases_are_right(right_from: float) -> None:
    config = PhraseFitConfig(min_messages=20)
    threshold = tune_phrases.fit(Typist(right_from), TALK * 20, config)
    assert threshold is not None
    assert threshold.min_probability == right_from


def test_a_few_messages_tune_no_threshold() -> None:
    assert tune_phrases.fit(Typist(0.6), TALK * 19, PhraseFitConfig(min_messages=20)) is None


def test_a_reply_that_is_nearly_it_ends_the_typing() -> None:
    said = "I have sent it to you today"
    assert tune_phrases.is_taken("I have sent it to you today", said, 0, PhraseFitConfig())
    assert tune_phrases.is_taken("I have sent it to you", said, 0, PhraseFitConfig())
    assert not tune_phrases.is_taken("I have sent it to you", said, 22, PhraseFitConfig())
    assert not tune_phrases.is_taken("Could you wait for it?", said, 0, PhraseFitConfig())


def test_a_phrase_that_was_taken_hides_the_next_keystrokes() -> None:
    trial = tune_phrases.ThresholdTrial()
    trial.see("I ", "have sent", "I have sent it")
    trial.see("I h", "ope so", "I have sent it")
    assert (trial.offers, trial.right) == (1, 1)
    trial.see("I have sent ", "you", "I have sent it")
    trial.see("I have sent ", "you", "I have sent it")
    assert (trial.offers, trial.right) == (2, 1)
