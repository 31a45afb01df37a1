"""The second ranking: the best candidates of a scene are weighed again, by more signs and against each other.

The first ranking adds up what must be known of every response. Of the few best it is worth asking more: do others
among them say the same, was it said already, how sure is the first ranking here? A small network answers, fitted
for each company on conversations that nothing else was learned from: of those learned from, all seems certain.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from composer.engine.store.artefact import Artefact
from composer.engine.store.bags import Floats

# What the first ranking's scores count beforehand: they are surer of themselves than they should be.
FIRST = 0.7
# A sign farther from its mean than so many deviations tells no more.
FARTHEST = 5.0


@dataclass(frozen=True, slots=True)
class Reranker:
    """The network: signs less `mean` through `spread`, `signs x hidden`; `plain` weighs the signs themselves."""

    mean: Floats
    spread: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    plain: Floats

    def scores(self, signs: Floats) -> Floats:
        """Scores of candidates by their signs (`candidates x signs`, the first score less the best's comes first)."""
        known = self.scaled(signs)
        return np.asarray(
            np.tanh(known @ self.hidden + self.bias) @ self.out + known @ self.plain + FIRST * signs[..., 0]
        )

    def scaled(self, signs: Floats) -> Floats:
        return np.asarray(np.clip((signs - self.mean) / self.spread, -FARTHEST, FARTHEST), np.float32)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        return {f"second_{field.name}": getattr(self, field.name) for field in fields(self)}


def load(artefact: Artefact) -> Reranker | None:
    """None where training had too little to fit one."""
    if not artefact.meta.get("second"):
        return None
    return Reranker(*(artefact.array(f"second_{field.name}") for field in fields(Reranker)))
