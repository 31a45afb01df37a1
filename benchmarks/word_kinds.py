"""Kinds of words for `benchmarks.build_confusions`: words that stand between the same neighbours are of one kind.

Neighbours are counted in chats and in symspellpy's pairs of general text; the counts are reduced to fifty numbers a
word and these are grouped. The same texts give the same kinds.
"""

from __future__ import annotations

import importlib.resources
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import svds

from composer.engine.fluency.cursor import OTHER, START, WORD
from composer.engine.fluency.store import key_of

KINDS = 50
_END = "</s>"
_LEAST, _MOST_GENERAL = 4, 12_000
_NEIGHBOURS = 700, 1000  # of chats, of general text
_NUMBERS, _ROUNDS = 50, 30

Pairs = Counter[tuple[str, str]]


def _chat_pairs(texts: Iterable[str]) -> Pairs:
    pairs: Pairs = Counter()
    for text in texts:
        for sentence in re.split(r"[.!?\n]+(?:\s|$)", text.replace("’", "'")):
            bare = [token.strip(".,;:!?\"'()[]").lower() for token in sentence.split()]
            pairs.update(pairwise([START, *(word if WORD.fullmatch(word) else OTHER for word in bare), _END]))
    return pairs


def _general_pairs() -> Pairs:
    path = importlib.resources.files("symspellpy") / "frequency_bigramdictionary_en_243_342.txt"
    rows = (line.split() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return Counter({(row[0], row[1]): int(row[2]) for row in rows if len(row) == 3})


def _sums(pairs: Pairs) -> Counter[str]:
    found: Counter[str] = Counter()
    for (one, two), number in pairs.items():
        found[one] += number
        found[two] += number
    return found


def _frequent(number: Counter[str], most: int) -> list[str]:
    return sorted(number, key=lambda word: (-number[word], word))[:most]


def _neighbours(pairs: Pairs, place: dict[str, int], words: list[str]) -> Any:
    """How much more often than by chance each word stands before or behind each of `words`."""
    number = {word: at for at, word in enumerate(words)}
    behind = [(place[one], number[two], n) for (one, two), n in pairs.items() if one in place and two in number]
    before = [
        (place[two], len(words) + number[one], n) for (one, two), n in pairs.items() if two in place and one in number
    ]
    rows, columns, times = np.array(sorted(behind + before)).T
    counts = scipy.sparse.csr_matrix((times.astype(float), (rows, columns)), (len(place), 2 * len(words))).tocoo()
    total = counts.sum()
    by_row, by_column = np.asarray(counts.sum(1)).ravel(), np.asarray(counts.sum(0)).ravel() ** 0.75
    by_column = by_column / by_column.sum() * total
    chance = by_row[counts.row] * by_column[counts.col] / total
    return scipy.sparse.csr_matrix(
        (np.maximum(0, np.log(counts.data / chance)), (counts.row, counts.col)), counts.shape
    )


def _grouped(points: Any, weight: Any) -> Any:
    """The group of each point, a direction; the most frequent words are the first centres."""
    centres = points[np.argsort(-weight, kind="stable")[:KINDS]].copy()
    group = np.zeros(len(points), int)
    for _ in range(_ROUNDS):
        group = (points @ centres.T).argmax(1)
        for number in range(KINDS):
            mine = group == number
            if mine.any():
                centre = (points[mine] * np.sqrt(weight[mine] + 1)[:, None]).sum(0)
                centres[number] = centre / (np.linalg.norm(centre) + 1e-9)
    return group


def kinds_of(texts: Iterable[str]) -> dict[int, int]:
    """The kind of each frequent word, by its key."""
    chat, general = _chat_pairs(texts), _general_pairs()
    in_chat, in_general = _sums(chat), _sums(general)
    frequent = {word for word, number in in_chat.items() if number >= 2 * _LEAST}
    words = sorted(frequent | set(_frequent(in_general, _MOST_GENERAL)))
    place = {word: at for at, word in enumerate(words)}
    both = [
        _neighbours(pairs, place, _frequent(number, most))
        for pairs, number, most in zip((chat, general), (in_chat, in_general), _NEIGHBOURS, strict=True)
    ]
    left, strength, _ = svds(scipy.sparse.hstack(both).tocsr(), k=_NUMBERS, random_state=0)
    points = left * np.sqrt(strength)
    points /= np.linalg.norm(points, axis=1, keepdims=True) + 1e-9
    weight = np.array([in_chat[word] / 2 + in_general[word] / 1e6 for word in words])
    return {key_of(word): int(group) for word, group in zip(words, _grouped(points, weight), strict=True)}
