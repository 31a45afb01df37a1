"""WebSocket frames that no application counts: a real web process closes the socket itself."""

from __future__ import annotations

import contextlib

from asapp_site.web import FRAME_RATE
from tests.site.raw_socket import Client
from tests.site.test_frames import WHOLE, client, port

__all__ = ["client", "port"]

PING, PIECE = 0x89, 0x00
TOO_MANY_FRAMES = 1008
FLOOD = int(FRAME_RATE.burst) + 20_000


def code_of(client: Client) -> int:
    """Read all frames, and return the code with which the socket is closed."""
    while True:
        opcode, payload = client.hear()
        if opcode == 0x8:
            return int.from_bytes(payload[:2], "big")


def test_a_flood_of_pings_closes_the_socket(client: Client) -> None:
    with contextlib.suppress(OSError):  # it may be gone before all are sent
        client.line.sendall(bytes([PING, 0x80, 0, 0, 0, 0]) * FLOOD)
    assert code_of(client) == TOO_MANY_FRAMES


def test_a_flood_of_empty_message_parts_closes_the_socket(client: Client) -> None:
    with contextlib.suppress(OSError):
        client.line.sendall(bytes([0x01, 0x80, 0, 0, 0, 0]) + bytes([PIECE, 0x80, 0, 0, 0, 0]) * FLOOD)
    assert code_of(client) == TOO_MANY_FRAMES


def test_many_messages_at_once_are_all_answered(client: Client) -> None:
    for _ in range(300):
        client.say(WHOLE, 3, b"abc")
    assert [client.hear()[1] for _ in range(300)] == [b"3"] * 300
