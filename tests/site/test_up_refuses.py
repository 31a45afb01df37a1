"""A desk that cannot start prints one line, which says why and what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.site.desk_process import run_up

EVERYWHERE = "0.0.0.0"  # noqa: S104 nothing listens there


def complaint(folder: Path, port: int | None = None, **knobs: str) -> str:
    """Return the one line on standard error; asserts that there is no other output."""
    done = run_up(folder, port, **knobs)
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("desk: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = complaint(tmp_path / "var", port)
    assert f"port {port} on 127.0.0.1 is in use" in line
    assert f"PORT={port + 1}" in line


@pytest.mark.parametrize("name", ["", "var"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder")
    line = complaint(tmp_path / "file" / name)
    assert "cannot write" in line
    assert "Set DATA_DIR to a writable folder." in line


def test_a_folder_that_cannot_be_written_with_a_key_from_outside(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert "Set DATA_DIR" in complaint(tmp_path / "file" / "var", SECRET_KEY="k" * 60)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"PORT": "many"}, "PORT: 'many' is not a whole number"),
        ({"HOST": "nowhere.invalid", "PUBLIC_URL": "https://desk.example.com"}, "HOST: 'nowhere.invalid'"),
        ({"HOST": "192.0.2.1", "PUBLIC_URL": "https://desk.example.com"}, "is not an address of this machine"),
        ({"HOST": EVERYWHERE, "DEBUG": "yes"}, "desk.E001"),
        ({"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/x"}, "Check DATABASE_URL."),
        ({"DATABASE_URL": "mysql://u:hidden@127.0.0.1/x"}, "PostgreSQL and SQLite only"),
        ({"REDIS_URL": "redis://:hidden@127.0.0.1:1/0"}, "cannot reach Redis at 127.0.0.1:1"),
        ({"REDIS_URL": "127.0.0.1"}, "REDIS_URL: not a URL"),
    ],
)
def test_bad_values_and_unreachable_servers(tmp_path: Path, knobs: dict[str, str], words: str) -> None:
    line = complaint(tmp_path / "var", **knobs)
    assert words in line
    assert "hidden" not in line
