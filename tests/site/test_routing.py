"""Sockets that nobody serves, and pages of strangers, are refused."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator

from asapp_site.routing import NO_SUCH_SOCKET, websockets

OURS = [(b"origin", b"http://localhost:8000")]


async def test_an_unknown_socket_is_refused() -> None:
    communicator = WebsocketCommunicator(websockets, "/anything", OURS)
    assert await communicator.connect() == (False, NO_SUCH_SOCKET)


@pytest.mark.parametrize("headers", [[], [(b"origin", b"https://evil.example")]])
async def test_a_page_of_another_site_opens_none(headers: list[tuple[bytes, bytes]]) -> None:
    communicator = WebsocketCommunicator(websockets, "/desk/socket", headers)
    connected, _ = await communicator.connect()
    assert not connected
