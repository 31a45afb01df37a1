"""The frames that a desk sends, checked. Everything else gets an error frame."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from composer.models import MAX_DRAFT_LENGTH, MAX_WORD_LENGTH
from composer.usage.reports import Usage
from conversations import frames
from conversations.frames import ClientId, ConversationId, Number, SendFrame, TypedMessage
from conversations.models import MAX_MESSAGE_LENGTH

# In bytes, as received.
MAX_FRAME_BYTES = 64 * 1024

Text = Annotated[str, StringConstraints(max_length=MAX_DRAFT_LENGTH)]
MessageText = Annotated[str, StringConstraints(max_length=MAX_MESSAGE_LENGTH), TypedMessage]


class Hello(frames.Frame):
    """The first frame. `resume`: the sequences up to which the desk has its conversations, as many as fit."""

    t: Literal["hello"]
    resume: dict[ConversationId, Number] = {}


class Echo(frames.Frame):
    t: Literal["echo"]
    n: Number


class Follow(frames.Frame):
    """Asks for the rows after the sequence `after`, and for all that follow."""

    t: Literal["follow"]
    conversation: ConversationId
    after: Number = 0


class Read(frames.Frame):
    """The agent has read the conversation up to this sequence."""

    t: Literal["read"]
    conversation: ConversationId
    upto: Number


class Type(frames.Frame):
    """The text on screen. `n` increases; the answer carries it, so that the desk can drop older answers.

    `cursor`: start and end of the last typing event, in characters.
    """

    t: Literal["type"]
    conversation: ConversationId
    n: Number
    text: Text
    cursor: tuple[Number, Number] | None = None


class Send(SendFrame):
    """A message. Sent again with the same `client_id` it is stored once. `revision`: the revision of its draft."""

    t: Literal["send"]
    conversation: ConversationId
    client_id: ClientId
    text: MessageText
    revision: Number = 0
    usage: Usage | None = None
    kind: Literal["chat", "note"] = "chat"


class DraftFrame(frames.Frame):
    t: Literal["draft"]
    conversation: ConversationId
    text: Text
    cursor: Number = 0
    revision: Number


class Search(frames.Frame):
    """Quicksearch in the agent's own and the global responses; `n` as in `type`."""

    t: Literal["search"]
    conversation: ConversationId
    n: Number
    term: Annotated[str, StringConstraints(max_length=200)]


class Greeting(frames.Frame):
    t: Literal["greeting"]
    conversation: ConversationId
    do: Literal["cancel", "send"]


class Word(frames.Frame):
    """Adds a word to the agent's personal dictionary, or removes it."""

    t: Literal["word"]
    word: Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORD_LENGTH)]
    do: Literal["add", "remove"] = "add"


Frame = Hello | Echo | Follow | Read | Type | Send | DraftFrame | Search | Greeting | Word
_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])


def parse(data: str | bytes) -> Frame:
    """Return the frame. Raises `conversations.frames.BadFrameError`."""
    return frames.parse(_adapter, data, MAX_FRAME_BYTES)
