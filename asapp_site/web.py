"""A web process: Daphne, with request bodies and WebSocket messages held to a limit while they arrive.

Daphne hands a request on when its whole body is there, so a limit in the application comes too late: by then
the gigabyte is on this machine. Here what is over the limit is read and dropped; the application then sees a
body that is too long, and answers it in its own words. A WebSocket message over the limit ends its socket with 1009
as soon as it says how long it is. `python -m asapp_site.web` takes Daphne's arguments.
"""

from __future__ import annotations

from typing import Any

import daphne.server  # before Twisted's reactor is imported
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel

# In bytes. Twice what any of our sockets takes: what is a little too long still gets its error frame.
LARGEST_MESSAGE = 128 * 1024


class BoundedRequest(WebRequest):  # type: ignore[misc] # Daphne has no types
    """A request that keeps one byte more than the limit of its body, and no further one."""

    def __init__(self, channel: HTTPChannel, queued: bool = False) -> None:
        # Django reads forms. Twisted's own reading would be thrown away, and it answers malformed ones itself.
        super().__init__(channel, queued, parsePOSTFormSubmission=False)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 Twisted's name
        room = settings.API_MAX_BODY_BYTES + 1 - self.content.tell()
        if room > 0:
            super().handleContentChunk(data[:room])


class BoundedFactory(HTTPFactory):  # type: ignore[misc] # Daphne has no types
    def buildProtocol(self, addr: IAddress) -> HTTPChannel:  # noqa: N802 Twisted's name
        protocol: HTTPChannel = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest  # type: ignore[assignment] # Daphne's subclass, as Any
        return protocol


class BoundedSocket(WebSocketProtocol):  # type: ignore[misc] # Daphne has no types
    """A socket whose messages are bounded, however many frames they come in."""

    message_data: Any  # autobahn has no types

    def onMessageFrameBegin(self, length: int) -> None:  # noqa: N802 autobahn's name
        super().onMessageFrameBegin(length)
        if not self.failedByMe and self.message_data_total_length > LARGEST_MESSAGE:
            self._max_message_size_exceeded(self.message_data_total_length, LARGEST_MESSAGE, "message too big")

    def onMessageEnd(self) -> None:  # noqa: N802 autobahn's name
        """As autobahn does it, without the listeners that nobody registers: a tenth of what a message cost."""
        if not self.failedByMe:
            self._onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = None


class BoundedSocketFactory(WebSocketFactory):  # type: ignore[misc] # Daphne has no types
    protocol = BoundedSocket

    def setProtocolOptions(self, **options: Any) -> None:  # noqa: N802 autobahn's name
        bounds = {
            # Daphne's own limit holds for what we send as well, and a long transcript is longer.
            "maxMessagePayloadSize": 0,
            "maxFramePayloadSize": LARGEST_MESSAGE,
            # Say why, and read what is under way without keeping it.
            "failByDrop": False,
        }
        super().setProtocolOptions(**{**options, **bounds})


if __name__ == "__main__":
    # The server makes its factories itself; it takes no others.
    daphne.server.HTTPFactory, daphne.server.WebSocketFactory = BoundedFactory, BoundedSocketFactory
    CommandLineInterface.entrypoint()
