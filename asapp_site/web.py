"""A web process: Daphne, with request bodies and WebSocket messages held to limits while they arrive.

Daphne hands a request on when its whole body is there, so a limit in the application comes too late: by then
the gigabyte is on this machine. Here what is over the limit is read and dropped; the application then sees a
body that is too long, and answers it in its own words. A WebSocket message over the limit ends its socket with 1009
as soon as it says how long it is. `python -m asapp_site.web` takes Daphne's arguments.

Daphne also reads whatever a socket sends, and keeps it until the application takes it. Here a socket is read a few
frames at a time, others in between, and not at all while the application has enough to do: then the sender waits.
"""

from __future__ import annotations

import asyncio
from typing import Any

import autobahn.util
import daphne.server  # before Twisted's reactor is imported
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel

from conversations.rates import Rate, TokenBucket

# In bytes. Twice what any of our sockets takes: what is a little too long still gets its error frame.
LARGEST_MESSAGE = 128 * 1024
# Messages of a socket that wait for the application, and bytes that wait for the peer, before the socket is read on.
MAX_WAITING, MAX_UNSENT_BYTES = 32, 1024 * 1024
# A peer that takes nothing of what it asked for is dropped; what it misses, it gets when it comes back.
MAX_KEPT_BYTES = 8 * 1024 * 1024
# Steps of reading, two or three for a frame, before others have their turn, and the pause of a socket that has more.
STEPS_A_TURN, PAUSE_S = 64, 0.01
# WebSocket frames of any kind, pings and pieces of messages too: what no page sends, whatever its application counts.
FRAME_RATE = Rate(per_second=200, burst=4_000)
# Codes that autobahn lets no application send, but a server should: "policy violation".
RESERVED_CODES = {1008}


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
    """A socket whose messages are bounded, however many frames they come in. It is read as fast as it is answered."""

    message_data: Any  # autobahn has no types
    application_queue: asyncio.Queue[Any] | None = None
    pause: Any = None  # an IDelayedCall of Twisted, which mypy cannot read

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frames_left = TokenBucket(FRAME_RATE)

    def consumeData(self) -> None:  # noqa: N802 autobahn's name
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
            return
        if self.pause is not None:
            return
        for _ in range(STEPS_A_TURN):
            if self._has_enough():
                break
            if not self.processData() or self.state == self.STATE_CLOSED:
                return
        self.transport.pauseProducing()
        self.pause = reactor.callLater(PAUSE_S, self._go_on)  # type: ignore[arg-type] # zope has no types

    def _go_on(self) -> None:
        self.pause = None
        if self.state != self.STATE_CLOSED:
            self.transport.resumeProducing()
            self.consumeData()

    def _has_enough(self) -> bool:
        waiting = self.application_queue.qsize() if self.application_queue is not None else 0
        return waiting >= MAX_WAITING or self._unsent() >= MAX_UNSENT_BYTES

    def _unsent(self) -> int:
        """Bytes that the peer has not taken yet. Twisted has no public name for them."""
        line = self.transport
        return len(getattr(line, "dataBuffer", b"")) - getattr(line, "offset", 0) + getattr(line, "_tempDataLen", 0)

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802 Daphne's name
        super().serverSend(content, binary)
        if self._unsent() > MAX_KEPT_BYTES:
            self.dropConnection(abort=True)

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802 Daphne's name
        if code in RESERVED_CODES:
            self.sendCloseFrame(code=code)
        else:
            super().serverClose(code)

    def onFrameBegin(self) -> None:  # noqa: N802 autobahn's name
        if not self.frames_left.take():
            self.sendCloseFrame(code=1008)
        super().onFrameBegin()

    def onMessage(self, payload: bytes, is_binary: bool) -> None:  # noqa: N802 autobahn's name
        if self.state == self.STATE_OPEN:
            super().onMessage(payload, is_binary)

    def connectionLost(self, *reason: Any) -> None:  # noqa: N802 Twisted's name
        if self.pause is not None:
            self.pause.cancel()
            self.pause = None
        super().connectionLost(*reason)

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


# Autobahn colours the words of a debug line for each piece of data that comes or goes, even while nobody logs it.
autobahn.util._HAS_CLICK = False


if __name__ == "__main__":
    # The server makes its factories itself; it takes no others.
    daphne.server.HTTPFactory, daphne.server.WebSocketFactory = BoundedFactory, BoundedSocketFactory
    CommandLineInterface.entrypoint()
