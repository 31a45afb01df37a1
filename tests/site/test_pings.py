"""A browser that does not answer the pings of the WebSocket protocol is disconnected."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, pairwise

import pytest

from asapp_site.supervisor import programs
from assignments.presence import DEAD_AFTER
from tests.site.raw_socket import Client, web_process

PING, PONG_FRAME = 0x9, 0x8A
# Less than the server's own interval and timeout, which count where the desk names none.
PATIENCE_S = 12
# Whoever is silent is hung up before so many.
MORE_PINGS = 5


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A web process with the options of the desk and shorter timeouts."""
    with pytest.MonkeyPatch.context() as patch, socket.socket() as listener:
        patch.setattr(programs, "PING_INTERVAL_S", 1)
        patch.setattr(programs, "PING_TIMEOUT_S", 2)
        command = programs.web_command(listener)
    pairs = [pair for pair in pairwise(command) if pair[0].startswith("--ping-")]
    with web_process(tmp_path_factory.mktemp("pings"), *chain(*pairs)) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    client = Client(port)
    yield client
    client.close()


def test_a_browser_that_answers_pings_stays_connected(client: Client) -> None:
    client.line.settimeout(PATIENCE_S)
    for _ in range(MORE_PINGS):
        opcode, payload = client.hear()
        assert opcode == PING
        client.say(PONG_FRAME, len(payload), payload)


def test_a_silent_browser_is_disconnected(client: Client) -> None:
    client.line.settimeout(PATIENCE_S)
    pings = 0
    # The line is cut with frames unread, or none.
    with contextlib.suppress(ConnectionResetError):
        while head := client.read(2):
            pings += 1
            assert pings < MORE_PINGS, "it is asked again and again"
            client.read(head[1])
    assert pings, "it was asked"


def test_a_lost_browser_is_noticed_no_later_than_a_lost_web_process() -> None:
    """A lost browser is noticed no later than a lost web process."""
    assert timedelta(seconds=programs.PING_INTERVAL_S + programs.PING_TIMEOUT_S + 5) < DEAD_AFTER
