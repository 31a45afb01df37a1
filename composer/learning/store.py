"""Where artefacts are stored: one folder for each training, written once and never changed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection
from pathlib import Path

from django.conf import settings

# A folder without a row is a training in progress, or one that was cut short.
_ABANDONED_AFTER_S = 24 * 3600


def folder_of(model_id: str) -> Path:
    return Path(settings.MODELS_DIR) / model_id


def learnt_words_of(model_id: str, transcripts: bool) -> Path:
    """Return the file with a training's words for the speller: of lists and transcripts, or of lists alone."""
    return folder_of(model_id) / ("words.json" if transcripts else "words_of_lists.json")


def remove(model_ids: Collection[str]) -> None:
    """Delete artefacts. A process that has mapped one keeps it until it unmaps it."""
    for model_id in model_ids:
        shutil.rmtree(folder_of(model_id), ignore_errors=True)


def remove_abandoned(known: Collection[str]) -> list[str]:
    """Delete the folders of trainings that never ended. Return their names."""
    root = Path(settings.MODELS_DIR)
    if not root.is_dir():
        return []
    before = time.time() - _ABANDONED_AFTER_S
    found = [path for path in root.iterdir() if path.name not in known and path.stat().st_mtime < before]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return [path.name for path in found]
