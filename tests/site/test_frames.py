"""WebSocket messages on their way through a real web process: too long, at once or in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from asapp_site.web import LARGEST_MESSAGE
from composer.desk.socket.frames import LARGEST_FRAME
from tests.site.raw_socket import Client, web_process

FIRST, NEXT, LAST, WHOLE = 0x01, 0x00, 0x80, 0x81
TOO_BIG = 1009


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with web_process(tmp_path_factory.mktemp("frames")) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    made = Client(port)
    yield made
    made.close()


def test_the_longest_frame_of_a_desk_arrives(client: Client) -> None:
    client.say(WHOLE, LARGEST_FRAME, b"x" * LARGEST_FRAME)
    assert client.hear() == (0x1, str(LARGEST_FRAME).encode())


def test_one_that_is_a_little_too_long_is_left_to_the_application(client: Client) -> None:
    client.say(WHOLE, LARGEST_MESSAGE, b"x" * LARGEST_MESSAGE)
    assert client.hear() == (0x1, str(LARGEST_MESSAGE).encode())


@pytest.mark.parametrize("length", [LARGEST_MESSAGE + 1, 1 << 30])
def test_a_longer_one_ends_the_socket_before_it_is_here(client: Client, length: int) -> None:
    client.say(WHOLE, length, b"x")
    assert client.closed() == TOO_BIG


def test_so_does_one_that_comes_in_pieces(client: Client) -> None:
    piece = LARGEST_MESSAGE // 4
    client.say(FIRST, piece, b"x" * piece)
    for _ in range(3):
        client.say(NEXT, piece, b"x" * piece)
    client.say(LAST, 1, b"x")
    assert client.closed() == TOO_BIG


def test_what_we_say_may_be_longer(client: Client) -> None:
    client.say(WHOLE, 11, b"say 3000000")
    opcode, payload = client.hear()
    assert (opcode, len(payload)) == (0x1, 3_000_000)
