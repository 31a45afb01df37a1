"""Finds words that must not be sent, also when somebody tried to hide them.

The steps run from cheap to expensive:

1. the words of the text, with their inflections, and phrases of up to six words;
2. tokens with marks, digits or repeated letters in them, read as disguises (sh1t, f*ck, fuuuck, w.a.n.k.e.r);
3. strong words inside other words (superasshole), if the rest is everyday words;
4. separated letters (f u c k) and words cut in two or three (wan ker).

Innocent text that looks the same passes: dictionary words (Scunthorpe), codes (Gate A55), names where names
stand (Ms. Cummings), phrases (blue tit), and whatever the company allows.
Source: contract README section 2, `/profanity/evaluation`; desk facts, section 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from safety.engine.blocklist.context import Context
from safety.engine.blocklist.disguise import candidates, disguised, inside, masked
from safety.engine.blocklist.folding import fold
from safety.engine.blocklist.matching import Budget
from safety.engine.blocklist.terms import BuiltIn, Phrases, Terms, built_in, words_of

_TOKEN = re.compile(r"\S+")
_SPACED = re.compile(r"(?<![^\W_])(?<!['’])[^\W\d_](?:[\W_]{1,3}[^\W\d_](?![^\W_])){2,40}")
_LINK = re.compile(r"://|^www\.|[^\s@]@[^\s@]+\.\w")
# Steps of the automaton in one text (see `Budget`), and in one that must be answered at once. An ordinary chat message
# needs a few hundred.
_MAX_STEPS = 20_000
_MAX_STEPS_AT_ONCE = 800
_MIN_TOKEN_LENGTH = 3
_MAX_SPLIT_LENGTH = 20
_LETTERS = re.compile(r"[a-z]{5,}")
# Start and end in the folded text, entry, kind.
_FoldedHit = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """A span of the original text that holds `term`, an entry of the list.

    `kind` says how it was found: "word", "phrase", "disguised", "masked", "spaced", "split" or "inside".
    """

    start: int
    end: int
    term: str
    kind: str


class ProfanityEngine:
    """Finds the built-in words and those of a company. Immutable and thread-safe.

    `block` are the company's own words and phrases, found like the built-in ones. `allow` are its words and phrases
    that are never a hit, nor is anything inside them.
    """

    def __init__(self, block: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        self._lists: BuiltIn = built_in()
        own = tuple(block)
        self._sets = (self._lists.terms, Terms.of(own)) if own else (self._lists.terms,)
        self._allowed = Phrases.of(phrase for entry in allow if (phrase := words_of(entry)))

    def has_profanity(self, text: str) -> bool:
        """Return True if the text holds a word that must not be sent."""
        return next(self._all_hits(text, Budget(_MAX_STEPS)), None) is not None

    def has_profanity_at_once(self, text: str) -> bool | None:
        """Return the same from fewer steps, or None for a text that needs more because it is full of disguises."""
        budget = Budget(_MAX_STEPS_AT_ONCE)
        if next(self._all_hits(text, budget), None) is not None:
            return True
        return None if budget.steps < 0 else False

    def hits(self, text: str) -> list[Hit]:
        """Return every hit, in the order of the text. A hit inside a longer one is left out."""
        hits: list[Hit] = []
        for hit in sorted(self._all_hits(text, Budget(_MAX_STEPS)), key=lambda hit: (hit.start, -hit.end)):
            if not hits or hit.end > hits[-1].end:
                hits.append(hit)
        return hits

    def _all_hits(self, text: str, budget: Budget) -> Iterator[Hit]:
        folded = fold(text)
        context = Context(text, folded, self._lists, self._allowed)
        steps = self._plain(context), self._hidden(context, budget), self._spaced(context), self._split(context)
        for step in steps:
            for start, end, term, kind in step:
                if not context.is_allowed(start, end, kind):
                    yield Hit(*folded.original_span(start, end), term, kind)

    def _plain(self, context: Context) -> Iterator[_FoldedHit]:
        words, texts = context.words, context.texts
        for terms in self._sets:
            for index, text in enumerate(texts):
                entry = terms.words.get(text)
                if entry is not None:
                    yield words[index].start, words[index].end, entry, "word"
                for length in terms.phrases.at(texts, index) if text in terms.phrases.lengths else ():
                    end = index + length
                    yield words[index].start, words[end - 1].end, " ".join(texts[index:end]), "phrase"

    def _hidden(self, context: Context, budget: Budget) -> Iterator[_FoldedHit]:
        known: dict[tuple[str, str], tuple[str, str] | None] = {}
        for match in _TOKEN.finditer(context.folded.text):
            token = match[0]
            if len(token) < _MIN_TOKEN_LENGTH or token in self._lists.common:
                continue
            key = token, context.original(*match.span())
            if key not in known:
                if budget.steps < 0:
                    return
                known[key] = None if _LINK.search(token) else self._token(*key, budget)
            reading = known[key]
            if reading is not None:
                yield match.start(), match.end(), *reading

    def _token(self, token: str, original: str, budget: Budget) -> tuple[str, str] | None:
        """Return the entry that a token hides, and the kind of the hit."""
        for candidate in candidates(token):
            for entry, kind in (
                (self._disguise(candidate, original, budget), "disguised"),
                (masked(candidate, self._lists), "masked"),
            ):
                if entry is not None:
                    return entry, kind
        entry = self._inside(token, budget) if len(token) > 4 else None
        return None if entry is None else (entry, "inside")

    def _disguise(self, token: str, original: str, budget: Budget) -> str | None:
        for terms in self._sets:
            entry = disguised(token, original, terms, self._lists, budget)
            if entry is not None:
                return entry
        return None

    def _inside(self, token: str, budget: Budget) -> str | None:
        for part in _LETTERS.findall(token):
            entry = inside(part, self._lists, budget)
            if entry is not None:
                return entry
        return None

    def _spaced(self, context: Context) -> Iterator[_FoldedHit]:
        for match in _SPACED.finditer(context.folded.text):
            indexes = [index for index in range(*match.span()) if context.folded.text[index].isalnum()]
            letters = "".join(context.folded.text[index] for index in indexes)
            for first in (0, 1) if letters[0] in "aiu" else (0,):
                for last in (len(letters), len(letters) - 1) if letters[-1] in "aiu" else (len(letters),):
                    entry = self._joined(letters[first:last], min_length=4)
                    if entry is not None:
                        yield indexes[first], indexes[last - 1] + 1, entry, "spaced"

    def _split(self, context: Context) -> Iterator[_FoldedHit]:
        """Find two or three neighbours that together are a listed word, if one of them is not an everyday word."""
        words = context.words
        is_odd = [text not in self._lists.common for text in context.texts]
        for index, word in enumerate(words[:-1]):
            if not any(is_odd[index : index + 3]):
                continue
            joined, odd, end = word.text, is_odd[index], word.end
            for other in range(index + 1, min(index + 3, len(words))):
                following = words[other]
                if len(joined) > _MAX_SPLIT_LENGTH or context.folded.text[end : following.start].strip():
                    break
                joined += following.text
                odd = odd or is_odd[other]
                end = following.end
                entry = self._joined(joined, min_length=4) if odd and len(joined) >= 4 else None
                if entry is not None:
                    yield word.start, end, entry, "split"

    def _joined(self, letters: str, min_length: int) -> str | None:
        if len(letters) < min_length or letters in self._lists.innocent:
            return None
        for terms in self._sets:
            if letters in terms.words:
                return terms.words[letters]
        return None
