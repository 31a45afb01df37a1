"""What a frame must be to be acted on, and what a refusal names: never the text that was sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from conversations.frames import (
    MAX_CLOCK_DIFFERENCE_S,
    MAX_WAIT_S,
    BadFrameError,
    ClientId,
    ConversationId,
    Frame,
    Number,
    SendFrame,
    TypedMessage,
    parse,
)
from tests.texts import BLANK, ENDS, SHOWN

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Send(SendFrame):
    t: Literal["send"]
    conversation: ConversationId
    client_id: ClientId
    text: Annotated[str, StringConstraints(max_length=1000), TypedMessage]


class Echo(Frame):
    t: Literal["echo"]
    n: Number


ADAPTER: TypeAdapter[Send | Echo] = TypeAdapter(Annotated[Send | Echo, Field(discriminator="t")])


def read(data: str | bytes, largest: int = 4000) -> Send | Echo:
    return parse(ADAPTER, data, largest)


def refusal(data: str | bytes, largest: int = 4000) -> BadFrameError:
    with pytest.raises(BadFrameError) as caught:
        read(data, largest)
    return caught.value


def send(text: str = '"hi"', client_id: str = '"desk-0001"', more: str = "") -> str:
    return f'{{"t": "send", "conversation": "{ULID}", "client_id": {client_id}, "text": {text}{more}}}'


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "of", "ref", "code", "says"),
        [
            ("hello", "", None, "bad_frame", "not JSON"),
            ("", "", None, "bad_frame", "not JSON"),
            ('{"t": "echo", "n": 1', "", None, "bad_frame", "not JSON"),
            ("[]", "", None, "bad_frame", "unknown frame"),
            ("null", "", None, "bad_frame", "unknown frame"),
            ("{}", "", None, "bad_frame", "unknown frame"),
            ('{"t": "nope", "n": 3}', "nope", 3, "bad_frame", "unknown frame"),
            ('{"t": 7, "n": 3}', "", 3, "bad_frame", "unknown frame"),
            ('{"t": "echo"}', "echo", None, "bad_frame", "n: Field required"),
            ('{"t": "echo", "n": -1}', "echo", -1, "bad_frame", "n: "),
            ('{"t": "echo", "n": 9007199254740993}', "echo", 9007199254740993, "bad_frame", "n: "),
            ('{"t": "echo", "n": 1.5}', "echo", None, "bad_frame", "n: "),
            ('{"t": "echo", "n": 1, "extra": 2}', "echo", 1, "bad_frame", "extra: "),
            (send(client_id='"short"'), "send", "short", "bad_frame", "client_id: "),
            (send(client_id='"has space"'), "send", "has space", "bad_frame", "client_id: "),
            (send(text='" \\n"'), "send", "desk-0001", "blank", "nothing to be seen"),
            (send(text=f'"{"x" * 1001}"'), "send", "desk-0001", "bad_frame", "more than 1,000 characters"),
            (send(text='"a\\u0000b"'), "send", "desk-0001", "bad_frame", "U+0000"),
            (send(more=', "waited_s": -1'), "send", "desk-0001", "bad_frame", "waited_s: "),
            (send(more=', "sent_at": 5000000000'), "send", "desk-0001", "bad_frame", "sent_at: "),
        ],
    )
    def test_a_refusal_names_the_type_the_id_and_the_field(
        self, data: str, of: str, ref: object, code: str, says: str
    ) -> None:
        error = refusal(data)
        assert (error.of, error.ref, error.code) == (of, ref, code)
        assert says in str(error)

    def test_text_and_bytes_are_refused_alike(self) -> None:
        for data in ('{"t": "echo", "n": -1}', send(text='"a\\u0000b"'), "no json"):
            one, other = refusal(data), refusal(data.encode())
            assert (str(one), one.of, one.ref) == (str(other), other.of, other.ref)

    def test_a_refusal_does_not_repeat_what_was_sent(self) -> None:
        secret = "my card is 4111 1111 1111 1111"
        for data in (
            send(text=f'"{secret}"', more=', "extra": 1'),
            send(text=f'["{secret}"]'),
            f'{{"t": "echo", "n": "{secret}"}}',
            f'{{"t": "{secret}"}}',
        ):
            assert secret not in str(refusal(data))

    @pytest.mark.parametrize("ref", ['"' + "x" * 65 + '"', "[1]", '{"a": 1}', "null", "1.5", '"a\\u0000b"'])
    def test_an_id_that_is_not_safe_to_repeat_is_left_out(self, ref: str) -> None:
        assert refusal(send(client_id=ref)).ref is None

    def test_a_type_that_is_too_long_is_not_repeated(self) -> None:
        assert refusal(f'{{"t": "{"e" * 21}", "n": 1}}').of == ""
        assert refusal(f'{{"t": "{"e" * 20}", "n": 1}}').of == "e" * 20


class TestNul:
    @pytest.mark.parametrize(
        "data",
        [
            '{"t": "echo", "n": 1, "\\u0000": 2}',
            '{"t": "echo", "n": 1, "deep": [{"er": ["\\u0000"]}]}',
            send(text='"\\\\\\u0000"'),
        ],
    )
    def test_it_is_found_wherever_it_stands(self, data: str) -> None:
        assert "U+0000" in str(refusal(data))

    def test_a_text_may_spell_the_escape_out(self) -> None:
        frame = read(send(text='"write \\\\u0000 in C"'))
        assert isinstance(frame, Send)
        assert frame.text == "write \\u0000 in C"


class TestSize:
    def test_a_frame_may_have_exactly_as_many_bytes_as_allowed(self) -> None:
        data = '{"t": "echo", "n": 12}'
        assert read(data, len(data)) == Echo(t="echo", n=12)
        assert f"at most {len(data) - 1} bytes" in str(refusal(data, len(data) - 1))

    @pytest.mark.parametrize("letter", ["é", "€", "😀"])
    def test_letters_count_by_their_bytes(self, letter: str) -> None:
        data = send(text=f'"{letter * 200}"')
        size = len(data.encode())
        assert isinstance(read(data, size), Send)
        assert "bytes" in str(refusal(data, size - 1))
        assert "bytes" in str(refusal(data.encode(), size - 1))

    @given(st.text(max_size=60), st.integers(1, 250))
    def test_text_is_too_long_exactly_when_its_bytes_are(self, text: str, largest: int) -> None:
        size = len(text.encode("utf-8", "surrogatepass"))
        try:
            read(text, largest)
            is_refused_for_size = False
        except BadFrameError as error:
            is_refused_for_size = "bytes" in str(error)
        assert is_refused_for_size == (size > largest)

    def test_a_size_is_refused_before_anything_is_parsed(self) -> None:
        error = refusal(send(text='"a\\u0000b"'), 10)
        assert (error.of, error.ref) == ("", None)


class TestTypedMessages:
    @pytest.mark.parametrize("text", BLANK)
    def test_a_text_that_shows_nothing_is_blank(self, text: str) -> None:
        with pytest.raises(ValidationError) as caught:
            Send(t="send", conversation=ULID, client_id="desk-0001", text=text)
        assert [error["type"] for error in caught.value.errors()] == ["blank"]

    @pytest.mark.parametrize("text", SHOWN)
    def test_a_text_that_shows_something_stays(self, text: str) -> None:
        assert Send(t="send", conversation=ULID, client_id="desk-0001", text=text).text == text

    @pytest.mark.parametrize(("typed", "stored"), ENDS)
    def test_its_empty_end_is_cut_off(self, typed: str, stored: str) -> None:
        assert Send(t="send", conversation=ULID, client_id="desk-0001", text=typed).text == stored


class TestWrittenAt:
    @staticmethod
    def written(**fields: Any) -> float:
        """How many seconds before NOW the message was written."""
        frame = Send(t="send", conversation=ULID, client_id="desk-0001", text="hi", **fields)
        return (NOW - frame.written_at(NOW)).total_seconds()

    def test_without_any_time_it_is_now(self) -> None:
        assert self.written() == 0

    @pytest.mark.parametrize(
        ("waited", "seconds"), [(0, 0), (1.5, 1.5), (MAX_WAIT_S, MAX_WAIT_S), (MAX_WAIT_S * 9, MAX_WAIT_S)]
    )
    def test_the_wait_counts_back_from_now_up_to_a_limit(self, waited: float, seconds: float) -> None:
        assert self.written(waited_s=waited) == seconds

    @pytest.mark.parametrize(
        ("ago", "seconds"),
        [
            (0, 0),
            (10, 10),
            (MAX_CLOCK_DIFFERENCE_S, MAX_CLOCK_DIFFERENCE_S),
            (MAX_CLOCK_DIFFERENCE_S + 1, 0),
            (-10, 0),
            (3600 * 5, 0),
        ],
    )
    def test_the_pages_clock_is_trusted_only_when_it_is_nearly_right(self, ago: float, seconds: float) -> None:
        assert self.written(sent_at=NOW.timestamp() - ago) == seconds

    def test_a_wait_goes_over_the_pages_clock(self) -> None:
        assert self.written(waited_s=7, sent_at=(NOW - timedelta(seconds=60)).timestamp()) == 7

    @pytest.mark.parametrize("wait", ["NaN", "Infinity", "-Infinity", "1e999"])
    def test_a_wait_is_a_finite_number(self, wait: str) -> None:
        assert refusal(send(more=f', "waited_s": {wait}')).of in {"send", ""}


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=10), lambda inner: st.lists(inner))


@given(JSON)
def test_whatever_is_sent_a_refusal_is_safe_to_repeat(value: Any) -> None:
    for data in ({"t": value}, {"t": "nope", "n": value}, {"t": "send", "client_id": value}, [value]):
        error = refusal(json.dumps(data))
        assert len(error.of) <= 20
        assert error.ref is None or isinstance(error.ref, int) or len(error.ref) <= 64
        assert "\x00" not in str(error.ref)
