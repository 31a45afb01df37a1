"""Fits the dual encoders to a corpus, and fine-tunes them when it has grown."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait

import numpy as np
import numpy.typing as npt

from composer.engine.model.encoders import DualEncoder, EncoderEnsemble
from composer.engine.model.model import CONFIG as MODEL_CONFIG
from composer.engine.train.config import EncoderConfig
from composer.engine.train.corpus import Corpus, Progress
from composer.engine.train.optim import Trainer, train_epochs

_END = object()


class EncoderTrainer:
    """Encoders with the state of their optimisers.

    `spare`: rows reserved for templates that are added to the corpus later. `progress`: called with the stage
    "towers", messages read and messages to read, from the calling thread alone.
    """

    def __init__(self, corpus: Corpus, spare: int, progress: Progress, config: EncoderConfig | None = None) -> None:
        self.config = config or EncoderConfig()
        rows = corpus.extractor.context_rows, corpus.extractor.response_rows + len(corpus.templates) + spare
        # Encoders that learn nothing are never asked, and a small company waits for its first training.
        several = MODEL_CONFIG.min_messages <= len(corpus.answers) < self.config.many_messages
        members = self.config.members if several else 1
        self.encoders = EncoderEnsemble(
            tuple(DualEncoder.new(*rows, self.config.width, self.config.hidden, seed) for seed in range(members))
        )
        self._trainers = [
            Trainer(encoder, self.config.table_rate, self.config.dense_rate) for encoder in self.encoders.members
        ]
        self._progress = progress
        self._fitted = len(corpus.answers)

    def fit(self, corpus: Corpus) -> None:
        """Learn from all messages; below `ModelConfig.min_messages` nothing is learned."""
        count, config = len(corpus.answers), self.config
        if count >= MODEL_CONFIG.min_messages:
            epochs = max(1, min(config.max_epochs, round(config.min_steps * config.batch_size / count)))
            self._train(corpus, np.arange(count), epochs if count < config.many_messages else 1, 1.0)

    def fine_tune(self, corpus: Corpus) -> None:
        """Learn from the messages added since the last call, beside a sample of those known before."""
        count, config = len(corpus.answers), self.config
        if count >= MODEL_CONFIG.min_messages and count > self._fitted:
            replayed = np.random.default_rng(config.replay_seed).permutation(self._fitted)[: config.replayed_messages]
            chosen = np.concatenate([replayed, np.arange(self._fitted, count)])
            self._train(corpus, chosen, 1, config.fine_tune_scale)
            self._fitted = count

    def _train(self, corpus: Corpus, chosen: npt.NDArray[np.int64], epochs: int, lr_scale: float) -> None:
        """Train the members side by side in threads: nearly all of it is arithmetic that releases the GIL.

        They take turns after each epoch, so that three members keep two processors busy to the end.
        """
        contexts, responses = corpus.bags(), corpus.answer_features(corpus.counts())
        done_by_member = [0] * len(self._trainers)
        cancelled = threading.Event()

        def epochs_of(member: int, trainer: Trainer) -> Iterator[None]:
            def on_progress(done: int) -> None:
                if cancelled.is_set():
                    raise CancelledError
                done_by_member[member] = done

            return train_epochs(
                trainer,
                contexts,
                responses,
                chosen,
                epochs=epochs,
                batch_size=self.config.batch_size,
                dropout=self.config.dropout,
                lr_scale=lr_scale,
                seed=member,
                on_progress=on_progress,
            )

        total = len(self._trainers) * epochs * len(chosen)
        with ThreadPoolExecutor(min(len(self._trainers), os.cpu_count() or 1)) as threads:
            members = [epochs_of(member, trainer) for member, trainer in enumerate(self._trainers)]
            running: dict[Future[bool], Iterator[None]] = {threads.submit(_next_epoch, each): each for each in members}
            try:
                while running:
                    finished, _ = wait(running, self.config.progress_interval_s, FIRST_COMPLETED)
                    # Called from this thread alone: the callback may use a database connection of this thread.
                    self._progress("towers", sum(done_by_member), total)
                    for future in finished:
                        member = running.pop(future)
                        if future.result():
                            running[threads.submit(_next_epoch, member)] = member
            finally:
                # After an error or Ctrl-C the others must not train to the end before it is raised.
                cancelled.set()


def _next_epoch(member: Iterator[None]) -> bool:
    """Train one more epoch; return False when none was left."""
    return next(member, _END) is not _END
