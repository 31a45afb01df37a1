"""Asks the web processes whether they are ready, without blocking the supervisor."""

from __future__ import annotations

import re
import socket
import time

_RETRY_S = 0.2
_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


class Probe:
    """Sends GET /healthz to the desk's own port until a web process answers without a server error."""

    def __init__(self, address: tuple[str, int], *, host_header: str) -> None:
        self._address = address
        self._request = f"GET /healthz HTTP/1.0\r\nHost: {host_header}\r\n\r\n".encode("ascii")
        self._socket: socket.socket | None = None
        self._not_before = 0.0

    def fileno(self) -> int | None:
        """Return the descriptor to wait for; None between two requests."""
        return self._socket.fileno() if self._socket else None

    def has_answered(self) -> bool:
        """Do the next step without blocking, and return True once the desk has answered."""
        if self._socket is None:
            if time.monotonic() >= self._not_before:
                self._ask()
            return False
        try:
            answer = self._socket.recv(256)
        except BlockingIOError:
            return False
        except OSError:  # the process that took the connection died
            answer = b""
        self.close()
        status = _ANSWER.match(answer)
        return status is not None and int(status[1]) < 500

    def _ask(self) -> None:
        # The parent's own socket listens, so this succeeds at once, and the request waits there for a web process.
        self._not_before = time.monotonic() + _RETRY_S
        try:
            self._socket = socket.create_connection(self._address, timeout=1)
            self._socket.sendall(self._request)
            self._socket.setblocking(False)
        except OSError:
            self.close()

    def close(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None
