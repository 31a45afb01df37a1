"""Nearest neighbours of a context: what agents said where conversations stood nearly as this one does.

The encoders squeeze all that tells one response from another into a few numbers; past contexts remember the rest. An
inverted file (k-means cells) bounds the search: only the contexts of the nearest cells are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import Floats, Ints

_NO_CELLS = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class NeighbourConfig:
    """Size of the index, and how neighbours vote."""

    max_contexts: int = 60_000  # indexed, the latest
    contexts_per_cell: int = 300
    cells_searched: int = 10
    voters: int = 100  # nearest contexts that vote
    vote_decay: float = 20.0  # a vote is exp(-decay x (1 - cosine))
    min_share: float = 0.005  # share of all votes at which a score is log 2
    kmeans_epochs: int = 4
    kmeans_sample: int = 20_000
    batch_size: int = 4096  # contexts assigned to cells at a time
    seed: int = 3


CONFIG = NeighbourConfig()


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Past contexts by cell: those of cell i start at `starts[i]`.

    `vectors`: unit vectors, `contexts x width`; `answers`: the template that followed each context.
    """

    centres: Floats
    starts: npt.NDArray[np.int64]
    vectors: Floats
    answers: Ints
    config: NeighbourConfig = field(default=CONFIG)

    def votes(self, vector: Floats) -> tuple[Ints, Floats]:
        """Return the templates that followed near contexts, and for each log(1 + share of the votes / min_share)."""
        if not len(self.vectors):
            return self.answers, np.zeros(0, np.float32)
        vector = unit(vector)
        cells = np.argsort(-(self.centres @ vector))[: self.config.cells_searched].tolist()
        ranges = [slice(self.starts.item(cell), self.starts.item(cell + 1)) for cell in cells]
        cosines = np.concatenate([self.vectors[part] @ vector for part in ranges])
        answers = np.concatenate([self.answers[part] for part in ranges])
        if len(cosines) > self.config.voters:
            nearest = np.argpartition(cosines, -self.config.voters)[-self.config.voters :]
            cosines, answers = cosines[nearest], answers[nearest]
        weights = np.exp((cosines - 1) * np.float32(self.config.vote_decay))
        templates, groups = np.unique(answers, return_inverse=True)
        shares = np.bincount(groups, weights) / weights.sum()
        return templates, np.asarray(np.log1p(shares / self.config.min_share), np.float32)

    def shares_of(self, votes: Floats) -> Floats:
        """Return the shares that `votes` are logarithms of; they sum to 1."""
        return np.asarray(np.expm1(votes) * self.config.min_share, np.float32)


def unit(vectors: Floats) -> Floats:
    """Return the vectors at length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6), np.float32)


def build(contexts: Floats, answers: Ints, config: NeighbourConfig = CONFIG) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays to save.

    `contexts`: `contexts x width`, in order of time. `answers`: the template that followed each context, below 0 for
    one that is not in the artefact.
    """
    chosen = np.flatnonzero(answers >= 0)[-config.max_contexts :]
    vectors, answers = unit(contexts[chosen]), answers[chosen]
    centres = _centres(vectors, config)
    batches = np.array_split(vectors, len(vectors) // config.batch_size + 1)
    cells = np.concatenate([(batch @ centres.T).argmax(axis=1) if len(batch) else _NO_CELLS for batch in batches])
    order = np.argsort(cells, kind="stable")
    return {
        "neighbour_centres": centres,
        "neighbour_starts": np.searchsorted(cells[order], np.arange(len(centres) + 1)).astype(np.int64),
        "neighbour_vectors": vectors[order],
        "neighbour_answers": answers[order].astype(np.int32),
    }


def _centres(vectors: Floats, config: NeighbourConfig) -> Floats:
    """Return the centres of the cells: spherical k-means on a sample."""
    rng = np.random.default_rng(config.seed)
    sample = vectors[rng.permutation(len(vectors))[: config.kmeans_sample]]
    centres = sample[: max(1, len(vectors) // config.contexts_per_cell)]
    for _ in range(config.kmeans_epochs):
        cells = (sample @ centres.T).argmax(axis=1) if len(sample) else _NO_CELLS
        sums = np.zeros_like(centres)
        np.add.at(sums, cells, sample)
        centres = np.where(np.any(sums != 0, axis=1, keepdims=True), unit(sums), centres)
    return np.ascontiguousarray(centres, np.float32)


def load(artefact: Artefact) -> Neighbours:
    """Read the index of an artefact."""
    names = ("centres", "starts", "vectors", "answers")
    centres, starts, vectors, answers = (artefact.array(f"neighbour_{name}") for name in names)
    return Neighbours(centres, starts, vectors, answers)
