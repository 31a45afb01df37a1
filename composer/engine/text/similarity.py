"""How alike two messages are, by their words: bits for words, counted together."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.text.entities import SLOTS
from composer.engine.text.tokens import words

Bits = npt.NDArray[np.uint64]
SIZE = 512
# An amount or a date differs from a number in its value, not in what the message says.
_NUMBERS = {SLOTS[kind]: SLOTS["number"] for kind in ("time", "date", "amount", "phone", "code")}


def signature(found: Sequence[str]) -> Bits:
    """The bits of some words."""
    bits = 0
    for word in found:
        bits |= 1 << (zlib.crc32(_NUMBERS.get(word, word).encode("utf-8", "surrogatepass")) % SIZE)
    return np.frombuffer(bits.to_bytes(SIZE // 8, "little"), np.uint64)


def signatures(folded: Sequence[str]) -> Bits:
    if not folded:
        return np.zeros((0, SIZE // 64), np.uint64)
    return np.stack([signature(words(text)) for text in folded])


def alike(left: Bits, right: Bits) -> npt.NDArray[np.float32]:
    """Share of words in common (F1), each row of `left` with each of `right`."""
    common = np.bitwise_count(left[:, None, :] & right[None, :, :]).sum(axis=2, dtype=np.float32)
    sizes = np.bitwise_count(left).sum(axis=1, dtype=np.float32)
    others = np.bitwise_count(right).sum(axis=1, dtype=np.float32)
    return np.asarray(2 * common / np.maximum(sizes[:, None] + others[None, :], 1), np.float32)


def held(left: Bits, right: Bits) -> npt.NDArray[np.float32]:
    """Share of the words of each row of `right` that each row of `left` has."""
    common = np.bitwise_count(left[:, None, :] & right[None, :, :]).sum(axis=2, dtype=np.float32)
    sizes = np.bitwise_count(right).sum(axis=1, dtype=np.float32)
    return np.asarray(common / np.maximum(sizes[None, :], 1), np.float32)
