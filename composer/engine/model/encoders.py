"""Two towers: what has been said, and what may be said next, as vectors whose product tells how well they go together.

The context tower pools the features of five parts of the conversation (last customer turn, last agent message,
the ones before, the rest) and of the circumstances, and mixes them in one hidden layer. The response tower pools
the features of a masked message. Trained with the other messages of the batch as wrong answers, the product
estimates log p(response | context) / p(response); popularity is added where it belongs (`scoring`).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FIELDS = 6
# Up to so many bags adding up their rows is faster than a sparse matrix, which is twice as fast for many.
FEW_BAGS, BAGS_AT_ONCE = 64, 8192


@dataclass(frozen=True, slots=True)
class Bags:
    """Rows of feature numbers, end to end: row i is `ids[starts[i]:starts[i + 1]]`."""

    ids: Ints
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, chosen: npt.NDArray[np.int64]) -> Bags:
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        starts = np.zeros(len(chosen) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        places = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], lengths)
        return Bags(self.ids[places], starts)

    @staticmethod
    def of(rows: list[Ints]) -> Bags:
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=starts[1:])
        return Bags(np.concatenate(rows) if rows else np.zeros(0, np.int32), starts)


class BagsBuilder:
    """Gathers rows end to end: an array object for each of a million messages would take most of the memory."""

    def __init__(self) -> None:
        self._ids = array("i")
        self._starts = array("q", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, row: Ints) -> None:
        self._ids.frombytes(np.ascontiguousarray(row, np.int32).tobytes())
        self._starts.append(len(self._ids))

    def __getitem__(self, place: int) -> Ints:
        return np.array(self._ids[self._starts[place] : self._starts[place + 1]], np.int32)

    def bags(self) -> Bags:
        """The rows so far; nothing can be added while they are in use."""
        return Bags(np.frombuffer(self._ids, np.int32), np.frombuffer(self._starts, np.int64))


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
class Towers:
    """The parameters. `hidden` and `out` mix the pooled parts of a context.

    Tables are `features x width`, in half precision when they come from an artefact.
    """

    context: Floats
    response: Floats
    hidden: Floats
    bias: Floats
    out: Floats

    @staticmethod
    def new(context_features: int, response_features: int, width: int, middle: int, seed: int = 7) -> Towers:
        rng = np.random.default_rng(seed)

        def normal(rows: int, columns: int, scale: float) -> Floats:
            return (rng.standard_normal((rows, columns), np.float32) * np.float32(scale)).astype(np.float32)

        return Towers(
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
class Ensemble:
    """Some pairs of towers trained from different starts: their vectors end to end, their products averaged."""

    members: tuple[Towers, ...]

    @property
    def width(self) -> int:
        return sum(towers.response.shape[1] for towers in self.members)

    def encode_contexts(self, bags: Bags) -> Floats:
        parts = [towers.encode_contexts(bags) for towers in self.members]
        return np.concatenate(parts, axis=1) / np.float32(len(self.members))

    def encode_responses(self, bags: Bags) -> Floats:
        return np.concatenate([towers.encode_responses(bags) for towers in self.members], axis=1)


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

    def __init__(self, towers: Towers, rate: float = 0.05, dense_rate: float = 0.002) -> None:
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


def lesson(
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
