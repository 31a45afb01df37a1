"""Training: conversations and lists in, one artefact directory out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from composer.engine.serve.candidates import insert_slots, slotted
from composer.engine.store import artefact
from composer.engine.text.tokens import fold
from composer.engine.train import calibrate, export
from composer.engine.train.corpus import Conversation, Progress, Source, is_validation, read
from composer.engine.train.fit_encoders import EncoderTrainer
from composer.engine.types import Entry

__all__ = ["Conversation", "train"]


def _quiet(stage: str, done: int, total: int) -> None:
    """Progress for nobody."""


def train(
    directory: Path,
    source: Source,
    responses: Iterable[Entry],
    *,
    usage: Iterable[tuple[str, float]] = (),
    progress: Progress = _quiet,
) -> dict[str, Any]:
    """Learn from conversations and lists, write the artefact, return what was measured.

    `source` is called up to three times, each time for the same conversations in the same order, and may stream.
    `usage`: texts that were offered, each with its weight, below 0 for what was passed over.
    `progress` is told stage, done and total (0 where unknown).
    """
    entries = list(responses)
    corpus = read(source, entries, progress)
    corpus.publish(fold(insert_slots(slotted(corpus.reader.recognizer, entry.text))) for entry in entries)
    kept = _kept(source, corpus.step)
    for text, weight in usage:
        corpus.take(text, weight)
    teacher = EncoderTrainer(corpus, sum(len(conversation.turns) for conversation in kept), progress)
    teacher.teach(corpus)
    found: calibrate.Found = ({}, {})
    if kept:
        found = calibrate.fitted(directory, export.of_all(corpus, teacher.towers, entries), entries, kept)
        # What is served has learned from these conversations as well, once everything is fitted on them.
        for conversation in kept:
            corpus.add(conversation)
        teacher.teach_more(corpus)
    meta, arrays = export.of_all(corpus, teacher.towers, entries)
    meta |= found[0]
    artefact.save(directory, meta, arrays | found[1])
    return meta


def _kept(source: Source, step: int) -> list[Conversation]:
    if not step:
        return []
    return [conversation for number, conversation in enumerate(source()) if is_validation(number, step)]
