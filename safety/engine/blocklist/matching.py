"""Is this token a disguised form of a listed word?

The token is read from left to right against the trie of the list, as a small automaton: a sign moves to the
letters it can stand for, a repeated sign may stay where it is (fuuuck), a mark between letters may be skipped
(f.u.c.k) and, where masks are allowed, may stand for one letter (f*ck). Every sign costs at most a step over
the states alive, and those are capped, so the time is linear in the length of the token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from safety.engine.blocklist.terms import Trie, library

LONGEST_TOKEN = 64
_MOST_STATES = 48
_MOST_WILD = 2
_MASKS = "*%#&^"
_APOSTROPHES = "'’"
# Beside what better-profanity knows: marks and digits, and two letters.
_OWN_LOOK_ALIKES = {
    "2": "z", "6": "gb", "8": "b", "9": "g", "!": "i", "+": "t", "|": "il", "(": "c", "<": "c", "{": "c", "[": "c",
    "}": "d", "¢": "c", "#": "h", "v": "u", "l": "i", "x": "",
}  # fmt: skip


def _look_alikes() -> dict[str, str]:
    """By sign, the letters it can stand for."""
    found = {sign: set(letters) for sign, letters in _OWN_LOOK_ALIKES.items()}
    for letter, signs in library().CHARS_MAPPING.items():
        for sign in signs:
            # Letters are ours to choose; a mask stands for any letter.
            if not sign.isalpha() and sign not in _MASKS:
                found.setdefault(sign, set()).add(letter)
    return {sign: "".join(sorted(letters)) for sign, letters in found.items()}


_LOOKS_LIKE = _look_alikes()
_LONG_RUN = re.compile(r"(.)\1{3,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a token was read: `wild` signs stood for any letter, `swapped` for another letter, `skipped` for none."""

    entry: str
    letters: int
    wild: int
    swapped: int
    skipped: int
    repeated: int


# node, last letter, then the counts of Reading: plain tuples, because they are made by the thousand.
_State = tuple[Trie, str, int, int, int, int, int]


class Budget:
    """How many steps may still be spent on one text: a chat message needs a few hundred, a flood gets no more."""

    def __init__(self, steps: int) -> None:
        self.steps = steps


def squeeze(token: str) -> str:
    """Runs of more than three of the same sign cut to three."""
    return _LONG_RUN.sub(r"\1\1\1", token)


def _cost(state: _State) -> int:
    return 4 * state[3] + 2 * state[4] + state[5] + state[6]


def _moves(state: _State, sign: str, masks: bool) -> list[_State]:
    node, last, letters, wild, swapped, skipped, repeated = state
    found: list[_State] = []
    if sign == last and letters:
        found.append((node, last, letters, wild, swapped, skipped, repeated + 1))
    if sign in node:
        found.append((node[sign], sign, letters + 1, wild, swapped, skipped, repeated))
    for letter in _LOOKS_LIKE.get(sign, ""):
        if letter == last and letters:
            found.append((node, last, letters, wild, swapped, skipped, repeated + 1))
        if letter in node:
            found.append((node[letter], letter, letters + 1, wild, swapped + 1, skipped, repeated))
    if not sign.isalnum():
        if letters:
            found.append((node, last, letters, wild, swapped, skipped + 1, repeated))
        if masks and wild < _MOST_WILD and sign not in _APOSTROPHES and (letters or sign in _MASKS):
            for letter, child in node.items():
                if letter:
                    found.append((child, letter, letters + 1, wild + 1, swapped, skipped, repeated))
    return found


def read(token: str, trie: Trie, budget: Budget, masks: bool = False) -> Reading | None:
    """The cheapest reading of the whole token as a word of the trie; None when there is none."""
    states: list[_State] = [(trie, "", 0, 0, 0, 0, 0)]
    for sign in token:
        budget.steps -= len(states)
        if budget.steps < 0:
            return None
        nxt: dict[int, _State] = {}
        for state in states:
            for move in _moves(state, sign, masks):
                known = nxt.get(id(move[0]))
                if known is None or _cost(move) < _cost(known):
                    nxt[id(move[0])] = move
        if not nxt:
            return None
        states = list(nxt.values())
        if len(states) > _MOST_STATES:
            states = sorted(states, key=_cost)[:_MOST_STATES]
    ends = [state for state in states if "" in state[0]]
    if not ends:
        return None
    best = min(ends, key=_cost)
    return Reading(best[0][""], *best[2:])
