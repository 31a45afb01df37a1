"""The client's address and scheme behind proxies that replace or append headers, and without a proxy."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from asapp_site.proxy import ProxyHeadersMiddleware

PEER = ("192.0.2.9", 40000)


async def seen(kind: str = "http", **headers: str) -> dict[str, Any]:
    """Return the scope that the application gets."""
    scopes: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], *_: object) -> None:
        scopes.append(scope)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await ProxyHeadersMiddleware(app)({"type": kind, "client": PEER, "headers": given}, None, None)  # type: ignore[arg-type]
    return scopes[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (1, "5.5.5.5", "5.5.5.5"),  # a proxy that replaces
        (1, "10.9.9.9, 5.5.5.5", "5.5.5.5"),  # one that appends to what the client claims
        (1, "10.9.9.9,10.8.8.8 , 5.5.5.5", "5.5.5.5"),
        (2, "10.9.9.9, 5.5.5.5, 172.16.0.1", "5.5.5.5"),
        (1, "5.5.5.5:61234", "5.5.5.5"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (2, "10.9.9.9", PEER[0]),  # it passed fewer proxies than there are: nobody trusted wrote it
        (1, "unknown", PEER[0]),
        (1, "5.5.5.5, ", PEER[0]),
    ],
)
async def test_the_address_is_counted_from_the_right(
    settings: Settings, kind: str, proxies: int, header: str, address: str
) -> None:
    settings.TRUST_PROXY, settings.TRUSTED_PROXIES = True, proxies
    assert (await seen(kind, x_forwarded_for=header))["client"][0] == address


async def test_without_a_proxy_its_headers_are_ignored(settings: Settings) -> None:
    settings.TRUST_PROXY = False
    scope = await seen(x_forwarded_for="5.5.5.5", x_forwarded_proto="https")
    assert scope["client"] == PEER
    assert scope.get("scheme", "http") == "http"


async def test_the_scheme_is_that_of_the_proxys_header(settings: Settings) -> None:
    settings.TRUST_PROXY = True
    assert (await seen(x_forwarded_proto="https"))["scheme"] == "https"
    assert (await seen("websocket", x_forwarded_proto="https"))["scheme"] == "wss"
    assert (await seen("websocket", x_forwarded_proto="http"))["scheme"] == "ws"
    assert (await seen("websocket"))["scheme"] == "ws"
