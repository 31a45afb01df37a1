"""A web process: Daphne, with limits for request bodies and WebSocket messages while they arrive.

Daphne passes a request on when its whole body is there, so a limit in the application comes too late: the gigabyte is
already on this machine. Here everything over the limit is read and dropped; the application then sees that the body is
too long, and answers with its own error. A WebSocket message over the limit closes its socket with 1009 as soon as its
length is known. `python -m asapp_site.web` takes Daphne's arguments.

Daphne also reads everything that a socket sends, and stores it until the application takes it. Here each socket in turn
is read for a few frames, and not at all while the application has enough to do: then the sender waits.
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
from twisted.internet.tcp import Server
from twisted.web.http import HTTPChannel

from caching.sockets import SEND_TEXT
from conversations.rates import Rate, TokenBucket

# Twice the limit of our sockets, so that a message that is a little too long still gets an error frame.
MAX_MESSAGE_BYTES = 128 * 1024
# A socket is not read while this many messages wait for the application, or this many bytes for the peer.
MAX_WAITING_MESSAGES, MAX_UNSENT_BYTES = 32, 1024 * 1024
# A peer that does not read what it asked for is disconnected at this size. It gets what it missed when it reconnects.
MAX_BUFFERED_BYTES = 8 * 1024 * 1024
# Reading steps (two or three for each frame) before other sockets are read, and the pause before this one is read on.
STEPS_PER_TURN, PAUSE_S = 64, 0.01
# WebSocket frames of any kind, including pings and parts of messages: more than any page sends. Applications count
# messages only.
FRAME_RATE = Rate(per_second=200, burst=4_000)
# The head of an unmasked text frame that is whole (RFC 6455, 5.2), and the smallest mark of a longer length.
FIN_TEXT, EXTENDED_LENGTH = 0x81, 126
# "Policy violation": autobahn does not let applications send this code, but a server should.
RESERVED_CODES = {1008}


class BoundedRequest(WebRequest):  # type: ignore[misc] # Daphne has no types
    """A request that stores at most one byte more than the limit of its body."""

    def __init__(self, channel: HTTPChannel, queued: bool = False) -> None:
        # Django parses forms. Twisted would parse them for nothing, and answer malformed ones itself.
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
    """A socket with a limit for messages, whatever frames they come in. It is read as fast as it is answered."""

    message_data: Any  # autobahn has no types
    application_queue: asyncio.Queue[Any] | None = None
    pause: Any = None  # an IDelayedCall of Twisted, which mypy does not know

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frames_left = TokenBucket(FRAME_RATE)

    def consumeData(self) -> None:  # noqa: N802 autobahn's name
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
            return
        if self.pause is not None:
            return
        for _ in range(STEPS_PER_TURN):
            if self._is_busy():
                break
            if not self.processData() or self.state == self.STATE_CLOSED:
                return
        self.transport.pauseProducing()
        self.pause = reactor.callLater(PAUSE_S, self._resume_reading)  # type: ignore[arg-type] # zope has no types

    def _resume_reading(self) -> None:
        self.pause = None
        if self.state != self.STATE_CLOSED:
            self.transport.resumeProducing()
            self.consumeData()

    def _is_busy(self) -> bool:
        waiting = self.application_queue.qsize() if self.application_queue is not None else 0
        return waiting >= MAX_WAITING_MESSAGES or self._unsent_bytes() >= MAX_UNSENT_BYTES

    def _unsent_bytes(self) -> int:
        """Return the number of bytes that the peer has not read yet. Twisted has no public name for it."""
        line = self.transport
        return len(getattr(line, "dataBuffer", b"")) - getattr(line, "offset", 0) + getattr(line, "_tempDataLen", 0)

    def serverSend(self, content: str | bytes, binary: bool = False) -> None:  # noqa: N802 Daphne's name
        if isinstance(content, str) and not binary and self.state == self.STATE_OPEN:
            self.send_text(content.encode())
            return
        super().serverSend(content, binary)
        self._drop_where_nobody_reads()

    def send_text(self, data: bytes) -> None:
        """Send a text frame, where the connection is open.

        Autobahn's own way checks for compression, masks, parts and queues, none of which this server has, and takes
        three times as long.
        """
        if self.state != self.STATE_OPEN:
            return
        length = len(data)
        if length < EXTENDED_LENGTH:
            head = bytes((FIN_TEXT, length))
        elif length < 1 << 16:
            head = bytes((FIN_TEXT, EXTENDED_LENGTH)) + length.to_bytes(2)
        else:
            head = bytes((FIN_TEXT, EXTENDED_LENGTH + 1)) + length.to_bytes(8)
        self._write(head + data)
        self._drop_where_nobody_reads()

    def _write(self, data: bytes) -> None:
        """Write to the socket itself while nothing waits to be written: Twisted waits until the socket is ready."""
        line = self.transport
        if type(line) is Server and not (line.dataBuffer or line._tempDataLen or line.disconnecting or line.TLS):
            try:
                data = data[line.socket.send(data) :]
            except BlockingIOError:
                pass
            except OSError:
                line.loseConnection()  # type: ignore[no-untyped-call] # Twisted learns the reason when it reads
                return
        if data:
            line.write(data)

    def _drop_where_nobody_reads(self) -> None:
        if self._unsent_bytes() > MAX_BUFFERED_BYTES:
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
        if not self.failedByMe and self.message_data_total_length > MAX_MESSAGE_BYTES:
            self._max_message_size_exceeded(self.message_data_total_length, MAX_MESSAGE_BYTES, "message too big")

    def onMessageEnd(self) -> None:  # noqa: N802 autobahn's name
        """Do what autobahn does, but call no listeners: there are none, and they took a tenth of a message's time."""
        if not self.failedByMe:
            self._onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = None


class BoundedSocketFactory(WebSocketFactory):  # type: ignore[misc] # Daphne has no types
    protocol = BoundedSocket

    def setProtocolOptions(self, **options: Any) -> None:  # noqa: N802 autobahn's name
        bounds = {
            # Daphne's own limit applies to what we send as well, and a long transcript is longer.
            "maxMessagePayloadSize": 0,
            "maxFramePayloadSize": MAX_MESSAGE_BYTES,
            # Close with a code, and read what is still coming without storing it.
            "failByDrop": False,
        }
        super().setProtocolOptions(**{**options, **bounds})


class DeskServer(daphne.server.Server):  # type: ignore[misc] # Daphne has no types
    """Offers sockets a way to send frames without a coroutine: `caching.sockets.SEND_TEXT`."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if isinstance(protocol, BoundedSocket):
            scope["extensions"] = {SEND_TEXT: protocol.send_text}
        return super().create_application(protocol, scope)


# Autobahn colours the text of a debug line for all data that comes or goes, even if it is not logged.
autobahn.util._HAS_CLICK = False


if __name__ == "__main__":
    # The server creates its factories itself, so they have to be replaced in its module.
    daphne.server.HTTPFactory, daphne.server.WebSocketFactory = BoundedFactory, BoundedSocketFactory
    CommandLineInterface.server_class = DeskServer
    CommandLineInterface.entrypoint()
