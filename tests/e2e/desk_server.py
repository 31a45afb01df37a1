"""The desk as it is deployed, on the database and the Redis server of the test: sockets and pages on one port.

pytest-django's live server speaks no WebSocket. This one is `asapp_site.web` in a process of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from tests.site.desk_process import ROOT, free_port

PLAIN_HOST = "desk.test"
FORGE = [sys.executable, "-W", "error", "-m", "tests.e2e.desk_forge"]


def database_url() -> str:
    """The test's own database, for `settings.DATABASE_URL`."""
    made: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{made['NAME']}"
    login = quote(made["USER"], safe="")
    if made["PASSWORD"]:
        login += f":{quote(made['PASSWORD'], safe='')}"
    return f"postgres://{login}@{made['HOST']}:{made['PORT'] or 5432}/{quote(made['NAME'], safe='')}"


class Forge:
    """The process that makes web processes. One for a run of tests; `close` ends it and what it made."""

    def __init__(self, log: Path) -> None:
        self.log = log
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATA_DIR": str(settings.DATA_DIR),
            "DATABASE_URL": database_url(),
            "LOG_LEVEL": "WARNING",
            # A name that browsers of tests find here, and that is no secure context as localhost is one.
            "ALLOWED_HOSTS": f"127.0.0.1,localhost,{PLAIN_HOST}",
            # A thread of its own for each core would outlive no fork.
            "OPENBLAS_NUM_THREADS": "1",
        }
        with log.open("w") as errors:
            self._process = subprocess.Popen(
                FORGE,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                text=True,
            )
        self._answer()

    def ask(self, word: str, number: int) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word} {number}\n")
        self._process.stdin.flush()
        return int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, f"the desk did not start: {self.log.read_text()}"
        return line

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait(timeout=10)


class DeskServer:
    """One web process. `url`: where it is, without a slash at the end; the same after it was killed and started."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._log_from = forge.log.stat().st_size
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.pid = 0
        self.start()

    def start(self) -> None:
        """Serve again, with nothing remembered: as after a crash, or a deployment."""
        assert not self.pid, "it runs"
        self.pid = self._forge.ask("start", self.port)

    def stop(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill it, and wait until it is gone: connections break, and new ones are refused."""
        if self.pid:
            self.pid = 0
            self._forge.ask("stop", number)

    def take_log(self) -> str:
        """What it has written to standard error since the last call. What is taken fails no test."""
        with self._forge.log.open() as log:
            log.seek(self._log_from)
            text = log.read()
            self._log_from = log.tell()
        return text
