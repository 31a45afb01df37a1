"""Named features: functions of a batch of candidates, in a registry, so that weights and shares have names.

Both ranking stages and the ranking of given texts use it. A feature is added by one decorated function; the model
stores its weight under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from composer.engine.store.bags import Floats
from composer.engine.types import FeatureShare

Batch = TypeVar("Batch")
# Any array-like with one number for each candidate, or one number for all.
Column = Any


class FeatureRegistry(Generic[Batch]):
    """Features by name, in the order in which they are registered."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[[Batch], Column]] = {}

    def feature(self, function: Callable[[Batch], Column]) -> Callable[[Batch], Column]:
        """Register a function under its own name. Raises ValueError when the name is taken."""
        return self.add(function.__name__, function)

    def add(self, name: str, function: Callable[[Batch], Column]) -> Callable[[Batch], Column]:
        """Register a function under a name. Raises ValueError when the name is taken."""
        if name in self._functions:
            raise ValueError(f"there is a feature {name} already")
        self._functions[name] = function
        return function

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._functions)

    def columns(self, batch: Batch) -> Iterator[tuple[str, Column]]:
        """Yield each name with the feature's values, in order."""
        for name, function in self._functions.items():
            yield name, function(batch)

    def matrix(self, batch: Batch, count: int, names: Sequence[str] | None = None) -> Floats:
        """Return the values as `candidates x features`.

        `count`: number of candidates. `names`: the features and their order, all in order of registration by default.
        Raises KeyError for a name that is not registered, as in a model of another version.
        """
        matrix = np.empty((count, len(self._functions) if names is None else len(names)), np.float32)
        for column, name in enumerate(self._functions if names is None else names):
            matrix[:, column] = self._functions[name](batch)
        return matrix


def shares(names: Sequence[str], values: Sequence[float], weights: Mapping[str, float]) -> dict[str, FeatureShare]:
    """Return each feature's value and weight by name."""
    return {name: FeatureShare(float(value), weights[name]) for name, value in zip(names, values, strict=True)}
