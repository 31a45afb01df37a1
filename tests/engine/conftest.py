"""Models that several test modules ask: trained once for each process of the test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.engine.serve.engine import RankingEngine
from composer.engine.train.pipeline import train
from tests.engine.samples import CALIBRATED, ENTRIES, TRAINING, conversations


@pytest.fixture(scope="session")
def artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "one"
    train(directory, conversations, ENTRIES, config=TRAINING)
    return directory


@pytest.fixture(scope="session")
def engine(artefact: Path) -> RankingEngine:
    """Without a re-ranker: too few conversations validate."""
    return RankingEngine.open(artefact, ENTRIES)


@pytest.fixture(scope="session")
def calibrated_artefact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "calibrated"
    train(directory, conversations, ENTRIES, config=CALIBRATED)
    return directory


@pytest.fixture(scope="session")
def calibrated(calibrated_artefact: Path) -> RankingEngine:
    """With a re-ranker, fitted weights and a tuned phrase threshold."""
    return RankingEngine.open(calibrated_artefact, ENTRIES)
