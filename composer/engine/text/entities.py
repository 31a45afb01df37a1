"""Entities in a message: numbers, names, codes, links, amounts, dates, times and people, as typed spans.

A fact of one conversation must not reach another one. Learned texts therefore keep no entity: each is replaced by a
slot, and the slot is filled again with what was said in the conversation at hand. `EntityRecognizer.spans` finds most
entities by their shape and names by their capital letters; a learned vocabulary says which capitalised words are
ordinary ones.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

KINDS = ("link", "email", "handle", "time", "amount", "date", "phone", "code", "number", "name", "customer", "agent")
# The slot of a kind is one private-use character: nobody types it, and it sorts, folds and tokenises as a word.
SLOTS = {kind: chr(0xE000 + index) for index, kind in enumerate(KINDS)}
# The names of customer and agent are given with the conversation, so their slots are always filled rightly.
CERTAIN = frozenset({"customer", "agent"})
KIND_OF = {slot: kind for kind, slot in SLOTS.items()}
SLOT = re.compile(f"[{SLOTS['link']}-{SLOTS['agent']}]")

_MONTHS = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_SHAPES = (
    ("link", r"https?://\S+|\bwww\.\S+|\bt\.co/\S+|\b[a-z0-9-]+\.(?:com|org|net|io)(?:/\S*)?\b"),
    ("email", r"[\w.+-]+@[\w-]+\.\w+"),
    ("handle", r"(?<!\w)[@#]\w+"),
    ("time", r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b(?:(?<=\.m)\.)?(?=\W|$)|\b\d{1,2}:\d\d\b|\b\d{1,2} o'?clock\b"),
    ("amount", r"[$€£]\s?\d[\d,]*(?:\.\d+)?"),
    (
        "date",
        rf"\b{_MONTHS}\.? (?:the )?{_DAY}\b(?:,? \d{{4}}\b)?|\b{_DAY} (?:of )?{_MONTHS}\b|\b\d{{4}}-\d\d-\d\d\b"
        r"|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b|\b\d{1,2}(?:st|nd|rd|th)\b"
        r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    ),
    ("phone", r"\b(?:\+?\d[\d -]?)?\(?\d{3}\)?[ -]\d{3}[ -]\d{4}\b"),
    ("code", r"\b(?=\w*\d)(?=\w*[A-Za-z])[\w-]+\b"),
    ("number", r"#?\b\d[\d,]*(?:\.\d+)?\b%?"),
    ("words", r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty)\b"),
)
# A text without a match of these has no entity of that shape. The quick test spares most texts the slow search.
_DIGIT = re.compile(r"\d")
_LINK = re.compile(r"http|www\.|t\.co/|\.(?:com|org|net|io)")
_NUMBER_WORD = re.compile("two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty")


@functools.lru_cache(64)
def _search(links: bool, mails: bool, handles: bool, digits: bool, days: bool, numbers: bool) -> re.Pattern[str]:
    """Return one pattern for the kinds of entities that a text may hold."""
    may = {"link": links, "email": mails, "handle": handles, "date": digits or days, "words": numbers}
    shapes = [f"(?P<{kind}>{shape})" for kind, shape in _SHAPES if may.get(kind, digits)]
    return re.compile("|".join(shapes), re.IGNORECASE)


_WORD = re.compile(r"[^\W\d_](?:[^\W_]|['’.&-](?=[^\W_]))*", re.UNICODE)
_SENTENCE_END = re.compile(r"(?:^|[.!?:;…\n]['\")]*\s*)['\"(]*$")
# What may join two words of one name: "Rosewood Sand Hill", "Museum of Art", "Flying Fish Bar & Grill".
_JOINTS = frozenset(
    {" ", " & ", " of ", " the ", " of the ", " and ", " de ", " la ", " del ", "-", ". ", ", ca ", " vs "}
)

# Words that are no names although they are often written with a capital letter. A vocabulary adds to them.
_ORDINARY_WORDS = (
    "i i'm i'll i've i'd id ok okay rsvp dm faq pin tv usa us uk pm am asap fyi eta mr mrs ms dr sir wi-fi wifi "
    "pdf sms english please thanks thank hello hi hey yes no sure great good sorry have is are can could would "
    "may what where when which who how do does did the this that these there it its it's you your you're we we're "
    "we'll our my a an and but or so if in on at for to from with as of by all any let let's alright anything not "
    "unfortunately goodbye bye welcome here's here that's there's what's"
)
ORDINARY = frozenset(_ORDINARY_WORDS.split())


class Span(NamedTuple):
    """An entity in a text: its kind, and its start and end offsets in characters."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EntityRecognizer:
    """Finds entities.

    `ordinary`: folded words that are no names although they may be capitalised.
    `proper`: folded words that are names even at the start of a sentence or in small letters.
    """

    ordinary: Collection[str] = ORDINARY
    proper: Collection[str] = frozenset()

    def spans(self, text: str, customer: str = "", agent: str = "") -> list[Span]:
        """Return the entities of a text from left to right, without overlaps.

        `customer`, `agent`: first names, "" where unknown. They get slots of their own.
        """
        people = {customer.casefold(): "customer", agent.casefold(): "agent"}
        shapes = [Span(_shape_kind(match.lastgroup), *match.span()) for match in _shapes(text)]
        return _merged(shapes, self._names(text, shapes, people))

    def _names(self, text: str, taken: list[Span], known: dict[str, str]) -> list[Span]:
        """Return names outside of the spans in `taken`. `known`: folded first name to its kind."""
        names: list[Span] = []
        shapes = iter([*taken, Span("", len(text) + 1, len(text) + 1)])
        shape = next(shapes)
        for match in _WORD.finditer(text):
            word = match[0]
            # Fast path: most words are small ASCII letters.
            if word.islower() and word.isascii() and word.isalpha() and word not in self.proper and word not in known:
                continue
            start, end = match.span()
            while shape.end <= start:
                shape = next(shapes)
            if end > shape.start:
                continue
            folded = word.casefold().replace("’", "'")
            if folded.endswith("'s"):
                folded, end = folded[:-2], end - 2
            kind = known.get(folded, "")
            if not kind:
                if folded not in self.proper and (
                    not word[0].isupper()
                    or folded in self.ordinary
                    or _SENTENCE_END.search(text, max(0, start - 4), start)
                ):
                    continue
                kind = "name"
            last = names[-1] if names else None
            if kind == "name" and last and last.kind == "name" and text[last.end : start].casefold() in _JOINTS:
                names[-1] = Span("name", last.start, end)
            else:
                names.append(Span(kind, start, end))
        return names


def _shapes(text: str) -> Iterable[re.Match[str]]:
    """Return the matches of all entity shapes from left to right."""
    folded = text.casefold()
    links, numbers, digits = (search.search(folded) is not None for search in (_LINK, _NUMBER_WORD, _DIGIT))
    mails, days = "@" in text, "day" in folded
    handles = mails or "#" in text
    if not (links or handles or digits or days or numbers):
        return ()
    return _search(links, mails, handles, digits, days, numbers).finditer(text)


def _shape_kind(group: str | None) -> str:
    return "number" if group == "words" else str(group)


def _merged(shapes: list[Span], names: list[Span]) -> list[Span]:
    return sorted(shapes + names, key=lambda span: span.start) if names else shapes


def masked(text: str, spans: list[Span]) -> str:
    """Return the text with each entity replaced by the slot of its kind."""
    if not spans:
        return text
    parts = []
    at = 0
    for kind, start, end in spans:
        parts += [text[at:start], SLOTS[kind]]
        at = end
    return "".join([*parts, text[at:]])
