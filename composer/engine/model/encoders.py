"""Two towers: what has been said, and what may be said next, as vectors whose product tells how well they go together.

The context tower pools the features of five parts of the conversation (last customer turn, last agent message,
the ones before, the rest) and of the circumstances, and mixes them in one hidden layer. The response tower pools
the features of a masked message. Trained with the other messages of the batch as wrong answers, the product
estimates log p(response | context) / p(response); popularity is added where it belongs (`scoring`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from composer.engine.store.bags import FIELDS, Bags, Floats, Ints

# Up to so many bags adding up their rows is faster than a sparse matrix, which is twice as fast for many.
FEW_BAGS, BAGS_AT_ONCE = 64, 8192


@dataclass(frozen=True, slots=True)
class Pooling:
    """The rows of a table that a batch uses, and the matrix that sums them into its bags."""

    used: Ints
    matrix: sparse.csr_matrix

    @staticmethod
    def of(bags: Bags) -> Pooling:
        used, columns = np.unique(bags.ids, return_inverse=True)
        lengths = np.diff(bags.starts)
        weights = np.repeat(1.0 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
        matrix = sparse.csr_matrix((weights, columns, bags.starts), shape=(len(lengths), len(used)))
        return Pooling(used, matrix)


def _pooled(table: Floats, bags: Bags) -> Floats:
    """What the rows of each bag add up to, by the root of how many they are."""
    found = np.zeros((len(bags), table.shape[1]), np.float32)
    if len(bags) > FEW_BAGS:
        for start in range(0, len(bags), BAGS_AT_ONCE):
            end = min(start + BAGS_AT_ONCE, len(bags))
            pooling = Pooling.of(bags.rows(np.arange(start, end)))
            found[start:end] = pooling.matrix @ table[pooling.used].astype(np.float32)
    elif len(bags.ids):
        lengths = np.diff(bags.starts)
        some = np.flatnonzero(lengths)
        sums = np.add.reduceat(table[bags.ids].astype(np.float32), bags.starts[some], axis=0)
        found[some] = sums / np.sqrt(lengths[some], dtype=np.float32)[:, None]
    return found


@dataclass(slots=True)
class DualEncoder:
    """The parameters. `hidden` and `out` mix the pooled parts of a context.

    Tables are `features x width`, in half precision when they come from an artefact.
    """

    context: Floats
    response: Floats
    hidden: Floats
    bias: Floats
    out: Floats

    @staticmethod
    def new(context_features: int, response_features: int, width: int, middle: int, seed: int = 7) -> DualEncoder:
        rng = np.random.default_rng(seed)

        def normal(rows: int, columns: int, scale: float) -> Floats:
            return (rng.standard_normal((rows, columns), np.float32) * np.float32(scale)).astype(np.float32)

        return DualEncoder(
            normal(context_features, width, 0.3 / width**0.5 * 3),
            normal(response_features, width, 0.3 / width**0.5 * 3),
            normal(FIELDS * width, middle, (FIELDS * width) ** -0.5 * 2),
            np.zeros(middle, np.float32),
            normal(middle, width, middle**-0.5 * 2),
        )

    def encode_contexts(self, bags: Bags) -> Floats:
        """One vector a context; `bags` holds FIELDS rows for each."""
        pooled = _pooled(self.context, bags).reshape(len(bags) // FIELDS, -1)
        return np.asarray(np.tanh(pooled @ self.hidden + self.bias) @ self.out, np.float32)

    def encode_responses(self, bags: Bags) -> Floats:
        return _pooled(self.response, bags)


@dataclass(frozen=True, slots=True)
class EncoderEnsemble:
    """Some pairs of towers trained from different starts: their vectors end to end, their products averaged."""

    members: tuple[DualEncoder, ...]

    @property
    def width(self) -> int:
        return sum(towers.response.shape[1] for towers in self.members)

    def encode_contexts(self, bags: Bags) -> Floats:
        parts = [towers.encode_contexts(bags) for towers in self.members]
        return np.concatenate(parts, axis=1) / np.float32(len(self.members))

    def encode_responses(self, bags: Bags) -> Floats:
        return np.concatenate([towers.encode_responses(bags) for towers in self.members], axis=1)
