"""The supervisor, with children whose code the tests write."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from asapp_site.supervisor.children import Child
from asapp_site.supervisor.errors import StartError, StopRequested
from asapp_site.supervisor.probe import Probe
from asapp_site.supervisor.run import Supervisor
from asapp_site.supervisor.signals import Signals
from tests.site.desk_process import wait_for

ANSWER = b"HTTP/1.0 200 OK\r\n\r\nok"


def child(code: str, name: str = "web", patience_s: float = 5.0) -> Child:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)

    return Child(name, launch, patience_s=patience_s, where_to_look="See above.")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def answering(listener: socket.socket) -> socket.socket:
    """A listener that answers the first request, as a web process would."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(ANSWER)

    threading.Thread(target=answer, daemon=True).start()
    return listener


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def supervise(listener: socket.socket, children: list[Child], seconds: float = 20) -> list[str]:
    """Run the supervisor until it stops, stop everything, and return the calls of `on_ready`."""
    calls: list[str] = []
    with Signals() as signals:
        probe = Probe(listener.getsockname(), host_header="localhost")
        supervisor = Supervisor(children, services=[], signals=signals, probe=probe)
        stop = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGTERM))
        stop.start()
        try:
            supervisor.run(on_ready=lambda: calls.append("ready"))
        finally:
            stop.cancel()
            stop.join()
            supervisor.stop()
            assert not any(each.is_started for each in children)
    return calls


def test_a_child_that_dies_before_the_desk_is_ready_ends_the_start(listener: socket.socket) -> None:
    stays = child("import time; time.sleep(60)", "beat")
    with pytest.raises(StartError, match=r"^worker stopped during the start \(exit code 3\)\. See above\.$"):
        supervise(listener, [stays, child("raise SystemExit(3)", "worker")])


def test_the_third_death_within_a_minute_stops_the_desk(answering: socket.socket) -> None:
    dies = child("import os, time; time.sleep(0.3); os.kill(os.getpid(), 15)", "worker")
    began = time.monotonic()
    with pytest.raises(
        StartError, match="worker stopped three times within a minute, the last time with signal SIGTERM"
    ):
        supervise(answering, [dies])
    assert time.monotonic() - began > 1.5, "the pause grows"


def test_a_child_that_does_not_stop_is_killed_with_its_own_children(answering: socket.socket, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import pathlib, signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(note)!r}).write_text(str(subprocess.Popen(['sleep', '60']).pid)); time.sleep(60)"
    )
    assert supervise(answering, [child(code, patience_s=0.3)], seconds=1) == ["ready"]
    grandchild = int(note.read_text())
    wait_for(lambda: not lives(grandchild), 5)
    assert not lives(grandchild)


def test_a_stop_signal_during_the_preparation_waits_for_the_step_and_a_second_does_not() -> None:
    with Signals() as signals:
        signals.raise_if_stopped()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopRequested):
            signals.raise_if_stopped()
        with pytest.raises(StopRequested):
            os.kill(os.getpid(), signal.SIGTERM)
