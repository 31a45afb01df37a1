"""The text that is printed once the desk is ready: its addresses, and who can sign in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from django.conf import settings


class Demo(Protocol):
    """What is printed about the demo company (`demo.services.load_demo`)."""

    @property
    def logins(self) -> list[tuple[str, str, str]]: ...
    @property
    def api_id(self) -> str: ...
    @property
    def api_secret(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def chat_path(self) -> str: ...


def address() -> str:
    """Return PUBLIC_URL, or the address for a browser on this machine."""
    host = "127.0.0.1" if settings.HOST == "0.0.0.0" else settings.HOST  # noqa: S104 a comparison
    return settings.PUBLIC_URL or f"http://{host}:{settings.PORT}"


def host_header() -> str:
    """Return a host name that ALLOWED_HOSTS allows."""
    for name in reversed(settings.ALLOWED_HOSTS):  # the name of PUBLIC_URL, if it is set, is the last one
        if "*" not in name and not name.startswith("."):
            return str(name)
    return "localhost"


def welcome(demo: Demo | None) -> str:
    """Return the text for the terminal."""
    return "\n".join([*_urls(), *(_demo(demo) if demo else []), "", "Ctrl-C stops the desk."])


def _urls() -> Iterator[str]:
    yield f"The desk is ready: {address()}/"
    yield ""
    yield f"  API base URL  {address()}/"
    yield f"  API health    {address()}/v1/health"


def _demo(demo: Demo) -> Iterator[str]:
    heads = ("Demo login", "User name", "Password")
    rows = [heads, *demo.logins]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    yield ""
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield f"  Chat as a customer of the demo company: {address()}{demo.chat_path}"
    yield ""
    yield f"  Demo API ({demo.environment})"
    yield f"    asapp-api-id:     {demo.api_id}"
    yield f"    asapp-api-secret: {demo.api_secret}"
