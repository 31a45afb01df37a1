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
# A message waits in the browser while the connection is down. A longer wait comes from a wrong clock.
MAX_WAIT_S = 2 * 24 * 3600.0
# The difference up to which a page's own clock is trusted: sending a message takes moments.
MAX_CLOCK_DIFFERENCE_S = 300.0
BLANK = "blank"

F = TypeVar("F")


class Frame(BaseModel):
    """Base of all frames. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


def _typed(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError(BLANK, "There is nothing to be seen in this message.")
    return without_empty_end(text)


# A typed message: it is not blank, and empty lines at its end are removed.
TypedMessage = AfterValidator(_typed)


class SendFrame(Frame):
    """A frame that sends a message. `waited_s`: how long the message waited in the browser before this frame was sent.

    `sent_at` is the time by the browser's clock, from older pages without `waited_s`. Browsers' clocks can be wrong by
    hours; durations are not.
    """

    sent_at: Moment | None = None
    waited_s: Waited | None = None

    def written_at(self, now: datetime) -> datetime:
        """Return when the message was written, by the server's clock. `now`: the time on that clock."""
        if self.waited_s is not None:
            return now - timedelta(seconds=min(self.waited_s, MAX_WAIT_S))
        if self.sent_at is None:
            return now
        waited = now.timestamp() - self.sent_at
        return now - timedelta(seconds=waited) if 0 < waited <= MAX_CLOCK_DIFFERENCE_S else now


class BadFrameError(ValueError):
    """A frame that cannot be read. `of`: the type that it claims, "" where there is none; `ref`: its id or number.

    `code`: `bad_frame`, or `blank` for a message that shows nothing.
    """

    def __init__(self, message: str, of: str = "", ref: str | int | None = None, code: str = "bad_frame") -> None:
        super().__init__(message)
        self.of = of
        self.ref = ref
        self.code = code


def parse(adapter: TypeAdapter[F], data: str | bytes, largest: int) -> F:
    """Return the frame in `data`, which has at most `largest` bytes and no U+0000 (databases refuse it).

    Raises BadFrameError. Its text says what is wrong and does not repeat what was sent.
    """
    if _is_longer(data, largest):
        raise BadFrameError(f"a frame has at most {largest} bytes")
    # Nobody types U+0000, so most frames are parsed only once.
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
    """Is it longer, in bytes? A character has one to four bytes, so most frames need not be encoded to tell."""
    if isinstance(data, str) and largest // 4 < len(data) <= largest:
        return len(data.encode("utf-8", "surrogatepass")) > largest
    return len(data) > largest


def _json_of(data: str | bytes) -> Any:
    try:
        return pydantic_core.from_json(data)
    except ValueError:
        raise BadFrameError("not JSON") from None


def _holds_nul(raw: Any) -> bool:
    """Does any text in it hold U+0000? The escape alone proves nothing: a text may spell it out."""
    if isinstance(raw, str):
        return "\x00" in raw
    if isinstance(raw, dict):
        return any(_holds_nul(part) for pair in raw.items() for part in pair)
    return isinstance(raw, list) and any(map(_holds_nul, raw))


def _claims(raw: Any) -> tuple[str, str | int | None]:
    """Return the type and the id that a broken frame claims, as far as it is safe to repeat them."""
    if not isinstance(raw, dict):
        return "", None
    of, ref = raw.get("t"), raw.get("client_id", raw.get("n"))
    repeats = isinstance(ref, int) or (isinstance(ref, str) and len(ref) <= 64 and "\x00" not in ref)
    return (of if isinstance(of, str) and len(of) <= 20 else ""), (ref if repeats else None)
