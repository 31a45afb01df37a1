"""The frames that a chat page may send. Anything else is answered with an error frame."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from conversations import frames
from conversations.frames import ClientId, ConversationId, Number, SendFrame, TypedMessage

MAX_TEXT_LENGTH = 4_000
# MAX_TEXT_LENGTH characters of 4 bytes each, and room for the other fields.
MAX_FRAME_BYTES = 20 * 1024

TypedText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_LENGTH)]
MessageText = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH), TypedMessage]


class Hello(frames.Frame):
    """The first frame. The page has the rows of `conversation` up to the number `resume`."""

    t: Literal["hello"]
    conversation: ConversationId | Literal[""] = ""
    resume: Number = 0


class Echo(frames.Frame):
    t: Literal["echo"]
    n: Number


class Send(SendFrame):
    """A message. Sent again with the same `client_id`, it is stored only once."""

    t: Literal["send"]
    conversation: ConversationId
    client_id: ClientId
    text: MessageText


class Typing(frames.Frame):
    """The text in the message field now."""

    t: Literal["typing"]
    text: TypedText


Frame = Hello | Echo | Send | Typing
_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])


def parse(data: str | bytes) -> Frame:
    """Return the frame. Raises `conversations.frames.BadFrameError` for data that is none of these frames."""
    return frames.parse(_adapter, data, MAX_FRAME_BYTES)
