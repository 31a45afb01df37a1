"""A cheap WebSocket client (RFC 6455) on plain asyncio: frames made beforehand, answers only looked at, not decoded.

The generator must not be what is measured: one process drives hundreds of sockets on one core.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable, Iterable

# The bits of a frame's head that are used here.
_FIN_TEXT, _MASKED, _OPCODE, _CLOSE, _PING, _PONG = 0x81, 0x80, 0x0F, 0x8, 0x9, 0xA


def masked(payload: bytes, opcode: int = 0x1) -> bytes:
    """A client's frame with this payload."""
    key = os.urandom(4)
    length = len(payload)
    if length < 126:
        head = bytes([0x80 | opcode, _MASKED | length])
    elif length < 1 << 16:
        head = bytes([0x80 | opcode, _MASKED | 126]) + length.to_bytes(2, "big")
    else:
        raise ValueError("at most 65,535 bytes")
    ring = (key * (length // 4 + 1))[:length]
    mixed = (int.from_bytes(payload, "big") ^ int.from_bytes(ring, "big")).to_bytes(length, "big")
    return head + key + mixed


class Socket(asyncio.Protocol):
    """One connection; `heard` gets the payload of each frame. `closed`: the code of the server's close frame."""

    def __init__(self, request: bytes) -> None:
        self.heard: Callable[[bytes], None] = lambda _: None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: int | None = None
        self._request = request
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, _: Exception | None) -> None:
        self.closed = self.closed or 1006
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed during the handshake"))

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data
        if not self.opened.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(ConnectionError(head.split(b"\r\n", 1)[0].decode()))
                return
            self.opened.set_result(None)
        self._buffer = self._read(data)

    def _read(self, data: bytes) -> bytes:
        """Pass on the whole frames; what is left over."""
        place = 0
        while len(data) - place >= 2:
            start, length = place + 2, data[place + 1]
            if length >= 126:
                size = 2 if length == 126 else 8
                length = int.from_bytes(data[start : start + size], "big")
                start += size
            if len(data) < start + length:
                break
            self._take(data[place] & _OPCODE, data[start : start + length])
            place = start + length
        return data[place:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self._transport.write(masked(payload, _PONG))
        elif opcode == _CLOSE:
            self.closed = int.from_bytes(payload[:2], "big")
        else:
            self.heard(payload)

    def say(self, frame: bytes) -> None:
        self._transport.write(frame)

    def close(self) -> None:
        self._transport.close()


async def connect(port: int, path: str, cookie: str = "") -> Socket:
    """An open socket. Raises ConnectionError when the server does not take it."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Origin: http://127.0.0.1:{port}"]  # fmt: skip
    if cookie:
        lines.append(f"Cookie: {cookie}")
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    _, socket = await asyncio.get_running_loop().create_connection(lambda: Socket(request), "127.0.0.1", port)
    await socket.opened
    return socket


async def connect_all(port: int, path: str, cookies: Iterable[str]) -> list[Socket]:
    """One after the other, so that the handshakes do not crowd each other out."""
    return [await connect(port, path, cookie) for cookie in cookies]
