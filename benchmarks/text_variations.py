"""Sets of our own, made anew each time: what the evaluation files do not hold, so that good figures are no accident.

Sentences are those of corpora that nothing here was built from or fitted to (see docs/text.md); slips, disguises, codes
and names are made by rules or taken from lists that the engines were not made of.
"""

from __future__ import annotations

import importlib.resources
import random
import re
import string
import sys
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from safety.engine.blocklist.terms import _lines

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _KEYS for at, key in enumerate(row)
}  # fmt: skip
_WORD = re.compile(r"(?<![\w@#/.'’-])[a-z]{4,14}(?= )")


def word_list() -> dict[str, int]:
    """SymSpell's English words with their frequency."""
    path = importlib.resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    rows = (line.split() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return {word: int(count) for word, count in rows}


# --- spelling ---------------------------------------------------------------------------------------------------------


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(6)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    beside = rng.choice(_BESIDE.get(word[at], "e") or "e")
    if kind == 3:
        return word[:at] + beside + word[at + 1 :]
    if kind == 4:
        return word[:at] + beside + word[at:]
    vowels = [place for place, letter in enumerate(word) if letter in "aeiou" and place]
    if not vowels:
        return word
    place = rng.choice(vowels)
    return word[:place] + rng.choice("aeiou") + word[place + 1 :]


def slips(sentences: Iterable[str], count: int, seed: int = 11) -> list[dict[str, Any]]:
    """Sentences up to a word with a slip in it, in the form of the evaluation files."""
    rng, words = random.Random(seed), word_list()
    found: list[dict[str, Any]] = []
    for text in _shuffled(sentences, rng):
        places = [match for match in _WORD.finditer(text) if words.get(match[0], 0) > 3_000_000]
        if not places or len(found) == count:
            continue
        match = rng.choice(places)
        typed = _slip(match[0], rng)
        if typed not in words:
            shown = text[: match.start()] + typed + " "
            found.append(_row(shown, "own slips", typed, match.start(), [match[0]]))
    return found


def _row(text: str, name: str, word: str = "", position: int = 0, gold: list[str] | None = None) -> dict[str, Any]:
    end = len(text)
    row = {"text": text, "cursorStart": end - 1, "cursorEnd": end, "userDictionary": [], "set": name}
    return row | {"word": word, "position": position, "gold": gold}


def clean_words(sentences: Iterable[str], count: int, seed: int = 12) -> list[dict[str, Any]]:
    """Sentences up to one of their words, which SymSpell's list has."""
    rng, words = random.Random(seed), word_list()
    found = []
    for text in _shuffled(sentences, rng):
        places = [match for match in re.finditer(r"(?<=\s)[a-z]+(?=\s)", text) if match[0] in words]
        if places and len(found) < count:
            found.append(_row(text[: rng.choice(places).end()] + " ", "own clean"))
    return found


def hard_tokens(names: Iterable[str], seed: int = 13) -> list[dict[str, Any]]:
    """What must stay: towns, people, names of program modules, codes, amounts, times, links, handles."""
    rng = random.Random(seed)
    letters, digits = string.ascii_uppercase, string.digits

    def some(signs: str, count: int) -> str:
        return "".join(rng.choice(signs) for _ in range(count))

    towns = {part for zone in zoneinfo.available_timezones() for part in zone.split("/")[-1].split("_")}
    tokens = sorted(town for town in towns if town.isalpha() and town[0].isupper())
    tokens += sorted(name for name in sys.stdlib_module_names if name.isalpha() and len(name) > 3)
    tokens += sorted(set(names))
    for _ in range(60):
        tokens += [
            some(letters + digits, 6),
            some(letters, 3),
            f"{some(letters, 2)}{some(digits, 4)}",
            f"${some(digits[1:], 2)}.{some(digits, 2)}",
            f"{rng.randint(1, 12)}:{some('012345', 1)}{some(digits, 1)}pm",
            f"{rng.randint(1, 12)}am",
            f"@{some(string.ascii_lowercase, 7)}",
            f"#{some(string.ascii_lowercase, 6)}",
            f"{some(string.ascii_lowercase, 5)}@{some(string.ascii_lowercase, 6)}.com",
            f"https://{some(string.ascii_lowercase, 7)}.io/{some(string.ascii_lowercase, 5)}",
            f"{some(string.ascii_lowercase, 4)}_{some(string.ascii_lowercase, 4)}",
            f"v{some(digits, 1)}.{some(digits, 2)}",
        ]
    frames = ("Please have a look at {} ", "I have sent it to {} ", "Do you mean {} ", "We can do that with {} ")
    return [_row(rng.choice(frames).format(token), "own hard") for token in tokens]


# --- profanity --------------------------------------------------------------------------------------------------------

_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7+", "b": "8", "g": "9"}
_CYRILLIC = dict(zip("aeocpxyisjhk", "аеосрхуіѕјһк", strict=True))
_GREEK = dict(zip("aeoiuntkp", "αεοιυητκρ", strict=True))


def _swap_some(word: str, table: dict[str, str], rng: random.Random) -> str:
    """At least one letter, as many as come."""
    able = [place for place, letter in enumerate(word) if letter in table]
    if not able:
        return ""
    chosen = {place for place in able if rng.random() < 0.6} or {rng.choice(able)}
    return "".join(rng.choice(table[sign]) if place in chosen else sign for place, sign in enumerate(word))


def _styled(first: int) -> Callable[[str, random.Random], str]:
    return lambda word, _: "".join(chr(first + ord(sign) - 97) for sign in word)


def _between(marks: str) -> Callable[[str, random.Random], str]:
    return lambda word, rng: rng.choice(marks).join(word)


def _stretched(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(3, 9) + word[at + 1 :]


DISGUISES: dict[str, Callable[[str, random.Random], str]] = {
    "digits and marks": lambda word, rng: _swap_some(word, _LEET, rng),
    "Cyrillic": lambda word, rng: _swap_some(word, _CYRILLIC, rng),
    "Greek": lambda word, rng: _swap_some(word, _GREEK, rng),
    "stretched": _stretched,
    "dots and dashes": _between(".-_~"),
    "spaces": _between(" "),
    "zero width": _between("\u200b\u2060\ufeff\u00ad"),
    "accents": lambda word, _: unicodedata.normalize("NFC", "".join(sign + "\u0301" for sign in word)),
    "full width": _styled(0xFF41),
    "bold script": _styled(0x1D4EA),
    "double struck": _styled(0x1D552),
    "circled": _styled(0x24D0),
    "mixed case": lambda word, rng: "".join(rng.choice((sign, sign.upper())) for sign in word),
    "star inside": lambda word, rng: word[: (at := rng.randrange(1, len(word) - 1))] + "*" + word[at + 1 :],
    "stars inside": lambda word, _: word[0] + "*" * (len(word) - 2) + word[-1],
    "doubled sentence mark": lambda word, rng: f"{rng.choice('*_(')}{word}{rng.choice('!?.')}",
}


def disguised(sentences: Iterable[str], each: int, seed: int = 14) -> Iterator[tuple[str, str]]:
    """Kind of disguise and a chat sentence with a strong word in it, disguised."""
    rng = random.Random(seed)
    words = [word for word in _lines("strong.txt") if word.isalpha() and len(word) > 3]
    around = _shuffled(sentences, rng)
    for kind, disguise in DISGUISES.items():
        for number in range(each):
            word = disguise(rng.choice(words), rng)
            if word:
                said = around[number % len(around)].split()
                at = rng.randrange(len(said) + 1)
                yield kind, " ".join([*said[:at], word, *said[at:]])


def innocent_words() -> Iterator[str]:
    """Everyday words, each in a sentence."""
    words = word_list()
    yield from (f"Do you have {word} there?" for word in words if words[word] > 20_000)


def innocent_codes(count: int, seed: int = 15) -> Iterator[str]:
    """Rooms, gates, flights, amounts and references."""
    rng = random.Random(seed)
    for _ in range(count):
        digits, letter = str(rng.randint(10, 9_999)), rng.choice(string.ascii_uppercase)
        code = "".join(rng.choice(string.ascii_uppercase + string.digits) for _ in range(6))
        yield rng.choice(
            (f"Room {digits}", f"Gate {letter}{digits[:2]}", f"Flight {letter}{letter}{digits}", f"It costs ${digits}",
             f"Your reference is {code}", f"Seat {digits[:2]}{letter}", f"Order {code}-{digits}")
        )  # fmt: skip


def _shuffled(sentences: Iterable[str], rng: random.Random) -> list[str]:
    found = sorted(set(sentences))
    rng.shuffle(found)
    return found
