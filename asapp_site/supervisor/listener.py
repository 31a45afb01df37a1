"""The listening socket. The parent owns it, so that connections wait in it while a web process restarts."""

from __future__ import annotations

import errno
import socket
import time

from asapp_site.supervisor.errors import StartError

# Connections that may wait while no web process runs; the kernel may allow fewer.
_BACKLOG = 1024
_RETRY_S = 0.1


def listen(host: str, port: int, *, patience_s: float = 0.0) -> socket.socket:
    """Return a TCP socket that listens on host and port. Raises `StartError` if that is not possible.

    A port in use is tried again for `patience_s` seconds, because the children of a killed desk may still release it.
    IPv4 only: Daphne accepts no other kind of open socket.
    """
    address = _ipv4_address(host, port)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return _bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(_RETRY_S)
                continue
            raise StartError(_why_not(host, port, error)) from error


def _ipv4_address(host: str, port: int) -> tuple[str, int]:
    try:
        addresses = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise StartError(
            f"HOST: {host!r} is not an IPv4 address or a name for one. Use 127.0.0.1, or 0.0.0.0 for all addresses."
        ) from error
    return str(addresses[0][4][0]), port


def _bind(address: tuple[str, int]) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is in use. Stop the program that uses it, or choose another port:"
            f" PORT={port + 1 if port < 65535 else 8000} ./desk up"
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"port {port} needs more rights than this user has. Choose a PORT above 1023."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST: {host!r} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses."
    return f"cannot listen on {host} port {port}: {error.strerror}."
