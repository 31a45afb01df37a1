"""Fits how likely a phrase must be, on messages of conversations that were kept back from all other learning.

They are typed to the engine as an agent would: until a reply says it all, taking the phrases that are right.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from composer.engine.model.phrase_threshold import PhraseThreshold
from composer.engine.serve.engine import RankingEngine
from composer.engine.serve.offers import said_words
from composer.engine.serve.session import RankingSession
from composer.engine.train.corpus import LONGEST_TEXT, Conversation
from composer.engine.train.evaluate import context_before

# The cautions tried: least chance, patience, doubt.
GRID = tuple(itertools.product((0.6, 0.66, 0.72, 0.76, 0.8, 0.86), (0.8, 0.7, 0.6), (0.3, 0.7)))
# How many of the phrases should be right, so that 68% of those are that come after. The best of many looks better on
# the messages it was chosen by, and a list may hold some of these very messages.
AIM = 0.725
# Of so many offers it is believed beforehand that the aim is missed by a little: few offers prove little.
BELIEVED, BELIEVED_RIGHT = 12, 8
LEAST_MESSAGES, MOST_MESSAGES = 150, 700
# An agent who types long messages looks up so often that fewer of them tell enough.
MOST_LOOKS = 16_000
# Letters of the shortest offer; a reply is taken when mending it costs at most half of the letters still to type, and
# is not looked at when it has less of the words.
SHORTEST, WORTH_MENDING, LEAST_COMMON = 2, 0.5, 0.4
FIRST_LETTERS, INTO_WORD = 8, 2


@dataclass(slots=True)
class _Trial:
    """What came of one caution. `at`: how far the message is written; `last`: the offer on screen."""

    offers: int = 0
    right: int = 0
    saved: int = 0
    at: int = 0
    last: str = ""

    def see(self, typed: str, phrase: str, said: str) -> None:
        """One keystroke; nothing happens while a phrase that was taken stands further on."""
        if len(typed) < self.at or not phrase.strip():
            return
        offer = typed + phrase
        right = len(phrase.strip()) >= SHORTEST and said.casefold().startswith(offer.casefold())
        if offer != self.last:
            self.offers += 1
            self.right += right
        self.last = offer
        if right:
            self.at = len(offer)
            self.saved += len(phrase) - 1

    def precision(self) -> float:
        return (self.right + BELIEVED_RIGHT) / (self.offers + BELIEVED)


def fit(engine: RankingEngine, kept: Sequence[Conversation]) -> tuple[float, float, float] | None:
    """The caution that saves most letters while enough phrases are right: least chance, patience and doubt.

    The one with most phrases right where none has enough. None for few messages.
    """
    places = [
        (conversation, place)
        for conversation in kept
        for place, turn in enumerate(conversation.turns)
        if turn.role == "agent" and len(turn.text) > SHORTEST
    ]
    if len(places) < LEAST_MESSAGES:
        return None
    trials = [_Trial() for _ in GRID]
    chosen = np.random.default_rng(29).permutation(len(places))[:MOST_MESSAGES]
    looks = 0
    for conversation, place in (places[number] for number in chosen.tolist()):
        if looks >= MOST_LOOKS:
            break
        prepared = engine.prepare(context_before(conversation, place))
        looks += _type(prepared, " ".join(conversation.turns[place].text[:LONGEST_TEXT].split()), trials)
    enough = [place for place, trial in enumerate(trials) if trial.precision() >= AIM]
    if not enough:
        return GRID[max(range(len(GRID)), key=lambda place: trials[place].precision())]
    return GRID[max(enough, key=lambda place: trials[place].saved)]


def _type(prepared: RankingSession, said: str, trials: Sequence[_Trial]) -> int:
    """Type a message; how often the agent looked up meanwhile."""
    cautions = [PhraseThreshold.of(*caution) for caution in GRID]
    for trial in trials:
        trial.at, trial.last = 0, ""
    looks = _looked_at(said)
    for number, length in enumerate(looks):
        typed = said[:length]
        if any(_is_taken(offer.text, said, length) for offer in prepared.suggest(typed).replies):
            return number + 1
        for trial, phrase in zip(trials, prepared.phrases(typed, cautions), strict=True):
            trial.see(typed, phrase, said)
    return len(looks)


def _looked_at(said: str) -> list[int]:
    """Lengths of typed text at which an agent looks up: the first letters, then each word's start and a bit of it."""
    starts = [place + 1 for place, letter in enumerate(said) if letter == " "]
    found = {*range(FIRST_LETTERS + 1), *starts, *(start + INTO_WORD for start in starts)}
    return sorted(length for length in found if length < len(said))


def _is_taken(offered: str, said: str, typed: int) -> bool:
    """Is an offer worth taking and mending, rather than typing what is left?"""
    return 1 + _mending(offered, said) <= WORTH_MENDING * (len(said) - typed)


@functools.lru_cache(4096)
def _mending(offered: str, said: str) -> float:
    """What it takes to make one text of another: to place the cursor, to select what goes, each letter typed."""
    if said_words(said) and len(said_words(offered) & said_words(said)) < LEAST_COMMON * len(said_words(said)):
        return math.inf
    cost = 0
    for kind, start, end, first, last in SequenceMatcher(None, offered, said, autojunk=False).get_opcodes():
        if kind != "equal":
            cost += (end < len(offered)) + (end > start) + last - first
    return cost
