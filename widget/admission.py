"""Admits customers' sockets: limits sockets for each visitor and each address, and frames for each visitor.

Counts live in the memory of one web process: a process that dies leaves nothing behind, and a flood costs no query.
"""

from __future__ import annotations

import ipaddress
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Protocol

from django.conf import settings

from conversations.rates import Rate, TokenBucket
from conversations.sockets import TOO_MANY_FRAMES

# WebSocket close codes (4000 to 4999 are an application's own). The page shows a text for each and reconnects later.
REPLACED_BY_NEWER_SOCKET, ADDRESS_IS_FULL = 4409, 4429
# Frames of one visitor over all tabs. A page that reconnects sends hello and its unsent messages one by one; typing
# sends one frame a second.
FRAME_RATE = Rate(per_second=20, burst=100)
# Opening a socket counts as this many frames.
FRAMES_PER_OPENING = 5
# Sockets opened at one address: after a restart all tabs of an office reconnect at once.
OPENING_RATE = Rate(per_second=10, burst=600)
# How often visitors and addresses without sockets and with full rates are dropped.
SWEEP_INTERVAL_S = 60.0


class SocketRefusedError(Exception):
    """A socket is not admitted; close it with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Closable(Protocol):
    async def end(self, code: int) -> None: ...


@dataclass(slots=True)
class _Client:
    """A visitor or an address: what it may still send or open, and its sockets, oldest first."""

    allowance: TokenBucket
    sockets: list[Closable] = field(default_factory=list)


class Admission:
    """Counts the sockets and frames of visitors and addresses in this process."""

    def __init__(self) -> None:
        self._visitors: defaultdict[str, _Client] = defaultdict(lambda: _Client(TokenBucket(FRAME_RATE)))
        self._addresses: defaultdict[str, _Client] = defaultdict(lambda: _Client(TokenBucket(OPENING_RATE)))
        self._next_sweep_at = time.monotonic() + SWEEP_INTERVAL_S

    def admit(self, socket: Closable, *, token: str, address: str) -> tuple[TokenBucket, Closable | None]:
        """Admit a socket.

        Returns the frame allowance of its visitor, and the socket that has to be closed because the visitor has too
        many. That is the visitor's oldest one: usually the old socket of a phone that has changed its network. An
        unknown address ("") has no limit. Raises SocketRefusedError when the visitor or the address is over a limit.
        """
        self._sweep()
        visitor = self._visitors[token]
        if not visitor.allowance.take(FRAMES_PER_OPENING):
            raise SocketRefusedError(TOO_MANY_FRAMES)
        if address:
            network = self._addresses[network_of(address)]
            max_sockets = settings.CHAT_SOCKETS_PER_ADDRESS
            if max_sockets and (len(network.sockets) >= max_sockets or not network.allowance.take()):
                raise SocketRefusedError(ADDRESS_IS_FULL)
            network.sockets.append(socket)
        visitor.sockets.append(socket)
        is_one_too_many = len(visitor.sockets) > settings.CHAT_SOCKETS_PER_VISITOR
        return visitor.allowance, visitor.sockets.pop(0) if is_one_too_many else None

    def release(self, socket: Closable, *, token: str, address: str) -> None:
        """Stop counting a socket that has closed. Does nothing for a socket that was not admitted."""
        clients = [self._visitors.get(token), self._addresses.get(network_of(address)) if address else None]
        for client in clients:
            if client is not None and socket in client.sockets:
                client.sockets.remove(socket)

    def _sweep(self) -> None:
        now = time.monotonic()
        if now < self._next_sweep_at:
            return
        self._next_sweep_at = now + SWEEP_INTERVAL_S
        for clients in (self._visitors, self._addresses):
            idle = [key for key, client in clients.items() if not client.sockets and client.allowance.is_full]
            for key in idle:
                del clients[key]


admission = Admission()


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or an IPv6 /64 network, which one customer has whole.

    An address that cannot be parsed is returned as it is.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
