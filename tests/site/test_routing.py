"""Sockets with an unknown path, and sockets that pages of other sites open, are refused."""

from __future__ import annotations

import pytest
from channels.testing import WebsocketCommunicator
from pytest_django import Settings

from asapp_site.routing import NO_SUCH_SOCKET, websockets
from tests.sockets import PATIENCE_S

OURS = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:8000")]


async def test_an_unknown_socket_is_refused() -> None:
    communicator = WebsocketCommunicator(websockets, "/anything", OURS)
    assert await communicator.connect(timeout=PATIENCE_S) == (False, NO_SUCH_SOCKET)


@pytest.mark.parametrize("headers", [[], [(b"origin", b"https://evil.example")]])
async def test_a_page_of_another_site_cannot_open_a_socket(headers: list[tuple[bytes, bytes]]) -> None:
    communicator = WebsocketCommunicator(websockets, "/desk/socket", headers)
    connected, _ = await communicator.connect(timeout=PATIENCE_S)
    assert not connected


async def opens(*headers: tuple[bytes, bytes], host: bytes = b"localhost:8000") -> bool:
    """Return True if a page with these headers may open a socket."""
    communicator = WebsocketCommunicator(websockets, "/anything", [(b"host", host), *headers])
    connected, code = await communicator.connect(timeout=PATIENCE_S)
    assert not connected
    return code == NO_SUCH_SOCKET


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        (b"http://localhost:8000", True),
        (b"HTTP://LOCALHOST:8000", True),
        (b"http://localhost:3000", False),  # another program on this host
        (b"http://localhost", False),
        (b"https://localhost:8000", False),
        (b"http://127.0.0.1:8000", False),  # it answers to this name as well, but the page is of another origin
        (b"http://evil.example:8000", False),
        (b"null", False),
        (b"", False),
        (b"http://localhost:nonsense", False),
    ],
)
async def test_scheme_host_and_port_must_be_those_of_the_request(origin: bytes, is_ours: bool) -> None:
    assert await opens((b"origin", origin)) == is_ours


async def test_an_unknown_host_name_is_refused() -> None:
    assert not await opens((b"origin", b"http://evil.example:8000"), host=b"evil.example:8000")


class TestBehindTls:
    TLS = (b"x-forwarded-proto", b"https")

    @pytest.fixture(autouse=True)
    def behind_tls(self, settings: Settings) -> None:
        settings.PUBLIC_URL, settings.BEHIND_TLS, settings.TRUST_PROXY = "https://desk.example.com", True, True
        settings.ALLOWED_HOSTS = [".desk.example.com", "localhost"]

    @pytest.mark.parametrize(
        ("origin", "host", "is_ours"),
        [
            (b"https://desk.example.com", b"desk.example.com", True),
            (b"https://desk.example.com:443", b"desk.example.com", True),
            (b"https://desk.example.com", b"localhost:8000", True),  # the proxy calls the desk by another name
            (b"http://desk.example.com", b"desk.example.com", False),
            (b"https://desk.example.com:8443", b"desk.example.com", False),
            (b"https://desk.example.com:8443", b"desk.example.com:8443", False),
            (b"https://localhost", b"localhost", False),  # it answers to this name, which is not the public one
            (b"http://localhost:3000", b"desk.example.com", False),
            (b"https://sub.desk.example.com", b"sub.desk.example.com", False),
        ],
    )
    async def test_the_origin_is_the_public_address(self, origin: bytes, host: bytes, is_ours: bool) -> None:
        assert await opens((b"origin", origin), self.TLS, host=host) == is_ours

    @pytest.mark.parametrize("headers", [[], [(b"x-forwarded-proto", b"http")], [TLS, (b"x-forwarded-proto", b"http")]])
    async def test_plain_http_is_refused(self, headers: list[tuple[bytes, bytes]]) -> None:
        assert not await opens((b"origin", b"https://desk.example.com"), *headers, host=b"desk.example.com")

    async def test_a_header_without_a_proxy_does_not_count_as_tls(self, settings: Settings) -> None:
        settings.TRUST_PROXY = False
        assert not await opens((b"origin", b"https://desk.example.com"), self.TLS, host=b"desk.example.com")
