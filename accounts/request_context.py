"""Where the work of this moment comes from: the client's address and the id of the request or connection.

`accounts.middleware` sets it for requests, `FrameConsumer` for sockets. `sync_to_async` and new tasks copy it, so the
threads in which services run see that of their caller. Commands, Celery tasks, and tasks that serve many sockets have
none: start the last with `context=outside()`, or they would keep that of the socket that happened to come first.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from typing import Any

from django.conf import settings

REQUEST_ID_HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{8,64}")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The origin of a request. `ip`: the client's address, None if unknown; `request_id`: "" outside of requests."""

    ip: str | None = None
    request_id: str = ""


NONE = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NONE)


def current() -> RequestContext:
    """Return the origin of the work of this moment; empty outside of requests and sockets."""
    return _current.get()


@contextmanager
def request_context(context: RequestContext) -> Iterator[RequestContext]:
    """Make this the origin of everything that runs inside the block, in threads and new tasks too."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def outside() -> Context:
    """Return a copy of the present context without an origin, for a task that serves more than one socket."""
    context = copy_context()
    context.run(_current.set, NONE)
    return context


def request_id_for(claimed: str | None) -> str:
    """Return the id that a trusted proxy gave the request, if it is well formed; else a new one.

    Without a trusted proxy the header is a claim of the client, who could give many requests one id.
    """
    if settings.TRUST_PROXY and claimed and _WELL_FORMED.fullmatch(claimed):
        return claimed
    return str(uuid.uuid4())


def socket_context(scope: Mapping[str, Any]) -> RequestContext:
    """Return the origin of a socket: its id is that of the handshake."""
    client = scope.get("client")
    claimed = next((value for name, value in scope.get("headers", ()) if name == b"x-request-id"), b"")
    return RequestContext(client_ip(client[0] if client else None), request_id_for(claimed.decode("latin-1")))


def client_ip(text: str | None) -> str | None:
    """Return an IP address; None for the name of a Unix socket, or nothing."""
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return None
