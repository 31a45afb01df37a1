"""The artefact: a directory of numpy files.

Readers map the files into memory, so that the processes of one machine share one copy.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# 5: weights are stored with the names of their features; the re-ranker and its meta data have their new names.
# 4: no text, word or run of words is saved that fewer than three customers were sent.
VERSION = 5
_META = "meta.json"


class ArtefactError(Exception):
    """The directory holds no artefact that this version of the engine can read."""


class Texts(Sequence[str]):
    """A sequence of texts, stored end to end in one array of UTF-8 bytes."""

    def __init__(self, blob: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> None:
        self.blob, self.ends = blob, ends

    @staticmethod
    def of(texts: Sequence[str]) -> Texts:
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return Texts(np.frombuffer(b"".join(encoded), np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, index: Any) -> Any:
        start, end = self.ends.item(index), self.ends.item(index + 1)
        return self.blob[start:end].tobytes().decode("utf-8", "surrogatepass")


class TextsBuilder:
    """Gathers texts in one buffer, without a Python object for each."""

    def __init__(self) -> None:
        self._blob = bytearray()
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        self._blob += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._blob))

    def texts(self) -> Texts:
        """Return the texts so far without a copy. Adding a text raises BufferError while the result is in use."""
        return Texts(np.frombuffer(self._blob, np.uint8), np.frombuffer(self._ends, np.int64))


def save(directory: Path, meta: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any] | Texts]) -> None:
    """Write the artefact to a temporary sibling and rename it: readers see nothing or the whole.

    Each training writes a directory of its own. Raises OSError when `directory` exists and is not empty.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
    try:
        for name, array in arrays.items():
            if isinstance(array, Texts):
                np.save(temporary / f"{name}.blob.npy", array.blob)
                np.save(temporary / f"{name}.ends.npy", array.ends)
            else:
                np.save(temporary / f"{name}.npy", array)
        (temporary / _META).write_text(json.dumps({"version": VERSION, **meta}))
        temporary.chmod(0o755)
        os.rename(temporary, directory)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def is_readable(directory: Path) -> bool:
    """Return whether the directory holds an artefact of this version."""
    try:
        Artefact(directory)
    except ArtefactError:
        return False
    return True


class Artefact:
    """An open artefact.

    Raises ArtefactError when the directory holds none, or one of another version.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        try:
            self.meta: dict[str, Any] = json.loads((directory / _META).read_text())
        except (OSError, ValueError) as error:
            raise ArtefactError(f"no artefact in {directory}") from error
        if self.meta.get("version") != VERSION:
            raise ArtefactError(f"artefact of version {self.meta.get('version')}, this engine reads {VERSION}")

    def array(self, name: str) -> npt.NDArray[Any]:
        """Map one array. Raises ArtefactError when its file is missing or damaged."""
        # An array without elements cannot be mapped.
        path = self.directory / f"{name}.npy"
        try:
            mode = "r" if path.stat().st_size > 512 else None
            return np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))  # type: ignore[arg-type]
        except (OSError, ValueError, EOFError) as error:
            raise ArtefactError(f"{name} of {self.directory.name} is not there or damaged") from error

    def texts(self, name: str) -> Texts:
        return Texts(self.array(f"{name}.blob"), self.array(f"{name}.ends"))
