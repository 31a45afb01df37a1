"""Which sockets of visitors are let in: how many a visitor and an address may have, and how fast a visitor may send.

Counted for one web process, in its memory: nothing is left behind by a process that dies, and a flood costs no query.
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

# 4000 to 4999 are an application's own codes. The page says each in words and comes back later.
ELSEWHERE, CROWDED = 4409, 4429
# Frames of one visitor, over all tabs. A page that comes back says hello and sends its messages one by one; who types
# sends one frame a second.
FRAME_RATE = Rate(per_second=20, burst=100)
# To open a socket costs as much as so many frames.
OPENING_COST = 5
# Sockets that open at one address: after a restart all tabs of an office come back at once.
OPENING_RATE = Rate(per_second=10, burst=600)
# Who sent nothing for a while is forgotten this often.
SWEEP_EVERY_S = 60.0


class SocketRefusedError(Exception):
    """`code`: with which the socket is closed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Closable(Protocol):
    async def end(self, code: int) -> None: ...


@dataclass(slots=True)
class _Party:
    """A visitor or an address: its sockets, the oldest first, and what it may still send or open."""

    left: TokenBucket
    sockets: list[Closable] = field(default_factory=list)


class Admission:
    def __init__(self) -> None:
        self._visitors: defaultdict[str, _Party] = defaultdict(lambda: _Party(TokenBucket(FRAME_RATE)))
        self._addresses: defaultdict[str, _Party] = defaultdict(lambda: _Party(TokenBucket(OPENING_RATE)))
        self._sweep_from = time.monotonic() + SWEEP_EVERY_S

    def enter(self, socket: Closable, *, token: str, address: str) -> tuple[TokenBucket, Closable | None]:
        """Let a socket in. Returns the frames that its visitor may send, and the socket that has to go for it.

        The visitor's oldest one goes: most often it is that of a telephone which has changed its network. An address
        that cannot be told ("") has no limit. Raises SocketRefusedError.
        """
        self._sweep()
        visitor = self._visitors[token]
        if not visitor.left.take(OPENING_COST):
            raise SocketRefusedError(TOO_MANY_FRAMES)
        if address:
            network = self._addresses[network_of(address)]
            most = settings.CHAT_SOCKETS_PER_ADDRESS
            if most and (len(network.sockets) >= most or not network.left.take()):
                raise SocketRefusedError(CROWDED)
            network.sockets.append(socket)
        visitor.sockets.append(socket)
        is_one_too_many = len(visitor.sockets) > settings.CHAT_SOCKETS_PER_VISITOR
        return visitor.left, visitor.sockets.pop(0) if is_one_too_many else None

    def leave(self, socket: Closable, *, token: str, address: str) -> None:
        """Harmless for one that was not let in."""
        parties = [self._visitors.get(token), self._addresses.get(network_of(address)) if address else None]
        for party in parties:
            if party is not None and socket in party.sockets:
                party.sockets.remove(socket)

    def _sweep(self) -> None:
        now = time.monotonic()
        if now < self._sweep_from:
            return
        self._sweep_from = now + SWEEP_EVERY_S
        for parties in (self._visitors, self._addresses):
            for key in [key for key, party in parties.items() if not party.sockets and party.left.is_full]:
                del parties[key]


admission = Admission()


def network_of(address: str) -> str:
    """What counts as one address: with IPv6 a customer has a network of 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
