"""Correct the word that was just completed: SymSpell's top candidate, in the case that was typed.

Source: contract README section 2, `/spellcheck/correction`; seed autocompose__deploying-autocompose-api,
use case 3: text "How is tihs ", cursor 11 to 12, gives position 7.
"""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Collection
from dataclasses import dataclass

from symspellpy import SymSpell, Verbosity

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST_WORD = 3
_MAX_DISTANCE = 2


@dataclass(frozen=True, slots=True)
class Correction:
    """`position`: where the misspelt word starts, counted in characters from 0."""

    misspelled: str
    corrected: str
    position: int


def completed_word(text: str, cursor_start: int, cursor_end: int) -> tuple[str, int] | None:
    """The word that the typing event completed, and where it starts.

    The event typed `text[cursor_start:cursor_end]`; a word is complete when a sign that is no part of a word
    was typed after it. None while a word is being typed, and for an event that typed nothing.
    """
    if not 0 <= cursor_start < cursor_end <= len(text):
        return None
    if re.fullmatch(r"[\w'’]", text[cursor_end - 1]):
        return None
    end = cursor_end
    while end > 0 and not re.fullmatch(r"\w", text[end - 1]):
        end -= 1
    if end < cursor_start:
        return None  # the word was complete before this event
    start = end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    token = text[start:end]
    word = token.lstrip("\"'“‘([{")
    start += len(token) - len(word)
    return (word, start) if word else None


def as_typed(word: str, correction: str) -> str:
    """The correction in the case of the word: TIHS gives THIS, Tihs gives This."""
    if word.isupper() and len(word) > 1:
        return correction.upper()
    if word[0].isupper():
        return correction[0].upper() + correction[1:]
    return correction


class SpellingEngine:
    """English; other languages get no correction."""

    def __init__(self) -> None:
        self._symspell = SymSpell(max_dictionary_edit_distance=_MAX_DISTANCE, prefix_length=7)
        dictionary = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
        with importlib.resources.as_file(dictionary) as path:
            self._symspell.load_dictionary(str(path), term_index=0, count_index=1)

    def correct(
        self,
        text: str,
        cursor_start: int,
        cursor_end: int,
        known_words: Collection[str] = (),
        language: str = "en",
    ) -> Correction | None:
        """The correction of the word just completed, or None. `known_words` are never corrected, in any case."""
        if language.split("-")[0].casefold() != "en":
            return None
        found = completed_word(text, cursor_start, cursor_end)
        if found is None:
            return None
        word, position = found
        folded = word.casefold()
        if len(word) < _SHORTEST_WORD or not _WORD.fullmatch(word) or folded in {w.casefold() for w in known_words}:
            return None
        candidates = self._symspell.lookup(folded, Verbosity.TOP, max_edit_distance=_MAX_DISTANCE)
        if not candidates or candidates[0].distance == 0:
            return None
        return Correction(word, as_typed(word, candidates[0].term), position)
