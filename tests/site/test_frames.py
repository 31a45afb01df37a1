"""WebSocket messages in a real web process: too long, in one frame or in several."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from asapp_site.web import MAX_MESSAGE_BYTES
from composer.desk.socket.frames import MAX_FRAME_BYTES
from tests.site.raw_socket import Client, web_process

FIRST, NEXT, LAST, WHOLE = 0x01, 0x00, 0x80, 0x81
TOO_BIG = 1009


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with web_process(tmp_path_factory.mktemp("frames")) as port:
        yield port


@pytest.fixture
def client(port: int) -> Iterator[Client]:
    client = Client(port)
    yield client
    client.close()


def test_the_longest_frame_of_a_desk_arrives(client: Client) -> None:
    client.say(WHOLE, MAX_FRAME_BYTES, b"x" * MAX_FRAME_BYTES)
    assert client.hear() == (0x1, str(MAX_FRAME_BYTES).encode())


def test_a_frame_that_is_a_little_too_long_reaches_the_application(client: Client) -> None:
    client.say(WHOLE, MAX_MESSAGE_BYTES, b"x" * MAX_MESSAGE_BYTES)
    assert client.hear() == (0x1, str(MAX_MESSAGE_BYTES).encode())


@pytest.mark.parametrize("length", [MAX_MESSAGE_BYTES + 1, 1 << 30])
def test_a_longer_frame_closes_the_socket_before_it_has_arrived(client: Client, length: int) -> None:
    client.say(WHOLE, length, b"x")
    assert client.closed() == TOO_BIG


def test_a_longer_message_in_parts_closes_the_socket(client: Client) -> None:
    piece = MAX_MESSAGE_BYTES // 4
    client.say(FIRST, piece, b"x" * piece)
    for _ in range(3):
        client.say(NEXT, piece, b"x" * piece)
    client.say(LAST, 1, b"x")
    assert client.closed() == TOO_BIG


def test_frames_of_the_server_may_be_longer(client: Client) -> None:
    client.say(WHOLE, 11, b"say 3000000")
    opcode, payload = client.hear()
    assert (opcode, len(payload)) == (0x1, 3_000_000)


@pytest.mark.parametrize("length", [1, 125, 126, 65_535, 65_536])
def test_a_frame_of_any_length_has_the_right_head(client: Client, length: int) -> None:
    text = b"say %d" % length
    client.say(WHOLE, len(text), text)
    assert client.hear() == (0x1, b"x" * length)


def test_frames_stay_in_order_behind_one_that_the_peer_has_not_read(client: Client) -> None:
    lengths = [3_000_000, 1, 100_000, 2]
    for length in lengths:
        text = b"say %d" % length
        client.say(WHOLE, len(text), text)
    assert [len(client.hear()[1]) for _ in lengths] == lengths
