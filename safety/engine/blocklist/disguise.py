"""Decides which readings of a token count: enough real letters, no product code, no hyphenated everyday words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from safety.engine.blocklist.matching import MAX_TOKEN_LENGTH, Budget, Reading, read, squeeze
from safety.engine.blocklist.terms import BuiltIn, Terms, Trie

_EDGES_BEFORE = "\"'“”‘’([{<>*_~`#-–—.,:;"
_EDGES_AFTER = "\"'“”‘’)]}>~`-–—.,:;?!…"
_STARS = re.compile(r"([a-z])([*#%$@!~_.\-]*[*#][*#%$@!~_.\-]*)([a-z]*)")
_HYPHENATED = re.compile(r"[a-z]{3,}(?:[-/.'’&+_,:;~][a-z]{3,})+")
_RUN = re.compile(r"([a-z])\1")
# An entry that is also part of innocent words counts beside these: superdick, dickface, but not Riddick.
_BOOSTING = (
    "the a an you your such super mega ultra total big huge dumb stupid fat old absolute what whata "
    "my his her mother bull horse dog jack bat ass fuck shit little lil complete utter fucking effing "
    "real very so this that hey no"
)
_BOOSTERS = frozenset(_BOOSTING.split())
_TAILING = (
    "s head heads face faces off hole wad bag brain breath weed less man boy you u ing er ers sucker "
    "lover wit stain stick nut ass muncher and is are this that y load show storm me it them him her "
    "yourself"
)
_TAILS = frozenset(_TAILING.split())
_DOUBTFUL = "dick cock piss twat tits prick wank porn rape cum tit ass arse crap fag dyke hoe pedo"
_AMBIGUOUS = frozenset(_DOUBTFUL.split())


def candidates(token: str) -> Iterator[str]:
    """Yield the token without the punctuation around it, and once more with a sign in front that may be a letter.

    ($hit!) yields hit and $hit.
    """
    bare = token.lstrip(_EDGES_BEFORE).rstrip(_EDGES_AFTER)
    yield bare
    front = token.lstrip("\"'“”‘’*_~`-–—.,:;").rstrip("\"'“”‘’)]>~`.,:;?!…-–—")
    if front != bare:
        yield front


def _is_code(original: str, entry: str) -> bool:
    """Return True for what looks like a code or an amount: A55, B00B5, 5H17X2, 455."""
    original = squeeze(original)
    digits = sum(sign.isdigit() for sign in original)
    if not digits:
        return False
    letters = sum(sign.isalpha() for sign in original)
    if len(entry) <= 3 or letters < 2:
        return True
    if original.upper() == original:
        return letters < 2 * digits
    return letters < digits and len(entry) < 6


def _counts(reading: Reading, token: str, original: str, lists: BuiltIn) -> bool:
    changed = reading.wild + reading.swapped + reading.skipped + reading.repeated
    if (not changed and squeeze(token) == token) or _is_code(original, reading.entry):
        return False
    real = sum(sign.isalpha() for sign in token)
    if real + sum(sign in "@$!+" for sign in token) < 2 or not any(sign.isalpha() for sign in token):
        return False
    strong = reading.entry in lists.strong.words
    if reading.letters <= 3 and (reading.skipped or reading.wild) and not strong:
        return False
    if reading.letters <= 3 and reading.repeated == 1 and not reading.swapped and len(token) <= 4:
        return False
    return not (token.isalpha() and reading.swapped and not strong)


def disguised(token: str, original: str, terms: Terms, lists: BuiltIn, budget: Budget) -> str | None:
    """Return the entry that the token hides, or None. `original` is the token as typed, to recognise codes."""
    if token.isalpha() and not _RUN.search(token) and "v" not in token and "l" not in token:
        return None
    squeezed = squeeze(token)
    if len(squeezed) > MAX_TOKEN_LENGTH or squeezed in lists.innocent or squeezed in lists.common:
        return None
    if _HYPHENATED.fullmatch(token) and all(part in lists.common for part in re.split(r"[^a-z]", token)):
        return None
    reading = read(squeezed, terms.trie, budget)
    if reading is not None and _counts(reading, token, original, lists):
        return reading.entry
    if not token.isalnum():
        reading = read(squeezed, lists.strong.trie, budget, masks=True)
        if reading is not None and _counts(reading, token, original, lists):
            return reading.entry
    return None


def masked(token: str, lists: BuiltIn) -> str | None:
    """Return the strong entry behind asterisks that fits the length and the letters: f***, b*****d, a**hole."""
    # Check the length first: matching a long run of marks takes quadratic time.
    forms = lists.outlines.get((len(token), token[:1]), ()) if len(token) >= 4 else ()
    match = _STARS.fullmatch(token) if forms else None
    if match is None or len(match[2]) < 2:
        return None
    return next((lists.strong.words[form] for form in forms if form.endswith(match[3])), None)


def _is_everyday(rest: str, lists: BuiltIn) -> bool:
    """Return True if the letters are at most three everyday words in a row."""
    ends = {0}
    for _ in range(3):
        ends |= {
            end
            for start in ends
            for end in range(start + 1, min(len(rest), start + 12) + 1)
            if rest[start:end] in lists.common
        }
    return len(rest) in ends


def _endings(word: str, start: int, trie: Trie) -> Iterator[tuple[int, str]]:
    """Yield the end of each entry that begins at `start`, and the entry."""
    node = trie
    for index in range(start, len(word)):
        if word[index] not in node:
            return
        node = node[word[index]]
        if "" in node:
            yield index + 1, node[""]


def inside(word: str, lists: BuiltIn, budget: Budget) -> str | None:
    """Return the strong entry inside a longer word whose rest is everyday words: thecunt, whatthebastardoff."""
    if len(word) > MAX_TOKEN_LENGTH or word in lists.innocent or word in lists.common:
        return None
    budget.steps -= len(word)
    if budget.steps < 0:
        return None
    for start in range(len(word)):
        for end, entry in _endings(word, start, lists.strong.trie):
            before, after = word[:start], word[end:]
            if word[start:end] in _AMBIGUOUS or entry in _AMBIGUOUS:
                if (not before or before in _BOOSTERS) and (not after or after in _TAILS):
                    return entry
            elif _is_everyday(before, lists) and (after in _TAILS or _is_everyday(after, lists)):
                return entry
    return None
