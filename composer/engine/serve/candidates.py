"""What may be offered, and where it comes from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from composer.engine.types import Source

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.floating]

# The score of a candidate that must not be offered, and the bound that tells such scores from others.
EXCLUDED, MIN_SCORE = -1e9, -1e5
# An initial score that keeps a candidate from the empty composer, not from being found by typing.
ONLY_TYPED = float("-inf")


class Candidate(NamedTuple):
    """A response that may be offered: its source, and its index inside of that source."""

    source: Source
    id: int


class ScoredText(NamedTuple):
    """A candidate with its text in this conversation. `row`: its number in the session (`serve.context`)."""

    row: int
    text: str
    score: float


class OwnCandidate(NamedTuple):
    """A candidate of a source outside of the index. `initial_score`: at the empty composer, or ONLY_TYPED."""

    row: int
    text: str
    initial_score: float
    typed_score: float
