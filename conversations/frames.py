"""Frames of sockets: small JSON objects with a kind, `t`, checked before anything acts on them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import pydantic_core
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from accounts.ids import ULID_LENGTH

ConversationId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{26}$", max_length=ULID_LENGTH)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]
# Seconds since the epoch, up to the year 2100.
Moment = Annotated[float, Field(ge=0, le=4_102_444_800)]

F = TypeVar("F")


class Frame(BaseModel):
    """Base of all frames: what is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class BadFrameError(ValueError):
    """A frame of no known form. `of`: what it claims to be, "" where that cannot be told; `ref`: its id or number."""

    def __init__(self, message: str, of: str = "", ref: str | int | None = None) -> None:
        super().__init__(message)
        self.of = of
        self.ref = ref


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
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
    raw = _json_of(data)
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
