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
    """The frame in `data`, of at most `largest` bytes as they came.

    Raises BadFrameError, whose text says what is wrong without repeating what was sent.
    """
    if len(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")) > largest:
        raise BadFrameError(f"a frame has at most {largest} bytes")
    try:
        raw = pydantic_core.from_json(data)
    except ValueError:
        raise BadFrameError("not JSON") from None
    try:
        return adapter.validate_python(raw)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in found["loc"][1:])
        raise BadFrameError(f"{where}: {found['msg']}" if where else "unknown frame", *_claims(raw)) from None


def _claims(raw: Any) -> tuple[str, str | int | None]:
    """What a broken frame calls itself, as far as that can be repeated."""
    if not isinstance(raw, dict):
        return "", None
    of, ref = raw.get("t"), raw.get("client_id", raw.get("n"))
    repeats = isinstance(ref, int) or (isinstance(ref, str) and len(ref) <= 64)
    return (of if isinstance(of, str) and len(of) <= 20 else ""), (ref if repeats else None)
