"""One desk on a data folder at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asapp_site.supervisor.errors import StartError


def private_folder(folder: Path) -> None:
    """Make the folder (mode 700) unless it is there; raises `StartError` where it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def only_desk_on(data_dir: Path) -> Iterator[bool]:
    """Hold the data folder for the length of the block; raises `StartError` where another desk holds it.

    Yields True where the desk before this one was killed: its children may take a moment to follow it.
    The kernel drops the lock with the process, however that ends.
    """
    private_folder(data_dir / "run")
    path = data_dir / "run" / "up.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from error
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"the desk already runs on {data_dir} (process {file.read() or 'unknown'})."
                " Stop it first, or set DATA_DIR to another folder."
            ) from None
        was_killed = file.read() != ""
        _rewrite(file.fileno(), str(os.getpid()))
        try:
            yield was_killed
        finally:
            _rewrite(file.fileno(), "")


def _rewrite(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode("ascii"), 0)


def _unwritable(path: Path, error: OSError) -> StartError:
    return StartError(f"cannot write {path}: {error.strerror}. Set DATA_DIR to a writable folder.")
