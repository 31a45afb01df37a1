"""The frames that a chat page sends, checked. Everything else gets an error frame."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from conversations import frames
from conversations.frames import ClientId, ConversationId, Number, SendFrame, TypedMessage

# In bytes: the longest text in the widest letters, and some room.
LARGEST_FRAME = 20 * 1024
LONGEST_TEXT = 4_000

TypedText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
MessageText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), TypedMessage]


class Hello(frames.Frame):
    """The first frame. `resume`: up to which number the page has the rows of `conversation`."""

    t: Literal["hello"]
    conversation: ConversationId | Literal[""] = ""
    resume: Number = 0


class Echo(frames.Frame):
    t: Literal["echo"]
    n: Number


class Send(SendFrame):
    """A message. Sent again with the same `client_id` it is stored once."""

    t: Literal["send"]
    conversation: ConversationId
    client_id: ClientId
    text: MessageText


class Typing(frames.Frame):
    """What stands in the field now."""

    t: Literal["typing"]
    text: TypedText


Frame = Hello | Echo | Send | Typing
_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])


def parse(data: str | bytes) -> Frame:
    """Raises `conversations.frames.BadFrameError`."""
    return frames.parse(_adapter, data, LARGEST_FRAME)
