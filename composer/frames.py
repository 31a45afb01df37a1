"""The frames that a desk sends, checked. Everything else gets an error frame."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from accounts.ids import ULID_LENGTH
from composer.models import MAX_DRAFT_LENGTH, MAX_WORD_LENGTH
from composer.reports import Usage

# In bytes, as they come over the line.
LARGEST_FRAME = 64 * 1024
LONGEST_CLIENT_ID = 64
MOST_FOLLOWED = 100

ConversationId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{26}$", max_length=ULID_LENGTH)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]
Text = Annotated[str, StringConstraints(max_length=MAX_DRAFT_LENGTH)]
MessageText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DRAFT_LENGTH, pattern=r"\S")]


class _Frame(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Hello(_Frame):
    """The first frame. `resume`: up to which number the desk has each conversation."""

    t: Literal["hello"]
    resume: Annotated[dict[ConversationId, Number], Field(max_length=MOST_FOLLOWED)] = {}


class Echo(_Frame):
    t: Literal["echo"]
    n: Number


class Follow(_Frame):
    """Send the rows after `after`, and what comes."""

    t: Literal["follow"]
    conversation: ConversationId
    after: Number = 0


class Type(_Frame):
    """The text on screen. `n` grows with each; an answer carries it, so that the desk can drop what is older.

    `cursor`: start and end of the last typing event, in characters.
    """

    t: Literal["type"]
    conversation: ConversationId
    n: Number
    text: Text
    cursor: tuple[Number, Number] | None = None


class Send(_Frame):
    """A message. Sent again with the same `client_id` it is stored once. `revision`: of the draft that it was."""

    t: Literal["send"]
    conversation: ConversationId
    client_id: ClientId
    text: MessageText
    sent_at: Annotated[float, Field(ge=0, le=4_102_444_800)]
    revision: Number = 0
    usage: Usage | None = None
    kind: Literal["chat", "note"] = "chat"


class DraftFrame(_Frame):
    t: Literal["draft"]
    conversation: ConversationId
    text: Text
    cursor: Number = 0
    revision: Number


class Search(_Frame):
    """Quicksearch in the agent's own and the global responses; `n` as in `type`."""

    t: Literal["search"]
    conversation: ConversationId
    n: Number
    term: Annotated[str, StringConstraints(max_length=200)]


class Greeting(_Frame):
    t: Literal["greeting"]
    conversation: ConversationId
    do: Literal["cancel", "send"]


class Word(_Frame):
    """Add a word to the agent's personal dictionary, or take it out."""

    t: Literal["word"]
    word: Annotated[str, StringConstraints(min_length=1, max_length=MAX_WORD_LENGTH)]
    do: Literal["add", "remove"] = "add"


Frame = Hello | Echo | Follow | Type | Send | DraftFrame | Search | Greeting | Word
_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="t")])


class BadFrameError(ValueError):
    """A frame that is none of the above. `of`: what it claims to be, "" where that cannot be told."""

    def __init__(self, message: str, of: str = "", ref: str | int | None = None) -> None:
        super().__init__(message)
        self.of = of
        self.ref = ref


def parse(data: str | bytes) -> Frame:
    """Raises BadFrameError, whose text says what is wrong without repeating what was sent."""
    if _is_too_large(data):
        raise BadFrameError(f"a frame has at most {LARGEST_FRAME} bytes")
    try:
        return _adapter.validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    try:
        raw = pydantic_core.from_json(data)
    except ValueError:
        raise BadFrameError("not JSON") from None
    where = ".".join(str(part) for part in found["loc"][1:])
    raise BadFrameError(f"{where}: {found['msg']}" if where else "unknown frame", *_claims(raw))


def _is_too_large(data: str | bytes) -> bool:
    """A character has one to four bytes: most frames need not be counted."""
    if isinstance(data, str) and LARGEST_FRAME // 4 < len(data) <= LARGEST_FRAME:
        return len(data.encode()) > LARGEST_FRAME
    return len(data) > LARGEST_FRAME


def _claims(raw: Any) -> tuple[str, str | int | None]:
    """What a broken frame calls itself, as far as that can be repeated."""
    if not isinstance(raw, dict):
        return "", None
    of = raw.get("t")
    ref = raw.get("client_id", raw.get("n"))
    known = isinstance(of, str) and len(of) <= 20
    return (of if known else ""), (ref if isinstance(ref, int) or (isinstance(ref, str) and len(ref) <= 64) else None)  # type: ignore[return-value]
