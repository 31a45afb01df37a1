"""Tunes the phrase threshold on validation messages.

They are typed to the engine as an agent would type them: taking the phrases that are right, until a reply says it all.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Protocol

import numpy as np

from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.offers import word_set
from composer.engine.train.config import CorpusConfig, PhraseFitConfig
from composer.engine.train.corpus import Conversation
from composer.engine.train.evaluate import context_before
from composer.engine.types import Offers, SuggestionContext

_CACHED_EDITS = 4096


class PhraseSession(Protocol):
    """What is asked of a session."""

    def suggest(self, query: str) -> Offers: ...
    def phrases(self, query: str, thresholds: Sequence[PhraseThreshold]) -> list[str]: ...


class PhraseEngine(Protocol):
    """What is asked of an engine."""

    def prepare(self, context: SuggestionContext) -> PhraseSession: ...


@dataclass(slots=True)
class ThresholdTrial:
    """What one threshold gave. `position`: how far the message is written; `shown`: the offer on screen."""

    config: PhraseFitConfig = field(default_factory=PhraseFitConfig)
    offers: int = 0
    right: int = 0
    saved_letters: int = 0
    position: int = 0
    shown: str = ""

    def begin(self) -> None:
        """Begin a message."""
        self.position, self.shown = 0, ""

    def see(self, typed: str, phrase: str, said: str) -> None:
        """Count the phrase after one keystroke; nothing while the typed text is inside of a phrase that was taken."""
        if len(typed) < self.position or not phrase.strip():
            return
        offer = typed + phrase
        long_enough = len(phrase.strip()) >= self.config.min_phrase_letters
        right = long_enough and said.casefold().startswith(offer.casefold())
        if offer != self.shown:
            self.offers += 1
            self.right += right
        self.shown = offer
        if right:
            self.position = len(offer)
            self.saved_letters += len(phrase) - 1

    def precision(self) -> float:
        """Return the share of offered phrases that were right, smoothed."""
        return (self.right + self.config.prior_right) / (self.offers + self.config.prior_offers)


def grid(config: PhraseFitConfig) -> list[PhraseThreshold]:
    """Return all thresholds that are tried."""
    axes = (config.min_probabilities, config.length_decays, config.smoothings)
    return [PhraseThreshold(*values) for values in itertools.product(*axes)]


def fit(
    engine: PhraseEngine,
    validation: Sequence[Conversation],
    config: PhraseFitConfig | None = None,
    corpus_config: CorpusConfig | None = None,
) -> PhraseThreshold | None:
    """Return the threshold that saves most letters while enough phrases are right; None for too few messages.

    Where no threshold has enough right phrases, the one with the highest share of them.
    """
    config, max_length = config or PhraseFitConfig(), (corpus_config or CorpusConfig()).max_text_length
    messages = [
        (conversation, position)
        for conversation in validation
        for position, turn in enumerate(conversation.turns)
        if turn.role == "agent" and len(turn.text) > config.min_phrase_letters
    ]
    if len(messages) < config.min_messages:
        return None
    thresholds = grid(config)
    trials = [ThresholdTrial(config) for _ in thresholds]
    chosen = np.random.default_rng(config.seed).permutation(len(messages))[: config.max_messages]
    looks = 0
    for conversation, position in (messages[number] for number in chosen.tolist()):
        if looks >= config.max_looks:
            break
        session = engine.prepare(context_before(conversation, position))
        said = " ".join(conversation.turns[position].text[:max_length].split())
        looks += _type(session, said, thresholds, trials, config)
    precise = [index for index, trial in enumerate(trials) if trial.precision() >= config.min_precision]
    if not precise:
        return thresholds[max(range(len(trials)), key=lambda index: trials[index].precision())]
    return thresholds[max(precise, key=lambda index: trials[index].saved_letters)]


def _type(
    session: PhraseSession,
    said: str,
    thresholds: Sequence[PhraseThreshold],
    trials: Sequence[ThresholdTrial],
    config: PhraseFitConfig,
) -> int:
    """Type a message. Return how often the agent looked at the screen meanwhile."""
    for trial in trials:
        trial.begin()
    lengths = looks_at(said, config)
    for number, length in enumerate(lengths):
        typed = said[:length]
        if any(is_taken(offer.text, said, length, config) for offer in session.suggest(typed).replies):
            return number + 1
        for trial, phrase in zip(trials, session.phrases(typed, thresholds), strict=True):
            trial.see(typed, phrase, said)
    return len(lengths)


def looks_at(said: str, config: PhraseFitConfig) -> list[int]:
    """Return the lengths of typed text at which an agent looks up.

    These are the first letters, and then each word's start and a little into it.
    """
    starts = [index + 1 for index, letter in enumerate(said) if letter == " "]
    inside = (start + config.letters_into_word for start in starts)
    lengths = {*range(config.first_letters + 1), *starts, *inside}
    return sorted(length for length in lengths if length < len(said))


def is_taken(offered: str, said: str, typed: int, config: PhraseFitConfig) -> bool:
    """Return whether it is less work to take an offer and mend it than to type the rest after `typed` letters."""
    return 1 + _edit_cost(offered, said, config.min_common_words) <= config.max_edit_share * (len(said) - typed)


@functools.lru_cache(_CACHED_EDITS)
def _edit_cost(offered: str, said: str, min_common_words: float) -> float:
    """Return the keystrokes that make one text of another: placing the cursor, selecting, and each letter typed."""
    wanted = word_set(said)
    if wanted and len(word_set(offered) & wanted) < min_common_words * len(wanted):
        return math.inf
    cost = 0
    for kind, start, end, first, last in SequenceMatcher(None, offered, said, autojunk=False).get_opcodes():
        if kind != "equal":
            cost += (end < len(offered)) + (end > start) + last - first
    return cost
