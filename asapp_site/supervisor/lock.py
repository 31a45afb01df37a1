"""A lock, so that only one desk at a time uses a data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asapp_site.supervisor.errors import StartError


def private_folder(folder: Path) -> None:
    """Create the folder (mode 700) if it is missing. Raises `StartError` if that is not possible."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def only_desk_on(data_dir: Path) -> Iterator[bool]:
    """Lock the data folder during the block. Raises `StartError` if another desk has locked it.

    Yields True if the desk before this one was killed: its children may need a moment to end. The kernel releases the
    lock with the process, however that ends.
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
