"""Artefacts on disk, texts and bags of feature ids."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from composer.engine.store import artefact
from composer.engine.store.artefact import VERSION, Artefact, ArtefactError, Texts, TextsBuilder, is_readable
from composer.engine.store.bags import Bags, BagsBuilder

TEXTS = ["", "plain", "ünïcödé \U0001f44b", "\ud800 alone", "two\nlines"]


def row(*ids: int) -> np.ndarray:
    return np.array(ids, np.int32)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    directory = tmp_path / "models" / "one"
    arrays = {"numbers": np.arange(1000), "empty": np.zeros((0, 3), np.float32), "texts": Texts.of(TEXTS)}
    artefact.save(directory, {"messages": 7}, arrays)
    return directory


def test_what_is_saved_is_read(saved: Path) -> None:
    opened = Artefact(saved)
    assert opened.meta == {"version": VERSION, "messages": 7}
    assert opened.array("numbers").tolist() == list(range(1000))
    assert opened.array("empty").shape == (0, 3)
    assert list(opened.texts("texts")) == TEXTS
    assert is_readable(saved)


def test_large_arrays_are_mapped_and_not_writable(saved: Path) -> None:
    numbers = Artefact(saved).array("numbers")
    with pytest.raises(ValueError, match="read-only"):
        numbers[0] = 1


def test_other_processes_may_read_it(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o755


def test_nothing_is_left_beside_an_artefact(saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == ["one"]


def test_a_failed_save_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        artefact.save(tmp_path / "one", {"unsaveable": object()}, {"numbers": np.arange(3)})
    assert list(tmp_path.iterdir()) == []


def test_an_artefact_is_not_overwritten(saved: Path) -> None:
    with pytest.raises(OSError, match=r"exist|empty"):
        artefact.save(saved, {}, {})
    assert Artefact(saved).meta["messages"] == 7


@pytest.mark.parametrize("meta", ["", "no json", "{}", '{"version": 0}', json.dumps({"version": VERSION + 1})])
def test_meta_data_of_another_version_are_an_error(saved: Path, meta: str) -> None:
    (saved / "meta.json").write_text(meta)
    assert not is_readable(saved)
    with pytest.raises(ArtefactError):
        Artefact(saved)


def test_no_directory_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="no artefact"):
        Artefact(tmp_path / "none")


@pytest.mark.parametrize("content", [None, b"", b"not an array"])
def test_a_damaged_array_is_an_error(saved: Path, content: bytes | None) -> None:
    path = saved / "numbers.npy"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArtefactError, match="numbers"):
        Artefact(saved).array("numbers")


def test_texts_are_a_sequence() -> None:
    texts = Texts.of(TEXTS)
    assert len(texts) == len(TEXTS)
    assert texts[2] == TEXTS[2]
    assert TEXTS[4] in texts
    assert len(Texts.of([])) == 0


def test_gathered_texts_are_the_same() -> None:
    builder = TextsBuilder()
    for text in TEXTS:
        builder.add(text)
    assert len(builder) == len(TEXTS)
    assert list(builder.texts()) == TEXTS


def test_texts_in_use_hold_the_builder() -> None:
    builder = TextsBuilder()
    builder.add("one")
    texts = builder.texts()
    with pytest.raises(BufferError):
        builder.add("another")
    assert list(texts) == ["one"]


def test_bags_hold_rows_end_to_end() -> None:
    bags = Bags.of([row(1, 2), row(), row(3)])
    assert len(bags) == 3
    assert bags.ids.tolist() == [1, 2, 3]
    assert bags.starts.tolist() == [0, 2, 2, 3]
    assert len(Bags.of([])) == 0


@pytest.mark.parametrize("chosen", [[0], [2, 0], [1, 1, 2], []])
def test_chosen_rows_are_copied_in_their_order(chosen: list[int]) -> None:
    rows = [row(1, 2), row(), row(3, 4, 5)]
    bags = Bags.of(rows).rows(np.array(chosen, np.int64))
    parts = [bags.ids[start:end].tolist() for start, end in zip(bags.starts, bags.starts[1:], strict=False)]
    assert parts == [rows[number].tolist() for number in chosen]


def test_gathered_bags_are_the_same() -> None:
    rows = [row(1, 2), row(), row(3)]
    builder = BagsBuilder()
    for each in rows:
        builder.add(each)
    assert len(builder) == 3
    assert [builder[number].tolist() for number in range(3)] == [each.tolist() for each in rows]
    bags = builder.bags()
    assert (bags.ids.tolist(), bags.starts.tolist()) == ([1, 2, 3], [0, 2, 2, 3])
    with pytest.raises(BufferError):
        builder.add(row(4))
