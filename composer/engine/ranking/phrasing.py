"""Fits how likely a phrase must be, on messages of conversations that were kept back from all other learning.

They are typed to the engine as an agent would: until a reply says it all, taking the phrases that are right.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from composer.engine.ranking.caution import Caution
from composer.engine.ranking.corpus import LONGEST_TEXT
from composer.engine.ranking.offers import said_words

if TYPE_CHECKING:
    from composer.engine.ranking.scene import PreparedRanking

# The cautions tried: least chance, patience, doubt.
GRID = tuple(itertools.product((0.6, 0.66, 0.72, 0.76, 0.8, 0.86), (0.8, 0.7, 0.6), (0.3, 0.7)))
# How many of the phrases should be right, so that 68% of those are that come after. The best of many looks better on
# the messages it was chosen by, and a list may hold some of these very messages.
AIM = 0.725
# Of so many offers it is believed beforehand that the aim is missed by a little: few offers prove little.
BELIEVED, BELIEVED_RIGHT = 12, 8
LEAST_MESSAGES, MOST_MESSAGES = 150, 700
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


class Cautions:
    """What came of each caution that is tried."""

    def __init__(self) -> None:
        self._messages = 0
        self._trials = [_Trial() for _ in GRID]
        self._cautions = [Caution.of(*caution) for caution in GRID]

    def see(self, prepared: PreparedRanking, said: str) -> None:
        """Type one message kept back; `prepared` is the scene before it."""
        said = " ".join(said[:LONGEST_TEXT].split())
        if len(said) <= SHORTEST:
            return
        self._messages += 1
        for trial in self._trials:
            trial.at, trial.last = 0, ""
        for length in _looked_at(said):
            typed = said[:length]
            if any(_is_taken(offer.text, said, length) for offer in prepared.suggest(typed).replies):
                return
            for trial, phrase in zip(self._trials, prepared.phrases(typed, self._cautions), strict=True):
                trial.see(typed, phrase, said)

    def best(self) -> tuple[float, float, float] | None:
        """The one that saves most letters while enough phrases are right: least chance, patience and doubt.

        The one with most phrases right where none has enough. None for few messages.
        """
        if self._messages < LEAST_MESSAGES:
            return None
        enough = [place for place, trial in enumerate(self._trials) if trial.precision() >= AIM]
        if not enough:
            return GRID[max(range(len(GRID)), key=lambda place: self._trials[place].precision())]
        return GRID[max(enough, key=lambda place: self._trials[place].saved)]


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
