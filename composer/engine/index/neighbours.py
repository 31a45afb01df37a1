"""What agents said where conversations stood nearly as this one does: past contexts by vector, in cells.

The towers squeeze all that tells one answer from another into a few numbers; past contexts themselves remember
the rest. Only the contexts of the nearest cells are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import Floats, Ints

# Contexts kept, the latest; contexts in a cell; cells looked at; contexts that vote.
MOST, IN_CELL, LOOKED_AT, NEAR = 60_000, 300, 10, 100
READINGS, SAMPLE, AT_ONCE = 4, 20_000, 4096
NO_CELLS = np.zeros(0, np.int64)
# How fast a vote fades with distance; the share of the votes below which an answer has none.
FADING, LEAST = 20.0, 0.005


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`vectors` of length 1, by cell: those of cell i from `starts[i]`; `answers`: templates that followed."""

    centres: Floats
    starts: npt.NDArray[np.int64]
    vectors: Floats
    answers: Ints

    def votes(self, vector: Floats) -> tuple[Ints, Floats]:
        """Templates that followed near contexts, and for each how much speaks for it: a logarithm of its share."""
        if not len(self.vectors):
            return self.answers, np.zeros(0, np.float32)
        vector = unit(vector)
        cells = np.argsort(-(self.centres @ vector))[:LOOKED_AT].tolist()
        ranges = [slice(self.starts.item(cell), self.starts.item(cell + 1)) for cell in cells]
        likeness = np.concatenate([self.vectors[part] @ vector for part in ranges])
        answers = np.concatenate([self.answers[part] for part in ranges])
        if len(likeness) > NEAR:
            nearest = np.argpartition(likeness, -NEAR)[-NEAR:]
            likeness, answers = likeness[nearest], answers[nearest]
        worth = np.exp((likeness - 1) * np.float32(FADING))
        found, places = np.unique(answers, return_inverse=True)
        shares = np.bincount(places, worth) / worth.sum()
        return found, np.asarray(np.log1p(shares / LEAST), np.float32)


def shares_of(votes: Floats) -> Floats:
    """The shares of which votes are logarithms; together 1."""
    return np.asarray(np.expm1(votes) * LEAST, np.float32)


def unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6), np.float32)


def build(contexts: Floats, answers: Ints) -> dict[str, npt.NDArray[Any]]:
    """The arrays to be saved. `answers`: the template that followed each context, below 0 where it was dropped."""
    kept = np.flatnonzero(answers >= 0)[-MOST:]
    vectors, answers = unit(contexts[kept]), answers[kept]
    centres = _centres(vectors)
    batches = np.array_split(vectors, len(vectors) // AT_ONCE + 1)
    cells = np.concatenate([(batch @ centres.T).argmax(axis=1) if len(batch) else NO_CELLS for batch in batches])
    order = np.argsort(cells, kind="stable")
    return {
        "neighbour_centres": centres,
        "neighbour_starts": np.searchsorted(cells[order], np.arange(len(centres) + 1)).astype(np.int64),
        "neighbour_vectors": vectors[order],
        "neighbour_answers": answers[order].astype(np.int32),
    }


def _centres(vectors: Floats) -> Floats:
    """Middles of the cells: k-means by direction, on a sample."""
    rng = np.random.default_rng(3)
    sample = vectors[rng.permutation(len(vectors))[:SAMPLE]]
    centres = sample[: max(1, len(vectors) // IN_CELL)]
    for _ in range(READINGS):
        cells = (sample @ centres.T).argmax(axis=1) if len(sample) else NO_CELLS
        sums = np.zeros_like(centres)
        np.add.at(sums, cells, sample)
        centres = np.where(np.any(sums != 0, axis=1, keepdims=True), unit(sums), centres)
    return np.ascontiguousarray(centres, np.float32)


def load(artefact: Artefact) -> Neighbours:
    return Neighbours(*(artefact.array(f"neighbour_{name}") for name in ("centres", "starts", "vectors", "answers")))
