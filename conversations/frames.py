"""Frames of sockets: small JSON objects with a kind, `t`, checked before anything acts on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

import pydantic_core
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from accounts.ids import ULID_LENGTH
from safety.engine.visible import is_blank, without_empty_end

ConversationId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{26}$", max_length=ULID_LENGTH)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]
# Seconds since the epoch, up to the year 2100.
Moment = Annotated[float, Field(ge=0, le=4_102_444_800)]
Waited = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# A message waits in the browser while its line is down; one that claims to have waited longer has a wrong clock.
MAX_WAIT_S = 2 * 24 * 3600.0
# A page that says by its own clock when a message was written is believed so far: a message takes moments.
MAX_CLOCK_DIFFERENCE_S = 300.0
BLANK = "blank"

F = TypeVar("F")


class Frame(BaseModel):
    """Base of all frames: what is not named is refused."""

    model_config = ConfigDict(extra="forbid")


def _typed(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError(BLANK, "There is nothing to be seen in this message.")
    return without_empty_end(text)


# For a message that somebody typed: it shows something, and does not end in empty lines.
TypedMessage = AfterValidator(_typed)


class SendFrame(Frame):
    """The times of a message. `waited_s`: how long it waited in the browser until this frame was sent.

    `sent_at` is the time by the browser's clock, from pages that know no `waited_s`. Clocks of browsers are wrong by
    hours; durations are not.
    """

    sent_at: Moment | None = None
    waited_s: Waited | None = None

    def written_at(self, now: datetime) -> datetime:
        """When the message was written, by the server's clock, which says `now`."""
        if self.waited_s is not None:
            return now - timedelta(seconds=min(self.waited_s, MAX_WAIT_S))
        if self.sent_at is None:
            return now
        waited = now.timestamp() - self.sent_at
        return now - timedelta(seconds=waited) if 0 < waited <= MAX_CLOCK_DIFFERENCE_S else now


class BadFrameError(ValueError):
    """A frame of no known form. `of`: what it claims to be, "" where that cannot be told; `ref`: its id or number.

    `code`: `bad_frame`, or `blank` for a message that shows nothing.
    """

    def __init__(self, message: str, of: str = "", ref: str | int | None = None, code: str = "bad_frame") -> None:
        super().__init__(message)
        self.of = of
        self.ref = ref
        self.code = code


def parse(adapter: TypeAdapter[F], data: str | bytes, largest: int) -> F:
    """The frame in `data`, of at most `largest` bytes as they came, without U+0000, which no database has a use for.

    Raises BadFrameError, whose text says what is wrong without repeating what was sent.
    """
    if _is_longer(data, largest):
        raise BadFrameError(f"a frame has at most {largest} bytes")
    # Nobody types it, so most frames are read once.
    if (b"u0000" if isinstance(data, bytes) else "u0000") in data and _holds_nul(raw := _json_of(data)):  # type: ignore[operator] # both are of one kind
        raise BadFrameError("U+0000 is no letter", *_claims(raw))
    try:
        return adapter.validate_json(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
    raw = _json_of(data)
    if found["type"] == BLANK:
        raise BadFrameError(found["msg"], *_claims(raw), code=BLANK)
    if found["type"] == "string_too_long" and found["loc"][-1:] == ("text",):
        raise BadFrameError(f"This text has more than {found['ctx']['max_length']:,} characters.", *_claims(raw))
    where = ".".join(str(part) for part in found["loc"][1:])
    raise BadFrameError(f"{where}: {found['msg']}" if where else "unknown frame", *_claims(raw))


def _is_longer(data: str | bytes, largest: int) -> bool:
    """A character has one to four bytes: most frames need not be counted."""
    if isinstance(data, str) and largest // 4 < len(data) <= largest:
        return len(data.encode("utf-8", "surrogatepass")) > largest
    return len(data) > largest


def _json_of(data: str | bytes) -> Any:
    try:
        return pydantic_core.from_json(data)
    except ValueError:
        raise BadFrameError("not JSON") from None


def _holds_nul(raw: Any) -> bool:
    """In any text of it: a text about U+0000 may hold its name."""
    if isinstance(raw, str):
        return "\x00" in raw
    if isinstance(raw, dict):
        return any(_holds_nul(part) for pair in raw.items() for part in pair)
    return isinstance(raw, list) and any(map(_holds_nul, raw))


def _claims(raw: Any) -> tuple[str, str | int | None]:
    """What a broken frame calls itself, as far as that can be repeated."""
    if not isinstance(raw, dict):
        return "", None
    of, ref = raw.get("t"), raw.get("client_id", raw.get("n"))
    repeats = isinstance(ref, int) or (isinstance(ref, str) and len(ref) <= 64 and "\x00" not in ref)
    return (of if isinstance(of, str) and len(of) <= 20 else ""), (ref if repeats else None)
