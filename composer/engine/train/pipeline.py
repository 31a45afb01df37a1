"""Training: conversations and lists in, one artefact directory out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from composer.engine.store import artefact
from composer.engine.text.inserts import inserts_as_slots, masked_entry
from composer.engine.text.tokens import fold
from composer.engine.train import export
from composer.engine.train.calibrate import calibrated, uncalibrated
from composer.engine.train.config import TrainConfig
from composer.engine.train.corpus import Conversation, Progress, Source, is_validation
from composer.engine.train.fit_encoders import EncoderTrainer
from composer.engine.train.reading import read
from composer.engine.types import Entry

__all__ = ["Conversation", "train"]


def _no_progress(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


def train(
    directory: Path,
    source: Source,
    responses: Iterable[Entry],
    *,
    usage: Iterable[tuple[str, float]] = (),
    progress: Progress = _no_progress,
    config: TrainConfig | None = None,
) -> dict[str, Any]:
    """Learn from conversations and lists, write the artefact, and return its meta data.

    `source` is called up to three times, each time for the same conversations in the same order, and may stream.
    `usage`: texts that were offered, each with its weight, below 0 for one that was passed over.
    `progress`: called with stage, done and total (0 where unknown).

    Raises OSError when `directory` exists.
    """
    config = config or TrainConfig()
    entries = list(responses)
    corpus = read(source, entries, progress, config.corpus)
    recognizer = corpus.extractor.recognizer
    corpus.publish(fold(inserts_as_slots(masked_entry(recognizer, entry.text))) for entry in entries)
    validation = _validation(source, corpus.validation_step)
    for text, weight in usage:
        corpus.add_feedback(text, weight)
    spare = sum(len(conversation.turns) for conversation in validation)
    trainer = EncoderTrainer(corpus, spare, progress, config.encoders)
    trainer.fit(corpus)
    calibration = uncalibrated()
    if validation:
        learned = export.parts(corpus, trainer.encoders, entries, config.export)
        calibration = calibrated(directory, learned, entries, validation, config)
        # Once everything is fitted on the validation conversations, the model learns from them as well.
        for conversation in validation:
            corpus.add(conversation)
        trainer.fine_tune(corpus)
    meta, arrays = export.parts(corpus, trainer.encoders, entries, config.export)
    meta |= calibration[0]
    artefact.save(directory, meta, arrays | calibration[1])
    return meta


def _validation(source: Source, step: int) -> list[Conversation]:
    if not step:
        return []
    return [conversation for number, conversation in enumerate(source()) if is_validation(number, step)]
