"""The event log on PostgreSQL under load, while a reader and then the database are killed.

    python -m benchmarks.event_log [--rate 1000] [--seconds 30] [--report-only]

Two writers commit RATE events a second in one company, in transactions of ten. Three readers write what they read to
files. One of them is killed with SIGKILL at a third of the time, and started again a second later; at two thirds the
database server is stopped as a crash stops it, and started again. The server is the benchmark's own, with fsync.

Must reach: RATE committed while the server is up; every acknowledged event handled by every reader, in order, under a
sequence without gaps; doubles only where a reader or the server was killed. Prints the delay from the commit to the
handling.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.throwaway import ROOT, free_port

READERS = ("analytics", "webhooks", "exports")
WRITERS = 2
EVENTS_PER_TRANSACTION = 10
# How long readers may take to catch up after the last event.
PATIENCE_S = 60.0


class Server:
    """A PostgreSQL server of its own."""

    def __init__(self, folder: Path) -> None:
        [*_, initdb] = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
        self._bin, self._data, self._port = initdb.parent, folder / "postgres", free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        self._data.parent.chmod(0o755)
        self._data.mkdir()
        if os.getuid() == 0:
            shutil.chown(self._data, "postgres")
        self._run("initdb", "-A", "trust", "-U", "postgres")
        self.start()

    def start(self) -> None:
        options = f"-k {self._data} -h 127.0.0.1 -p {self._port}"
        self._run("pg_ctl", "-o", options, "-l", str(self._data / "log"), "-w", "start")

    def crash(self) -> None:
        """Stop at once, without a checkpoint: the next start recovers from the log, as after a power cut."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), "-D", str(self._data), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)


@dataclass(slots=True)
class Handled:
    """What a reader wrote down: sequence and id of each event, in order, and how late it was in seconds."""

    events: list[tuple[int, str]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Handled:
        found = cls()
        for line in path.read_text().splitlines():
            sequence, id_, delay = line.split()
            found.events.append((int(sequence), id_))
            found.delays.append(float(delay))
        return found

    @property
    def is_in_order(self) -> bool:
        """Does each sequence come first after the one before it, without gaps?"""
        highest = 0
        for sequence, _ in self.events:
            if sequence > highest + 1:
                return False
            highest = max(highest, sequence)
        return True


def write(folder: Path, name: str, rate: float, seconds: float) -> None:
    """Commit events at this rate, and write down those that the database has acknowledged."""
    import django

    django.setup()
    from django.db import InterfaceError, OperationalError, connection, transaction

    from accounts.actors import Actor
    from accounts.event_log.writing import unsaved_event
    from accounts.models import Company, Event

    by = Actor.system(Company.objects.get().pk)
    started, number = time.monotonic(), 0
    with (folder / f"{name}.committed").open("w") as file:
        while (now := time.monotonic() - started) < seconds:
            due = number * EVENTS_PER_TRANSACTION / rate
            if due > now:
                time.sleep(due - now)
            number += 1
            events = [unsaved_event(by, "benchmark.event") for _ in range(EVENTS_PER_TRANSACTION)]
            try:
                with transaction.atomic():
                    Event.objects.bulk_create(events)
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.1)
                continue
            file.writelines(f"{event.pk}\n" for event in events)


def read(folder: Path, name: str) -> None:
    """Write down every event until killed."""
    import django

    django.setup()
    from django.db import InterfaceError, OperationalError, connection
    from django.utils import timezone

    from accounts.event_log.reading import Reader, read_batch
    from accounts.models import Event

    with (folder / f"{name}.handled").open("a") as file:

        def handle(events: Sequence[Event]) -> None:
            now = timezone.now()
            for event in events:
                delay = (now - event.occurred_at).total_seconds()
                file.write(f"{event.company_sequence} {event.pk} {delay:.3f}\n")
            file.flush()

        while True:
            try:
                if not read_batch(Reader(name, handle)):
                    time.sleep(0.05)
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.1)


@contextmanager
def workers(folder: Path, url: str) -> Iterator[_Workers]:
    running = _Workers(folder, url)
    try:
        yield running
    finally:
        for process in running.processes.values():
            process.kill()
            process.wait()


class _Workers:
    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "asapp_site.settings",
            "LOG_LEVEL": "ERROR",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str, name: str, *options: str) -> None:
        command = [sys.executable, "-m", "benchmarks.event_log", "--role", role, "--name", name]
        self.processes[name] = subprocess.Popen(
            [*command, "--folder", str(self.folder), *options], cwd=ROOT, env=self.environment
        )

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.DEVNULL)


def disturb(server: Server, running: _Workers, seconds: float) -> None:
    """Kill a reader at a third of the time and the server at two thirds; return when the writers have ended."""
    time.sleep(seconds / 3)
    running.processes["webhooks"].send_signal(signal.SIGKILL)
    running.processes["webhooks"].wait()
    time.sleep(1)
    running.start("reader", "webhooks")
    time.sleep(max(0.0, seconds / 3 - 1))
    server.crash()
    server.start()
    for number in range(WRITERS):
        running.processes[f"writer-{number}"].wait()


def await_readers(folder: Path, committed: set[str]) -> dict[str, Handled]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = {name: Handled.read(folder / f"{name}.handled") for name in READERS}
        behind = any(committed - {id_ for _, id_ in handled.events} for handled in found.values())
        if not behind or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def judge(committed: set[str], found: dict[str, Handled]) -> bool:
    passed = True
    for name, handled in found.items():
        ids = [id_ for _, id_ in handled.events]
        lost = len(committed - set(ids))
        doubles = len(ids) - len(set(ids))
        delays = sorted(handled.delays) or [0.0]
        middle, late = delays[len(delays) // 2], delays[int(len(delays) * 0.99)]
        print(
            f"{name}: {len(set(ids))} events, lost {lost}, handled twice {doubles},"
            f" {'in order without gaps' if handled.is_in_order else 'OUT OF ORDER'};"
            f" after p50 {1000 * middle:.0f} p99 {1000 * late:.0f} ms (outages included)"
        )
        passed &= not lost and handled.is_in_order
    return passed


def measure(rate: int, seconds: float) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="event-log-"))
    server = Server(folder)
    try:
        server.create()
        with workers(folder, server.url) as running:
            running.manage("migrate", "--verbosity", "0")
            running.manage("create_company", "bench", "--name", "Bench")
            for name in READERS:
                running.start("reader", name)
            time.sleep(4)  # until they have started
            for number in range(WRITERS):
                options = ("--rate", str(rate / WRITERS), "--seconds", str(seconds))
                running.start("writer", f"writer-{number}", *options)
            started = time.monotonic()
            disturb(server, running, seconds)
            lasted = time.monotonic() - started
            files = folder.glob("*.committed")
            committed = {line for file in files for line in file.read_text().split()}
            print(f"{len(committed)} events committed in {lasted:.0f} s, {len(committed) / lasted:.0f} a second")
            return judge(committed, await_readers(folder, committed))
    finally:
        server.crash()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--report-only", action="store_true")
    for own in ("--role", "--name", "--folder"):
        parser.add_argument(own, default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role == "writer":
        write(Path(arguments.folder), arguments.name, arguments.rate, arguments.seconds)
        return 0
    if arguments.role == "reader":
        read(Path(arguments.folder), arguments.name)
    passed = measure(int(arguments.rate), arguments.seconds)
    print("reached" if passed else "NOT reached", "(nothing lost, in order, no gaps)")
    return 0 if passed or arguments.report_only else 1


if __name__ == "__main__":
    sys.exit(main())
