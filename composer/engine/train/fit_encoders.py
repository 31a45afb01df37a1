"""DualEncoder are taught from a corpus, and go on learning when it grows."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait

import numpy as np
import numpy.typing as npt

from composer.engine.model.encoders import DualEncoder, EncoderEnsemble
from composer.engine.model.model import TRUSTED_MESSAGES
from composer.engine.train.corpus import Corpus, Progress
from composer.engine.train.optim import Trainer, train_epochs

WIDTH, MIDDLE, BATCH = 112, 320, 256
MEMBERS, MANY_MESSAGES = 3, 200_000
# Few messages are read more often: about as many steps as 45,000 messages make in four readings.
LEAST_STEPS, MOST_READINGS = 700, 40
# What is learned afterwards is read once, beside so many of the messages known before, by rates that have fallen as
# far as in a last reading.
AGAIN, AGAIN_SHARE = 6_000, 0.25
TOLD_EVERY_S = 0.5
_END = object()


class EncoderTrainer:
    """DualEncoder with what their training has to remember. `spare`: templates that may come later."""

    def __init__(self, corpus: Corpus, spare: int, progress: Progress) -> None:
        rows = corpus.reader.context_rows, corpus.reader.response_rows + len(corpus.templates) + spare
        # DualEncoder that learn nothing are never asked, and a small company waits for its first training.
        members = MEMBERS if TRUSTED_MESSAGES <= len(corpus.answers) < MANY_MESSAGES else 1
        self.towers = EncoderEnsemble(tuple(DualEncoder.new(*rows, WIDTH, MIDDLE, seed) for seed in range(members)))
        self._trainers = [Trainer(towers) for towers in self.towers.members]
        self._progress = progress
        self._learned = len(corpus.answers)

    def teach(self, corpus: Corpus) -> None:
        """Learn from all messages; too few teach nothing."""
        count = len(corpus.answers)
        if count >= TRUSTED_MESSAGES:
            readings = max(1, min(MOST_READINGS, round(LEAST_STEPS * BATCH / count))) if count < MANY_MESSAGES else 1
            self._fit(corpus, np.arange(count), readings, 1.0)

    def teach_more(self, corpus: Corpus) -> None:
        """Learn from what the corpus has since the last time."""
        count = len(corpus.answers)
        if count >= TRUSTED_MESSAGES and count > self._learned:
            before = np.random.default_rng(13).permutation(self._learned)[:AGAIN]
            self._fit(corpus, np.concatenate([before, np.arange(self._learned, count)]), 1, AGAIN_SHARE)
            self._learned = count

    def _fit(self, corpus: Corpus, chosen: npt.NDArray[np.int64], readings: int, share: float) -> None:
        """The pairs side by side in threads: nearly all of it is arithmetic, for which threads do not wait.

        They take turns after each reading, so that three pairs keep two processors busy to the end.
        """
        contexts, responses = corpus.bags(), corpus.said(corpus.counts())
        read = [0] * len(self._trainers)
        halted = threading.Event()

        def learn(seed: int, trainer: Trainer) -> Iterator[None]:
            def told(done: int) -> None:
                if halted.is_set():
                    raise CancelledError
                read[seed] = done

            return train_epochs(
                trainer, contexts, responses, chosen, readings=readings, batch=BATCH, share=share, seed=seed, told=told
            )

        with ThreadPoolExecutor(min(len(read), os.cpu_count() or 1)) as threads:
            lessons = [learn(seed, trainer) for seed, trainer in enumerate(self._trainers)]
            waiting: dict[Future[bool], Iterator[None]] = {threads.submit(_goes_on, one): one for one in lessons}
            try:
                while waiting:
                    done, _ = wait(waiting, TOLD_EVERY_S, FIRST_COMPLETED)
                    # Told from here alone: whoever listens may write to a database, whose connection is this thread's.
                    self._progress("towers", sum(read), len(read) * readings * len(chosen))
                    for one in done:
                        going = waiting.pop(one)
                        if one.result():
                            waiting[threads.submit(_goes_on, going)] = going
            finally:
                # After an error, or Ctrl-C, nobody waits for what the others would still read.
                halted.set()


def _goes_on(going: Iterator[None]) -> bool:
    """One more reading; False when there was none left."""
    return next(going, _END) is not _END
