"""The frames that a desk sends, checked. Everything else gets an error frame."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from composer.models import MAX_DRAFT_LENGTH, MAX_WORD_LENGTH
from composer.usage.reports import Usage
from conversations import frames
from conversations.frames import ClientId, ConversationId, Number, SendFrame, TypedMessage
from conversations.models import MAX_MESSAGE_LENGTH

# In bytes, as they come over the line.
LARGEST_FRAME = 64 * 1024

Text = Annotated[str, StringConstraints(max_length=MAX_DRAFT_LENGTH)]
MessageText = Annotated[str, StringConstraints(max_length=MAX_MESSAGE_LENGTH), TypedMessage]


class Hello(frames.Frame):
    """The first frame. `resume`: up to which number the desk has each conversation, as many as fit into a frame."""

    t: Literal["hello"]
    resume: dict[ConversationId, Number] = {}


class Echo(frames.Frame):
    t: Literal["echo"]
    n: Number


class Follow(frames.Frame):
    """Send the rows after `after`, and what comes."""

    t: Literal["follow"]
    conversation: ConversationId
    after: Number = 0


class Read(frames.Frame):
    """The agent has had the conversation on screen, up to this row."""

    t: Literal["read"]
    conversation: ConversationId
    upto: Number


class Type(frames.Frame):
    """The text on screen. `n` grows with each; an answer carries it, so that the desk can drop what is older.

    `cursor`: start and end of the last typing event, in characters.
    """

    t: Literal["type"]
    conversation: ConversationId
    n: Number
    text: Text
    cursor: tuple[Number, Number] | None = None


class Send(SendFrame):
    """A message. Sent again with the same `client_id` it is stored once. `revision`: of the draft that it was."""

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
    """Add a word to the agent's personal dictionary, or take it out."""

    t: Literal["word"]
    word: Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORD_LENGTH)]
    do: Literal["add", "remove"] = "add"


Frame = Hello | Echo | Follow | Read | Type | Send | DraftFrame | Search | Greeting | Word
_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])


def parse(data: str | bytes) -> Frame:
    """Raises `conversations.frames.BadFrameError`."""
    return frames.parse(_adapter, data, LARGEST_FRAME)
