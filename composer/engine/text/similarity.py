"""Similarity of messages by their words: each text as a bit signature, compared many at a time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from composer.engine.text.entities import SLOTS
from composer.engine.text.tokens import words

Bits = npt.NDArray[np.uint64]
SIGNATURE_BITS = 512
# Kinds of numbers share one bit: two messages that differ in the kind of a number say the same.
_NUMBERS = {SLOTS[kind]: SLOTS["number"] for kind in ("time", "date", "amount", "phone", "code")}


def signature(text_words: Sequence[str]) -> Bits:
    """Return the signature of some words: SIGNATURE_BITS bits in 64-bit numbers."""
    bits = 0
    for word in text_words:
        bits |= 1 << (zlib.crc32(_NUMBERS.get(word, word).encode("utf-8", "surrogatepass")) % SIGNATURE_BITS)
    return np.frombuffer(bits.to_bytes(SIGNATURE_BITS // 8, "little"), np.uint64)


def signatures(folded: Sequence[str]) -> Bits:
    """Return the signatures of folded texts, `texts x 8`."""
    if not folded:
        return np.zeros((0, SIGNATURE_BITS // 64), np.uint64)
    return np.stack([signature(words(text)) for text in folded])


def word_f1(left: Bits, right: Bits) -> npt.NDArray[np.float32]:
    """Return the share of words in common (F1, 0 to 1) of each row of `left` with each row of `right`."""
    common = np.bitwise_count(left[:, None, :] & right[None, :, :]).sum(axis=2, dtype=np.float32)
    sizes = np.bitwise_count(left).sum(axis=1, dtype=np.float32)
    others = np.bitwise_count(right).sum(axis=1, dtype=np.float32)
    return np.asarray(2 * common / np.maximum(sizes[:, None] + others[None, :], 1), np.float32)


def containment(left: Bits, right: Bits) -> npt.NDArray[np.float32]:
    """Return the share of the words of each row of `right` (0 to 1) that each row of `left` has."""
    common = np.bitwise_count(left[:, None, :] & right[None, :, :]).sum(axis=2, dtype=np.float32)
    sizes = np.bitwise_count(right).sum(axis=1, dtype=np.float32)
    return np.asarray(common / np.maximum(sizes[None, :], 1), np.float32)
