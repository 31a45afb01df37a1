"""Dual encoder: contexts and responses as vectors, whose dot product says how well they go together.

The context encoder pools the features of five parts of the conversation (last customer turn, last agent message, the
ones before, the rest) and of the circumstances, and mixes them in one hidden layer. The response encoder pools the
features of a masked message. Trained with the other messages of the batch as wrong answers (in-batch softmax), the
product estimates log p(response | context) / p(response); popularity is added where it belongs (`serve.first_stage`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse  # type: ignore[import-untyped]

from composer.engine.store.bags import FIELDS, Bags, Floats, Ints

# Up to this many bags, adding up their rows is faster than a sparse matrix, which is twice as fast for many.
_MAX_BAGS_BY_ROW = 64
_BATCH_BAGS = 8192


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
    """Return for each bag the sum of its rows of the table, divided by the square root of their number."""
    pooled = np.zeros((len(bags), table.shape[1]), np.float32)
    if len(bags) > _MAX_BAGS_BY_ROW:
        for start in range(0, len(bags), _BATCH_BAGS):
            end = min(start + _BATCH_BAGS, len(bags))
            pooling = Pooling.of(bags.rows(np.arange(start, end)))
            pooled[start:end] = pooling.matrix @ table[pooling.used].astype(np.float32)
    elif len(bags.ids):
        lengths = np.diff(bags.starts)
        filled = np.flatnonzero(lengths)
        sums = np.add.reduceat(table[bags.ids].astype(np.float32), bags.starts[filled], axis=0)
        pooled[filled] = sums / np.sqrt(lengths[filled], dtype=np.float32)[:, None]
    return pooled


@dataclass(slots=True)
class DualEncoder:
    """The parameters of one context encoder and one response encoder.

    `context`, `response`: embedding tables, `features x width`, in half precision when they come from an artefact.
    `hidden` (`FIELDS * width x middle`), `bias` and `out` (`middle x width`) mix the pooled fields of a context.
    """

    context: Floats
    response: Floats
    hidden: Floats
    bias: Floats
    out: Floats

    @staticmethod
    def new(context_features: int, response_features: int, width: int, middle: int, seed: int = 7) -> DualEncoder:
        """Return an encoder with random parameters."""
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
        """Return `contexts x width`. `bags` holds FIELDS rows for each context."""
        pooled = _pooled(self.context, bags).reshape(len(bags) // FIELDS, -1)
        return np.asarray(np.tanh(pooled @ self.hidden + self.bias) @ self.out, np.float32)

    def encode_responses(self, bags: Bags) -> Floats:
        """Return `responses x width`."""
        return _pooled(self.response, bags)


@dataclass(frozen=True, slots=True)
class EncoderEnsemble:
    """Dual encoders trained from different starts: their vectors are concatenated, their products averaged."""

    members: tuple[DualEncoder, ...]

    @property
    def width(self) -> int:
        """Numbers of a vector of the ensemble."""
        return sum(encoder.response.shape[1] for encoder in self.members)

    def encode_contexts(self, bags: Bags) -> Floats:
        """Return `contexts x width`."""
        parts = [encoder.encode_contexts(bags) for encoder in self.members]
        return np.concatenate(parts, axis=1) / np.float32(len(self.members))

    def encode_responses(self, bags: Bags) -> Floats:
        """Return `responses x width`."""
        return np.concatenate([encoder.encode_responses(bags) for encoder in self.members], axis=1)
