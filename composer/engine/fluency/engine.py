"""Correct the word that was just completed, or leave it: a wrong correction costs more than a missed slip.

Top down: which word (cursor.py); the rules that need no dictionary (rules.py); everyday words stay, unless they
are confused with another (confusion.py); for the rest the dictionary's words within two slips (store.py) are
ranked by slip and surroundings (noise.py, ranking.py) and the best is taken when it is ahead by a margin.
Words with a capital inside a sentence are names and stay. Never corrected: words of the agent or the company.
Source: contract README section 2, `/spellcheck/correction`; desk facts, section 7.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from composer.engine.fluency import rules
from composer.engine.fluency.confusion import confused_with
from composer.engine.fluency.confusion_models import confusions_of
from composer.engine.fluency.cursor import Completed, as_typed, completed_word
from composer.engine.fluency.learned import Learned
from composer.engine.fluency.ranking import Ranked, Ranker
from composer.engine.fluency.store import Store

_DATA = Path(__file__).parent / "data"
_SHORTEST = 2
_LONGEST = 32
# How far, in powers of ten, the correction must be ahead of the word as typed ...
_AHEAD_OF_UNLISTED = 0.4
_AHEAD_OF_LISTED = 1.1
_AHEAD_OF_CAPITAL = 3.0
# ... and of the second best correction.
_AHEAD_OF_NEXT = 0.2
_SMALL_SLIP = 3.3  # all that is corrected in a word that may be made up of others
_ENGLISH = "en"
EXTRAS = frozenset({"capital", "doubled", "first_person"})

_RULES = (
    ("first_person", rules.first_person),
    ("contraction", rules.contraction),
    ("article", rules.article),
)


@dataclass(frozen=True, slots=True)
class Correction:
    """`position`: where the misspelt word starts, counted in characters from 0.

    `kind` says which rule spoke: spelling, contraction, first_person, article, confusion, capital or doubled.
    `score` is how far the correction is ahead, in powers of ten (99 for a rule).
    """

    misspelled: str
    corrected: str
    position: int
    kind: str = "spelling"
    score: float = 99.0


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")


@lru_cache(maxsize=8)
def ranker_of(language: str) -> Ranker | None:
    """The dictionary of a language (`en`), opened once a process; None where there is none."""
    if not (language.isascii() and language.isalpha()):
        return None
    path = _DATA / f"{language}.bin"
    return Ranker(Store(path)) if path.is_file() else None


class SpellingEngine:
    """English so far: a language is a file in data/ and the rules for it. Immutable; thread-safe.

    `learned`: what the company's messages and responses say about its words (`learned.learn`).
    `words`: the company's dictionary; never corrected, in any case.
    `extras`: rules that change what many agents type on purpose; off unless named ("capital", "doubled",
    "first_person").
    Raises ValueError for an unknown extra.
    """

    def __init__(
        self, learned: Learned | None = None, words: Collection[str] = (), extras: Collection[str] = ()
    ) -> None:
        if not EXTRAS.issuperset(extras):
            raise ValueError(f"no such rule: {sorted(set(extras) - EXTRAS)}; there are {sorted(EXTRAS)}")
        self._extras = frozenset(extras)
        self._learned = learned
        self._words = frozenset(map(_folded, words))

    def correct(
        self,
        text: str,
        cursor_start: int,
        cursor_end: int,
        known_words: Collection[str] = (),
        language: str = "en",
    ) -> Correction | None:
        """The correction of the word just completed, or None. `known_words` are never corrected, in any case.

        `language` is an IETF tag; one without a dictionary gets no correction.
        """
        tongue = language.replace("_", "-").split("-")[0].casefold()
        ranker = ranker_of(tongue)
        around = completed_word(text, cursor_start, cursor_end)
        if ranker is None or around is None or len(around.word) > _LONGEST:
            return None
        by_rule = self._by_rule(around) if tongue == _ENGLISH else None
        found = by_rule or self._by_dictionary(ranker, around, tongue)
        if found is None or found.corrected == found.misspelled:
            return None
        folded = _folded(around.word)
        if folded in self._words or any(_folded(word) == folded for word in known_words):
            return None
        return found

    def _by_rule(self, around: Completed) -> Correction | None:
        for kind, rule in _RULES:
            corrected = rule(around) if kind not in EXTRAS or kind in self._extras else None
            if corrected is not None:
                return Correction(around.word, as_typed(around.word, corrected), around.position, kind)
        if "doubled" in self._extras and rules.is_doubled(around):
            start = around.position - len(around.gap) - len(around.previous)
            both = around.previous + around.gap + around.word
            return Correction(both, around.previous, start, "doubled")
        return None

    def _by_dictionary(self, ranker: Ranker, around: Completed, tongue: str) -> Correction | None:
        word = around.word.lower().replace("’", "'")
        if ranker.is_strong(word) or self._is_learned(word):
            return self._confused(ranker, around, tongue) or self._small_start(around)
        if len(word) < _SHORTEST or ranker.has_ending(word):
            return None
        needed = self._needed(ranker, around, word)
        ranked = ranker.best(around, self._learned) if needed is not None else None
        if ranked is None or needed is None or not self._is_clear(ranked, needed):
            return None
        if ranked.slip > _SMALL_SLIP and ranker.is_built(word):
            return None
        corrected = ranked.word
        if self._learned and corrected in self._learned.written and around.word.islower():
            corrected = self._learned.written[corrected]
        corrected = as_typed(around.word, corrected)
        return Correction(around.word, corrected, around.position, "spelling", round(ranked.ahead_of_typed, 2))

    @staticmethod
    def _is_clear(ranked: Ranked, needed: float) -> bool:
        return ranked.ahead_of_typed >= needed and ranked.ahead_of_next >= _AHEAD_OF_NEXT

    @staticmethod
    def _needed(ranker: Ranker, around: Completed, word: str) -> float | None:
        """How far ahead a correction must be; None when the word must stay."""
        if around.word.islower():
            return _AHEAD_OF_LISTED if ranker.store.is_listed(word) else _AHEAD_OF_UNLISTED
        is_title = around.word[0].isupper() and around.word[1:].islower()
        # Zelle and OTP stay; "Tihs is" starts a sentence and is corrected.
        if is_title and around.starts_sentence and not ranker.store.is_listed(word):
            return _AHEAD_OF_CAPITAL
        shouts = around.word.isupper() and len(word) > 3 and around.previous.isupper() and len(around.previous) > 1
        return _AHEAD_OF_CAPITAL if shouts and not ranker.is_known(word) else None

    def _is_learned(self, word: str) -> bool:
        return self._learned is not None and word in self._learned.share

    def _confused(self, ranker: Ranker, around: Completed, tongue: str) -> Correction | None:
        own = self._learned.models if self._learned else None
        found = confused_with(ranker.store, confusions_of(tongue), around, own)
        if found is None:
            return None
        word, score = found
        return Correction(around.word, as_typed(around.word, word), around.position, "confusion", round(score, 2))

    def _small_start(self, around: Completed) -> Correction | None:
        if "capital" in self._extras and rules.is_small_start(around):
            capital = around.word[0].upper() + around.word[1:]
            return Correction(around.word, capital, around.position, "capital")
        return None
