"""A web process on a free port, and a WebSocket to it that sends any bytes."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.site.desk_process import ROOT, environment, free_port, wait_for


@contextmanager
def web_process(folder: Path, *options: str) -> Iterator[int]:
    """Run `asapp_site.web` with Daphne's `options` for `tests.site.echo_app`, and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "asapp_site.web", "-p", str(port), "-v", "0", *options]
    with subprocess.Popen(
        [*command, "tests.site.echo_app:application"], cwd=ROOT, env=environment(folder, port)
    ) as process:
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
        self._stream = self.line.makefile("rb")
        self.read = self._stream.read
        key = base64.b64encode(os.urandom(16)).decode()
        self.line.sendall(
            f"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        assert b" 101 " in head

    def close(self) -> None:
        self._stream.close()
        self.line.close()

    def say(self, kind: int, length: int, payload: bytes = b"") -> None:
        """Send a frame with this declared length and this content, which may be shorter."""
        size = 0 if length < 126 else 2 if length < 1 << 16 else 8
        head = bytes([kind, 0x80 | {0: length, 2: 126, 8: 127}[size]]) + length.to_bytes(8, "big")[8 - size :]
        self.line.sendall(head + bytes(4) + payload)

    def hear(self) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame."""
        kind, length = self.read(2)
        if length >= 126:
            length = int.from_bytes(self.read(2 if length == 126 else 8), "big")
        return kind & 0x0F, self.read(length)

    def closed(self) -> int:
        opcode, payload = self.hear()
        assert opcode == 0x8
        return int.from_bytes(payload[:2], "big")
