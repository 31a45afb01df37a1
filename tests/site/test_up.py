"""`./desk up`, from the first start until the last process has ended."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import psutil

from tests.site.desk_process import READY, DeskProcess, command_line, run_up, still_running, wait_for


def files(folder: Path) -> dict[str, int]:
    """Return the files that a start must not change, with the times of their last changes."""
    files = [folder / "secret_key", folder / "demo.json", *sorted((folder / "static").rglob("*"))]
    return {str(path): path.stat().st_mtime_ns for path in files}


def demo(output: str) -> str:
    """Return the part about the demo company: logins, API id and secret, and the chat page, without the port."""
    return re.sub(r"127\.0\.0\.1:\d+", "HOST", output[output.index("Demo login") : output.index(READY)])


def test_it_starts_stops_and_starts_again(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with DeskProcess(folder) as desk:
        took = desk.wait_until_ready()
        first = desk.output
        assert all(word in demo(first) for word in ("agent", "second agent", "supervisor", "admin", "developer"))
        assert all(word in demo(first) for word in ("asapp-api-id:", "asapp-api-secret:"))
        assert f"http://127.0.0.1:{desk.port}/" in desk.output
        assert desk.status() == 200
        children = desk.children()
        words = " ".join(command_line(child) for child in children)
        assert all(word in words for word in ("asapp_site.web", "worker", "beat", "redis-server")), words
        assert desk.stop(signal.SIGTERM) == 0
        assert still_running(children) == []
        assert "Traceback" not in desk.errors
    before = files(folder)
    private = [path for path in folder.rglob("*") if path.is_file() and "static" not in path.parts]
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    with DeskProcess(folder) as desk:
        assert desk.wait_until_ready() < took
        assert "Preparing" not in desk.output
        assert demo(desk.output) == demo(first)
        assert files(folder) == before
        children = desk.children()
        assert desk.stop(signal.SIGINT) == 0
        assert still_running(children) == []


def test_killed_children_restart_and_end_with_a_killed_parent(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    with DeskProcess(folder, "--no-demo") as desk:
        desk.wait_until_ready()
        # `redis-server --version` runs for a moment before the server starts: the socket tells them apart.
        for word in ("asapp_site.web", "unixsocket"):
            old = desk.child(word)
            old.kill()
            wait_for(lambda old=old, word=word: has_new(desk, word, old), 30)
            assert has_new(desk, word, old), desk.errors
        assert desk.status() == 200
        assert desk.errors.count("it starts again in") == 2
        refused = run_up(folder)
        assert refused.returncode == 1
        assert f"desk: the desk already runs on {folder} (process {desk.process.pid})" in refused.stderr
        children = desk.children()
        desk.stop(signal.SIGKILL)
        wait_for(lambda: not still_running(children), 15)
        assert still_running(children) == []


def has_new(desk: DeskProcess, word: str, old: psutil.Process) -> bool:
    try:
        return desk.child(word) != old
    except StopIteration:
        return False
