"""The re-ranker's network: it scores the best candidates of the first stage again, beside each other.

The first stage adds up what must be known of every response. Of the few best more can be asked: do others among them
say the same, was it said already, how sure is the first stage? A small network answers, fitted for each company on
validation conversations, which the first stage did not learn from: on training conversations it is always sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Artefact, Texts
from composer.engine.store.bags import Floats

# Factor on the first stage's score, which is overconfident; the network adds to it.
FIRST_STAGE_WEIGHT = 0.7
# Features are clipped at this many standard deviations.
MAX_DEVIATIONS = 5.0
_PARAMETERS = ("mean", "spread", "hidden", "bias", "out", "plain")


@dataclass(frozen=True, slots=True)
class Reranker:
    """Parameters. `features`: names of the input columns, the first stage's score first.

    `mean`, `spread`: for standardising each feature; `hidden` (`features x units`), `bias` and `out`: the hidden layer;
    `plain`: the linear weight of each feature.
    """

    features: tuple[str, ...]
    mean: Floats
    spread: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    plain: Floats

    def scores(self, matrix: Floats) -> Floats:
        """Return the scores of candidates (`candidates x features` in, `candidates` out), in log units."""
        scaled = self.scaled(matrix)
        return np.asarray(
            np.tanh(scaled @ self.hidden + self.bias) @ self.out
            + scaled @ self.plain
            + FIRST_STAGE_WEIGHT * matrix[..., 0]
        )

    def scaled(self, matrix: Floats) -> Floats:
        """Return the features standardised and clipped."""
        return np.asarray(np.clip((matrix - self.mean) / self.spread, -MAX_DEVIATIONS, MAX_DEVIATIONS), np.float32)

    def hidden_share(self, matrix: Floats) -> Floats:
        """Return what the hidden layer adds to each candidate's score: the part that is no feature's alone."""
        return np.asarray(np.tanh(self.scaled(matrix) @ self.hidden + self.bias) @ self.out, np.float32)

    def arrays(self) -> dict[str, npt.NDArray[Any] | Texts]:
        """Return the arrays to save."""
        saved: dict[str, npt.NDArray[Any] | Texts] = {f"reranker_{name}": getattr(self, name) for name in _PARAMETERS}
        return {"reranker_features": Texts.of(self.features), **saved}


def load(artefact: Artefact) -> Reranker | None:
    """Read the re-ranker of an artefact; None when training had too few messages to fit one."""
    if not artefact.meta.get("reranker"):
        return None
    names = tuple(artefact.texts("reranker_features"))
    return Reranker(names, *(artefact.array(f"reranker_{name}") for name in _PARAMETERS))
