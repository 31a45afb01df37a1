"""Optimisers and the training loop of the two towers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from composer.engine.model.encoders import DualEncoder, Pooling
from composer.engine.store.bags import FIELDS, Bags, Floats, Ints


class Adam:
    """Adam for a dense parameter."""

    def __init__(self, value: Floats, rate: float) -> None:
        self.value, self.rate, self.step = value, rate, 0
        self.mean, self.square, self._room = np.zeros_like(value), np.zeros_like(value), np.empty_like(value)

    def apply(self, gradient: Floats, share: float) -> None:
        """One step. It works in place, and in the gradient: new arrays at each step would take most of the time."""
        self.step += 1
        room = self._room
        self.mean *= np.float32(0.9)
        self.mean += np.multiply(gradient, np.float32(0.1), out=room)
        self.square *= np.float32(0.999)
        gradient *= gradient
        gradient *= np.float32(0.001)
        self.square += gradient
        np.sqrt(self.square, out=room)
        room *= np.float32((1 - 0.999**self.step) ** -0.5)
        room += np.float32(1e-8)
        np.divide(self.mean, room, out=room)
        room *= np.float32(self.rate * share / (1 - 0.9**self.step))
        self.value -= room


class _Adagrad:
    """Adagrad by rows for a table, of which a batch touches few."""

    def __init__(self, value: Floats, rate: float) -> None:
        self.value, self.rate = value, rate
        self.squares = np.full(len(value), 1e-6, np.float32)

    def apply(self, used: Ints, gradient: Floats, share: float) -> None:
        self.squares[used] += np.einsum("ij,ij->i", gradient, gradient) / gradient.shape[1]
        self.value[used] -= (self.rate * share / np.sqrt(self.squares[used]))[:, None] * gradient


class Trainer:
    """Fits towers to pairs of context and response, batch by batch."""

    def __init__(self, towers: DualEncoder, rate: float = 0.05, dense_rate: float = 0.002) -> None:
        self.towers = towers
        self._tables = _Adagrad(towers.context, rate), _Adagrad(towers.response, rate)
        self._dense = tuple(Adam(value, dense_rate) for value in (towers.hidden, towers.bias, towers.out))

    def step(self, contexts: Bags, responses: Bags, share: float, drop: Floats | None = None) -> float:
        """One batch; row i of `responses` answers context i, rows beyond answer none. `share` scales the rates."""
        towers = self.towers
        count = len(contexts) // FIELDS
        left, right = Pooling.of(contexts), Pooling.of(responses)
        pooled = (left.matrix @ towers.context[left.used]).reshape(count, -1)
        if drop is not None:
            pooled *= drop
        middle = np.tanh(pooled @ towers.hidden + towers.bias)
        wanted = middle @ towers.out
        offered = right.matrix @ towers.response[right.used]
        logits = wanted @ offered.T
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        right_ones = logits[np.arange(count), np.arange(count)]
        loss = float(-np.log(right_ones + 1e-9).mean())
        logits[np.arange(count), np.arange(count)] -= 1.0
        logits /= count
        to_wanted = logits @ offered
        to_offered = logits.T @ wanted
        to_middle = (to_wanted @ towers.out.T) * (1 - middle * middle)
        to_pooled = to_middle @ towers.hidden.T
        if drop is not None:
            to_pooled *= drop
        to_pooled = to_pooled.reshape(len(contexts), -1)
        dense = pooled.T @ to_middle, to_middle.sum(axis=0), middle.T @ to_wanted
        for adam, gradient in zip(self._dense, dense, strict=True):
            adam.apply(gradient, share)
        self._tables[0].apply(left.used, np.asarray(left.matrix.T @ to_pooled), share)
        self._tables[1].apply(right.used, np.asarray(right.matrix.T @ to_offered), share)
        return loss


def train_epochs(
    trainer: Trainer,
    contexts: Bags,
    responses: Bags,
    chosen: npt.NDArray[np.int64],
    *,
    readings: int,
    batch: int = 512,
    dropout: float = 0.4,
    share: float = 1.0,
    seed: int = 11,
    told: Callable[[int], None],
) -> Iterator[None]:
    """Read the messages `chosen` some times, each time when asked for the next; rates fall from `share` to nothing.

    Row i of `responses` answers context i. `told`: of how many messages were read.
    """
    rng = np.random.default_rng(seed)
    total, done = readings * len(chosen), 0
    width = FIELDS * trainer.towers.context.shape[1]
    for _ in range(readings):
        order = chosen[rng.permutation(len(chosen))]
        for start in range(0, len(order) - batch // 4, batch):
            rows = order[start : start + batch]
            fields = (rows[:, None] * FIELDS + np.arange(FIELDS)).ravel()
            keep = None
            if dropout:
                keep = (rng.random((len(rows), width), np.float32) >= dropout).astype(np.float32)
                keep /= np.float32(1 - dropout)
            trainer.step(contexts.rows(fields), responses.rows(rows), share * (1 - done / total), keep)
            done += len(rows)
            told(done)
        yield
