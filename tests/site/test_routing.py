"""WebSocket connections are refused until a page needs one."""

from __future__ import annotations

from channels.testing import WebsocketCommunicator

from asapp_site.routing import NO_SUCH_SOCKET, websockets


async def test_a_connection_is_refused() -> None:
    communicator = WebsocketCommunicator(websockets, "/anything")
    assert await communicator.connect() == (False, NO_SUCH_SOCKET)
