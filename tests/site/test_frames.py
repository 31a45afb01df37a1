"""WebSocket messages on their way through a real web process: too long, at once or in pieces."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from asapp_site.web import LARGEST_MESSAGE
from composer.frames import LARGEST_FRAME
from tests.site.desk_process import ROOT, environment, free_port, wait_for

FIRST, NEXT, LAST, WHOLE = 0x01, 0x00, 0x80, 0x81
TOO_BIG = 1009


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "asapp_site.web", "-p", str(port), "-v", "0", "tests.site.echo_app:application"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path_factory.mktemp("frames"), port)) as process:
        wait_for(lambda: listens(port), 30)
        yield port
        process.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Client:
    """A raw WebSocket, masked with zeros."""

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.read = self.line.makefile("rb").read
        key = base64.b64encode(os.urandom(16)).decode()
        self.line.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        assert b" 101 " in head

    def say(self, kind: int, length: int, payload: bytes = b"") -> None:
        """A frame that claims this length, with as much of it as is given."""
        size = 0 if length < 126 else 2 if length < 1 << 16 else 8
        head = bytes([kind, 0x80 | {0: length, 2: 126, 8: 127}[size]]) + length.to_bytes(8, "big")[8 - size :]
        self.line.sendall(head + bytes(4) + payload)

    def hear(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame."""
        kind, length = self.read(2)
        if length >= 126:
            length = int.from_bytes(self.read(2 if length == 126 else 8), "big")
        return kind & 0x0F, self.read(length)

    def closed(self) -> int:
        opcode, payload = self.hear()
        assert opcode == 0x8
        return int.from_bytes(payload[:2], "big")


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    made = Client(port)
    yield made
    made.line.close()


def test_the_longest_frame_of_a_desk_arrives(client: Client) -> None:
    client.say(WHOLE, LARGEST_FRAME, b"x" * LARGEST_FRAME)
    assert client.hear() == (0x1, str(LARGEST_FRAME).encode())


def test_one_that_is_a_little_too_long_is_left_to_the_application(client: Client) -> None:
    client.say(WHOLE, LARGEST_MESSAGE, b"x" * LARGEST_MESSAGE)
    assert client.hear() == (0x1, str(LARGEST_MESSAGE).encode())


@pytest.mark.parametrize("length", [LARGEST_MESSAGE + 1, 1 << 30])
def test_a_longer_one_ends_the_socket_before_it_is_here(client: Client, length: int) -> None:
    client.say(WHOLE, length, b"x")
    assert client.closed() == TOO_BIG


def test_so_does_one_that_comes_in_pieces(client: Client) -> None:
    piece = LARGEST_MESSAGE // 4
    client.say(FIRST, piece, b"x" * piece)
    for _ in range(3):
        client.say(NEXT, piece, b"x" * piece)
    client.say(LAST, 1, b"x")
    assert client.closed() == TOO_BIG


def test_what_we_say_may_be_longer(client: Client) -> None:
    client.say(WHOLE, 11, b"say 3000000")
    opcode, payload = client.hear()
    assert (opcode, len(payload)) == (0x1, 3_000_000)
