"""Reads a token as a disguised form of a listed word.

A small automaton reads the token from left to right against the trie of the list. A sign moves to the letters it can
stand for, a repeated sign may stay where it is (fuuuck), and a mark between letters may be skipped (f.u.c.k) or, where
masks are allowed, stand for one letter (f*ck). Each sign costs one step for each state, and the number of states is
limited, so the time is linear in the length of the token.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from safety.engine.blocklist.terms import Trie, library

MAX_TOKEN_LENGTH = 64
_MAX_STATES = 48
_MAX_WILD = 2
_MASKS = "*%#&^"
_APOSTROPHES = "'’"
# Marks, digits and letters that stand for letters, in addition to those of better-profanity.
_OWN_LOOK_ALIKES = {
    "2": "z", "6": "gb", "8": "b", "9": "g", "!": "i", "+": "t", "|": "il", "(": "c", "<": "c", "{": "c", "[": "c",
    "}": "d", "¢": "c", "#": "h", "v": "u", "l": "i", "x": "",
}  # fmt: skip


def _look_alikes() -> dict[str, str]:
    """Return the letters that each sign can stand for."""
    look_alikes = {sign: set(letters) for sign, letters in _OWN_LOOK_ALIKES.items()}
    for letter, signs in library().CHARS_MAPPING.items():
        for sign in signs:
            # _OWN_LOOK_ALIKES decides about letters, and a mask stands for any letter.
            if not sign.isalpha() and sign not in _MASKS:
                look_alikes.setdefault(sign, set()).add(letter)
    return {sign: "".join(sorted(letters)) for sign, letters in look_alikes.items()}


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


# Trie node, last letter, then the counts of Reading. A plain tuple, because thousands are created for one text.
_State = tuple[Trie, str, int, int, int, int, int]


class Budget:
    """The steps that the automaton may still take for one text. A chat message needs a few hundred."""

    def __init__(self, steps: int) -> None:
        self.steps = steps


def squeeze(token: str) -> str:
    """Cut runs of more than three of the same sign to three."""
    return _LONG_RUN.sub(r"\1\1\1", token)


def _cost(state: _State) -> int:
    return 4 * state[3] + 2 * state[4] + state[5] + state[6]


def _moves(state: _State, sign: str, masks: bool) -> list[_State]:
    node, last, letters, wild, swapped, skipped, repeated = state
    moves: list[_State] = []
    if sign == last and letters:
        moves.append((node, last, letters, wild, swapped, skipped, repeated + 1))
    if sign in node:
        moves.append((node[sign], sign, letters + 1, wild, swapped, skipped, repeated))
    for letter in _LOOKS_LIKE.get(sign, ""):
        if letter == last and letters:
            moves.append((node, last, letters, wild, swapped, skipped, repeated + 1))
        if letter in node:
            moves.append((node[letter], letter, letters + 1, wild, swapped + 1, skipped, repeated))
    if not sign.isalnum():
        if letters:
            moves.append((node, last, letters, wild, swapped, skipped + 1, repeated))
        if masks and wild < _MAX_WILD and sign not in _APOSTROPHES and (letters or sign in _MASKS):
            for letter, child in node.items():
                if letter:
                    moves.append((child, letter, letters + 1, wild + 1, swapped, skipped, repeated))
    return moves


def read(token: str, trie: Trie, budget: Budget, masks: bool = False) -> Reading | None:
    """Return the cheapest reading of the whole token as a word of the trie.

    Returns None if there is none, or if the budget is spent.
    """
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
        if len(states) > _MAX_STATES:
            states = sorted(states, key=_cost)[:_MAX_STATES]
    ends = [state for state in states if "" in state[0]]
    if not ends:
        return None
    best = min(ends, key=_cost)
    return Reading(best[0][""], *best[2:])
