"""Optimisers, and the training loop of one dual encoder.

Adam (Kingma and Ba 2015) for dense parameters; Adagrad (Duchi et al. 2011) by rows for the embedding tables, of which
a batch touches few rows. The loss is the in-batch softmax.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from composer.engine.model.encoders import DualEncoder, Pooling
from composer.engine.store.bags import FIELDS, Bags, Floats, Ints

_MEAN_DECAY, _SQUARE_DECAY = 0.9, 0.999


class Adam:
    """Adam for one dense parameter, which is changed in place."""

    def __init__(self, value: Floats, rate: float) -> None:
        self.value, self.rate, self.step = value, rate, 0
        self.mean, self.square, self._room = np.zeros_like(value), np.zeros_like(value), np.empty_like(value)

    def apply(self, gradient: Floats, lr_scale: float) -> None:
        """Make one step. The gradient is overwritten: new arrays at each step would take most of the time."""
        self.step += 1
        room = self._room
        self.mean *= np.float32(_MEAN_DECAY)
        self.mean += np.multiply(gradient, np.float32(0.1), out=room)
        self.square *= np.float32(_SQUARE_DECAY)
        gradient *= gradient
        gradient *= np.float32(0.001)
        self.square += gradient
        np.sqrt(self.square, out=room)
        room *= np.float32((1 - _SQUARE_DECAY**self.step) ** -0.5)
        room += np.float32(1e-8)
        np.divide(self.mean, room, out=room)
        room *= np.float32(self.rate * lr_scale / (1 - _MEAN_DECAY**self.step))
        self.value -= room


class _Adagrad:
    """Adagrad for one table, with one sum of squares for each row."""

    def __init__(self, value: Floats, rate: float) -> None:
        self.value, self.rate = value, rate
        self.squares = np.full(len(value), 1e-6, np.float32)

    def apply(self, used: Ints, gradient: Floats, lr_scale: float) -> None:
        """Make one step of the rows `used`."""
        self.squares[used] += np.einsum("ij,ij->i", gradient, gradient) / gradient.shape[1]
        self.value[used] -= (self.rate * lr_scale / np.sqrt(self.squares[used]))[:, None] * gradient


class Trainer:
    """Fits a dual encoder to pairs of context and response, batch by batch."""

    def __init__(self, encoder: DualEncoder, rate: float = 0.05, dense_rate: float = 0.002) -> None:
        self.encoder = encoder
        self._tables = _Adagrad(encoder.context, rate), _Adagrad(encoder.response, rate)
        self._dense = tuple(Adam(value, dense_rate) for value in (encoder.hidden, encoder.bias, encoder.out))

    def step(self, contexts: Bags, responses: Bags, lr_scale: float, dropout_mask: Floats | None = None) -> float:
        """Make one step and return the loss before it.

        Row i of `responses` answers context i; rows beyond answer none. `dropout_mask`: factors on the pooled fields,
        `contexts x FIELDS * width`.
        """
        encoder = self.encoder
        count = len(contexts) // FIELDS
        left, right = Pooling.of(contexts), Pooling.of(responses)
        pooled = (left.matrix @ encoder.context[left.used]).reshape(count, -1)
        if dropout_mask is not None:
            pooled *= dropout_mask
        middle = np.tanh(pooled @ encoder.hidden + encoder.bias)
        wanted = middle @ encoder.out
        offered = right.matrix @ encoder.response[right.used]
        logits = wanted @ offered.T
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        right_ones = logits[np.arange(count), np.arange(count)]
        loss = float(-np.log(right_ones + 1e-9).mean())
        # From here on the gradient of the loss by the logits.
        logits[np.arange(count), np.arange(count)] -= 1.0
        logits /= count
        to_wanted = logits @ offered
        to_offered = logits.T @ wanted
        to_middle = (to_wanted @ encoder.out.T) * (1 - middle * middle)
        to_pooled = to_middle @ encoder.hidden.T
        if dropout_mask is not None:
            to_pooled *= dropout_mask
        to_pooled = to_pooled.reshape(len(contexts), -1)
        dense = pooled.T @ to_middle, to_middle.sum(axis=0), middle.T @ to_wanted
        for adam, gradient in zip(self._dense, dense, strict=True):
            adam.apply(gradient, lr_scale)
        self._tables[0].apply(left.used, np.asarray(left.matrix.T @ to_pooled), lr_scale)
        self._tables[1].apply(right.used, np.asarray(right.matrix.T @ to_offered), lr_scale)
        return loss


def train_epochs(
    trainer: Trainer,
    contexts: Bags,
    responses: Bags,
    chosen: npt.NDArray[np.int64],
    *,
    epochs: int,
    batch_size: int = 512,
    dropout: float = 0.4,
    lr_scale: float = 1.0,
    seed: int = 11,
    on_progress: Callable[[int], None],
) -> Iterator[None]:
    """Train for one epoch each time the iterator is advanced. Learning rates fall linearly to 0.

    Row i of `responses` answers context i. `chosen`: the messages to read. `lr_scale`: factor on the learning rates at
    the start. `on_progress`: called with the number of messages read so far; what it raises ends the training.
    """
    rng = np.random.default_rng(seed)
    total, done = epochs * len(chosen), 0
    width = FIELDS * trainer.encoder.context.shape[1]
    for _ in range(epochs):
        order = chosen[rng.permutation(len(chosen))]
        # A last batch below a quarter is left out: its few wrong answers make the loss another one.
        for start in range(0, len(order) - batch_size // 4, batch_size):
            rows = order[start : start + batch_size]
            fields = (rows[:, None] * FIELDS + np.arange(FIELDS)).ravel()
            dropout_mask = None
            if dropout:
                dropout_mask = (rng.random((len(rows), width), np.float32) >= dropout).astype(np.float32)
                dropout_mask /= np.float32(1 - dropout)
            trainer.step(contexts.rows(fields), responses.rows(rows), lr_scale * (1 - done / total), dropout_mask)
            done += len(rows)
            on_progress(done)
        yield
