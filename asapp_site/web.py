"""A web process: Daphne, with request bodies held to the limit while they arrive.

Daphne hands a request on when its whole body is there, so a limit in the application comes too late: by then
the gigabyte is on this machine. Here what is over the limit is read and dropped; the application then sees a
body that is too long, and answers it in its own words. `python -m asapp_site.web` takes Daphne's arguments.
"""

from __future__ import annotations

import daphne.server  # before Twisted's reactor is imported
from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.internet.interfaces import IAddress
from twisted.web.http import HTTPChannel


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


if __name__ == "__main__":
    daphne.server.HTTPFactory = BoundedFactory  # the server makes its factory itself; it takes no other
    CommandLineInterface.entrypoint()
