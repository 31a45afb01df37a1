"""Find words that must not be sent, also when somebody tried to hide them.

From cheap to dear, each step only for what the steps before left over:

1. the words of the text as they stand, with their inflections, and phrases of up to six words;
2. tokens with marks, digits or repeated letters in them, read as disguises (sh1t, f*ck, fuuuck, w.a.n.k.e.r);
3. letters set apart (f u c k) and words cut in two or three (wan ker);
4. strong words inside other words (superasshole), when the rest is everyday words.

What looks the same and is innocent passes: dictionary words (Scunthorpe), codes (Gate A55), names where names
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
from safety.engine.blocklist.terms import BuiltIn, Terms, built_in, words_of

_TOKEN = re.compile(r"\S+")
_SPACED = re.compile(r"(?<![^\W_])(?<!['’])[^\W\d_](?:[\W_]{1,3}[^\W\d_](?![^\W_])){2,40}")
_LINK = re.compile(r"://|^www\.|[^\s@]@[^\s@]+\.\w")
_STEPS_A_TEXT = 20_000
_SHORTEST = 3
_LONGEST_SPLIT = 20
_LETTERS = re.compile(r"[a-z]{5,}")
_Found = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """One find. `start` and `end` are places in the original text; `term` is the entry of the list.

    `kind` says how it was found: word, phrase, disguised, masked, spaced, split or inside.
    """

    start: int
    end: int
    term: str
    kind: str


class ProfanityEngine:
    """Immutable and thread-safe.

    `block`: the company's own words and phrases, found like the built-in ones.
    `allow`: words and phrases of the company that are never a hit, nor is anything inside them.
    """

    def __init__(self, block: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        self._lists: BuiltIn = built_in()
        own = tuple(block)
        self._sets = (self._lists.terms, Terms.of(own)) if own else (self._lists.terms,)
        self._allowed: dict[str, tuple[tuple[str, ...], ...]] = {}
        for entry in allow:
            phrase = words_of(entry)
            for word in phrase:
                self._allowed[word] = (*self._allowed.get(word, ()), phrase)

    def has_profanity(self, text: str) -> bool:
        """True when the text holds a word that must not be sent."""
        return next(self._found(text), None) is not None

    def hits(self, text: str) -> list[Hit]:
        """Every find, in the order of the text; a find that lies in a longer one is left out."""
        kept: list[Hit] = []
        for hit in sorted(self._found(text), key=lambda hit: (hit.start, -hit.end)):
            if not kept or hit.end > kept[-1].end:
                kept.append(hit)
        return kept

    def _found(self, text: str) -> Iterator[Hit]:
        folded = fold(text)
        context = Context(text, folded, self._lists, self._allowed)
        for step in (self._plain, self._hidden, self._spaced, self._split):
            for start, end, term, kind in step(context):
                if not context.is_allowed(start, end, kind):
                    yield Hit(*folded.original_span(start, end), term, kind)

    def _plain(self, context: Context) -> Iterator[_Found]:
        words = context.words
        for terms in self._sets:
            for place, word in enumerate(words):
                entry = terms.words.get(word.text)
                if entry is not None:
                    yield word.start, word.end, entry, "word"
                for phrase in terms.phrases.get(word.text, ()):
                    run = words[place : place + len(phrase)]
                    if len(run) == len(phrase) and all(w.text == p for w, p in zip(run, phrase, strict=True)):
                        yield word.start, run[-1].end, " ".join(phrase), "phrase"

    def _hidden(self, context: Context) -> Iterator[_Found]:
        budget = Budget(_STEPS_A_TEXT)
        for match in _TOKEN.finditer(context.folded.text):
            token = match[0]
            if budget.steps < 0:
                return
            if len(token) < _SHORTEST or token in self._lists.common or _LINK.search(token):
                continue
            found = self._token(token, context.original(*match.span()), budget)
            if found is not None:
                yield match.start(), match.end(), *found

    def _token(self, token: str, original: str, budget: Budget) -> tuple[str, str] | None:
        """The entry that a token hides and how."""
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

    def _spaced(self, context: Context) -> Iterator[_Found]:
        for match in _SPACED.finditer(context.folded.text):
            places = [place for place in range(*match.span()) if context.folded.text[place].isalnum()]
            letters = "".join(context.folded.text[place] for place in places)
            for first in (0, 1) if letters[0] in "aiu" else (0,):
                for last in (len(letters), len(letters) - 1) if letters[-1] in "aiu" else (len(letters),):
                    entry = self._joined(letters[first:last], shortest=4)
                    if entry is not None:
                        yield places[first], places[last - 1] + 1, entry, "spaced"

    def _split(self, context: Context) -> Iterator[_Found]:
        """Two or three neighbours that are a listed word when put together, one of them no word by itself."""
        words = context.words
        for place, word in enumerate(words[:-1]):
            joined, odd, end = word.text, word.text not in self._lists.common, word.end
            for following in words[place + 1 : place + 3]:
                if context.folded.text[end : following.start].strip() or len(joined) > _LONGEST_SPLIT:
                    break
                joined += following.text
                odd = odd or following.text not in self._lists.common
                end = following.end
                entry = self._joined(joined, shortest=4) if odd else None
                if entry is not None:
                    yield word.start, end, entry, "split"

    def _joined(self, letters: str, shortest: int) -> str | None:
        if len(letters) < shortest or letters in self._lists.innocent:
            return None
        for terms in self._sets:
            if letters in terms.words:
                return terms.words[letters]
        return None
