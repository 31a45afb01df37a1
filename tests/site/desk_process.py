"""The real `manage.py up`, in a folder of its own on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
READY = "Ctrl-C stops the desk."
# The knobs of whoever runs the tests have no part in them.
KNOBS = ("ALLOWED_HOSTS", "DATABASE_URL", "DEBUG", "HOST", "LOG_FORMAT", "PUBLIC_URL", "REDIS_URL", "SECRET_KEY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, **knobs: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in KNOBS}
    return {
        **inherited,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "asapp_site.settings",
        **knobs,
    }


def run_up(folder: Path, port: int | None = None, **knobs: str) -> subprocess.CompletedProcess[str]:
    """Run an `up` that is expected to refuse, and return it with its output."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "up", "--no-demo"],
        env=environment(folder, port or free_port(), **knobs),
        capture_output=True,
        text=True,
        timeout=30,
        cwd=folder.anchor,
    )


class DeskProcess:
    """A desk that starts at the beginning of the `with` block, and is dead after it."""

    def __init__(self, folder: Path, *arguments: str, **knobs: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._arguments = arguments
        self._environment = environment(folder, self.port, **knobs)
        self._out = folder.with_name(f"{folder.name}.out")
        self._err = folder.with_name(f"{folder.name}.err")
        self._seen: set[psutil.Process] = set()

    def __enter__(self) -> DeskProcess:
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up", *self._arguments],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder.anchor,
                umask=0,  # what it leaves open to others is left so by the desk
            )
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            self.children()
            self.process.kill()
            self.process.wait()
        for child in self._seen:
            if child.is_running():
                child.kill()

    def manage(self, *arguments: str) -> None:
        """Run a management command with the settings of this desk."""
        subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self._environment,
            check=True,
            capture_output=True,
            timeout=60,
            cwd=self.folder.anchor,
        )

    @property
    def output(self) -> str:
        return self._out.read_text()

    @property
    def errors(self) -> str:
        return self._err.read_text()

    def wait_until_ready(self, seconds: float = 180) -> float:
        """Wait until the desk is ready, and return the seconds that its start took."""
        wait_for(lambda: READY in self.output or self.process.poll() is not None, seconds)
        assert READY in self.output, f"it stopped with {self.process.poll()}: {self.errors}"
        return time.time() - psutil.Process(self.process.pid).create_time()

    def status(self, path: str = "/healthz") -> int:
        """Return the HTTP status of a GET request; waits while no web process runs."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def children(self) -> set[psutil.Process]:
        """Return all descendants of the parent process."""
        descendants = set(psutil.Process(self.process.pid).children(recursive=True))
        self._seen |= descendants
        return descendants

    def child(self, word: str) -> psutil.Process:
        """Return the child of the parent whose command line has the word."""
        own = psutil.Process(self.process.pid).children()
        return next(child for child in own if word in command_line(child))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the parent, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=40)


def command_line(process: psutil.Process) -> str:
    """Return the command line of a process; empty if it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def still_running(processes: set[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that have not ended."""
    return [each for each in processes if command_line(each)]


def wait_for(condition: Any, seconds: float) -> None:
    """Wait until the condition is True or the time is up. The caller has to assert it."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
