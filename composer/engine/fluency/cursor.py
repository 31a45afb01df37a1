"""Which word did this typing event complete, and what stands around it?

Source: contract README section 2, `/spellcheck/correction`; seed autocompose__deploying-autocompose-api, use
case 3: text "How is tihs ", cursor 11 to 12, gives the word at 7. Positions are counted in characters from 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
START = "<s>"
OTHER = "#"
# After these the word goes on: well-known, name@host, and/or, C++, it's.
_GOES_ON = frozenset("-_@/\\#&+=*~'’‘`%$^|<>")
_OPENING = "\"'“”‘’([{¿¡«…*_~"
_CLOSING = "\"'“”‘’)]},;:…*_~"
_BREAKS = re.compile(r"[,;!?…“”\"()\[\]—–]")
_LINK = re.compile(r"://|@|www\.|\\|/", re.IGNORECASE)
_MOST_BEFORE, _MOST_AFTER = 8, 2
_FAR = 120  # characters looked at on each side; a pair of words needs fewer


@dataclass(frozen=True, slots=True)
class Completed:
    """The word as typed, where it starts, and its neighbours in small letters.

    `sentence`: the words before it in its sentence, at most eight, the nearest last. `following`: at most two behind
    the cursor. `before` holds the two words before it, the nearer one last: "<s>" at the start of a sentence, "#"
    for what is no word. `after` is the word behind the cursor or "". `gap` is what stands between it and the word
    before. `by_mark`: a full stop, comma or the like completed it, not a space alone.
    """

    word: str
    position: int
    before: tuple[str, str]
    after: str
    starts_sentence: bool
    previous: str
    gap: str
    sentence: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    by_mark: bool = False


def _neighbour(token: str) -> str:
    bare = token.strip(_OPENING + _CLOSING + ".!?").lower().replace("’", "'")
    return bare if WORD.fullmatch(bare) else OTHER


def _words_before(text: str) -> tuple[str, ...]:
    """The words of the sentence so far, the nearest last."""
    found: list[str] = []
    for token in reversed(text[-_FAR:].split()):
        if token[-1] in ".!?" or token.rstrip(_CLOSING)[-1:] in (".", "!", "?"):
            break
        found.append(_neighbour(token))
        if len(found) == _MOST_BEFORE:
            break
    return tuple(reversed(found))


def _words_after(text: str) -> tuple[str, ...]:
    """The words behind the cursor; the end of their sentence ends them."""
    found: list[str] = []
    if text[:1].isspace():
        for token in text[:_FAR].split(maxsplit=_MOST_AFTER)[:_MOST_AFTER]:
            found.append(_neighbour(token))
            if token[-1] in ".!?":
                break
    return tuple(found)


def _span(text: str, cursor_start: int, cursor_end: int) -> tuple[int, int] | None:
    """Start and end of the completed word."""
    if not 0 <= cursor_start < cursor_end <= len(text):
        return None
    last = text[cursor_end - 1]
    if last.isalnum() or last in _GOES_ON:
        return None
    end = cursor_end
    while end > 0 and not text[end - 1].isalnum():
        end -= 1
    if end < cursor_start or end == 0:
        return None  # the word was complete before this event
    start = end
    while start > 0 and not text[start - 1].isspace() and end - start < 64:
        start -= 1
    return start, end


def completed_word(text: str, cursor_start: int, cursor_end: int) -> Completed | None:
    """The word that the typing event `text[cursor_start:cursor_end]` completed.

    A word is complete when a space or a closing mark was typed after it. None while a word is being typed, for
    an event that typed nothing, for cursors outside the text, and for what is no word: codes, links, amounts.
    """
    found = _span(text, cursor_start, cursor_end)
    if found is None:
        return None
    start, end = found
    token = text[start:end]
    if _LINK.search(token):
        return None
    breaks = [match.end() for match in _BREAKS.finditer(token)]
    if breaks:
        start, token = start + breaks[-1], token[breaks[-1] :]
    word = token.lstrip(_OPENING)
    start += len(token) - len(word)
    if not WORD.fullmatch(word) or (end < len(text) and text[end] in _GOES_ON):
        return None
    ahead = text[:start]
    sentence = _words_before(ahead)
    one, two = (START, START, *sentence)[-2:]
    following = _words_after(text[cursor_end - 1 :])
    gap_start = len(ahead.rstrip())
    previous = ahead[:gap_start].rsplit(maxsplit=1)[-1] if gap_start else ""
    return Completed(
        word=word,
        position=start,
        before=(one, two),
        after=following[0] if following else "",
        starts_sentence=two == START,
        previous=previous,
        gap=ahead[gap_start:],
        sentence=sentence,
        following=following,
        by_mark=any(not sign.isspace() for sign in text[end:cursor_end]),
    )


def as_typed(word: str, correction: str) -> str:
    """The correction in the case of the word: TIHS gives THIS, Tihs gives This."""
    if word.isupper() and len(word) > 1:
        return correction.upper()
    if word[0].isupper():
        return correction[0].upper() + correction[1:]
    return correction
