"""A desk for one measurement: its own folder, database, Redis server and web process, gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

Result = TypeVar("Result")

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_answers(url: str, seconds: float = 60.0) -> None:
    """Return when `url` answers anything at all; raise TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


class Desk:
    """Runs Daphne on the product's own ASGI application, one process, as `./desk up` does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "asapp_site.settings",
            "DATA_DIR": str(folder),
            "LOG_LEVEL": "WARNING",
            # All people of a measurement have one address.
            "CHAT_SOCKETS_PER_ADDRESS": "0",
            "CHAT_OPEN_PER_ADDRESS": "0",
            "CHAT_MESSAGES_PER_ADDRESS": "0",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Run a management command; its standard output."""
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        """Run Python with these arguments where the desk is; its standard output."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE)
        return done.stdout.decode()

    def credential(self, company: str, *, rate_limit: int = 0) -> dict[str, str]:
        """The two key headers of a new credential; no limit unless one is given."""
        out = self.manage(
            "create_api_credentials", "--company", company, "--environment", "production", "--name", "benchmark",
            "--rate-limit", str(rate_limit), "--json",
        )  # fmt: skip
        made = json.loads(out)
        return {"asapp-api-id": made["id"], "asapp-api-secret": made["secret"]}

    def start(self, application: str = "asapp_site.asgi:application") -> None:
        options = ["-p", str(self.port), "-v", "0", "--no-server-name"]
        command = [sys.executable, "-m", "asapp_site.web", *options, application]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        wait_until_it_answers(f"{self.url}/healthz")

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait()
            self.process = None

    def measured(self, work: Callable[[], Result]) -> tuple[Result, float]:
        """Run `work`; its result, and the CPU seconds that the web process spent meanwhile."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        before = process.cpu_times()
        result = work()
        after = process.cpu_times()
        return result, after.user + after.system - before.user - before.system

    def call(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """POST (GET without a body) JSON; the decoded answer. Raises on any status but 2xx."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json", **(headers or {})})
        with urllib.request.urlopen(request, timeout=30) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None


@contextmanager
def beside(desk: Desk, application: str) -> Iterator[Desk]:
    """Another web process on the desk's folder and database, as the yardstick; gone afterwards."""
    other = Desk(desk.folder)
    try:
        other.start(application)
        yield other
    finally:
        other.kill(signal.SIGTERM)


@contextmanager
def throwaway_desk() -> Iterator[Desk]:
    """A migrated desk on embedded defaults (or on DATABASE_URL and REDIS_URL where set), not started yet."""
    from caching import embedded

    folder = Path(tempfile.mkdtemp(prefix="desk-bench-"))
    desk = Desk(folder)
    redis_server = None if os.environ.get("REDIS_URL") else embedded.start(folder)
    try:
        desk.manage("migrate", "--verbosity", "0")
        desk.manage("collectstatic", "--noinput", "--verbosity", "0")
        yield desk
    finally:
        desk.kill(signal.SIGTERM)
        if redis_server is not None:
            redis_server.terminate()
            redis_server.wait()
        shutil.rmtree(folder, ignore_errors=True)
