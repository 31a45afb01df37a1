"""The types of the API's fields. Values of a wrong type are refused, not converted; unknown properties are ignored.

Source: contract README section 1 ("Unknown properties", "Timestamps", "Ids").
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.db.models import TextChoices
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from conversations import timestamps
from conversations.models import (
    MAX_EXTERNAL_ID_LENGTH,
    MAX_MESSAGE_LENGTH,
    MAX_METADATA_NAME_LENGTH,
    MAX_METADATA_VALUE_LENGTH,
    MAX_NAME_LENGTH,
)
from responses.models import MAX_FOLDER_NAME_LENGTH, MAX_KEY_LENGTH, MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, MAX_VALUE_LENGTH
from safety.engine.visible import is_blank

T = TypeVar("T")

MAX_COUNT = 2**31 - 1


class RequestSchema(BaseModel):
    """A request body, or an object inside one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, strict=True, extra="ignore")


class ResponseSchema(BaseModel):
    """A response body, or an object inside one. Properties that are None are left out."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "holds the character U+0000, which cannot be stored")
    return text


def _present(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("null", "must not be null: leave it out instead")
    return value


def _timestamp(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            return timestamps.parse(value)
        except ValueError:
            # The documented message for a bad timestamp; the handler adds the path.
            raise PydanticCustomError(
                "timestamp",
                "String {value} is invalid against requested date format(s) [{formats}]",
                {"value": value[:100], "formats": timestamps.FORMATS},
            ) from None
    raise PydanticCustomError("timestamp_type", "must be a string with a date and time")


def _whole(value: Any) -> Any:
    """Convert 1.0 to 1, because JSON does not tell them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _count(value: int) -> int:
    if not 0 <= value <= MAX_COUNT:
        raise PydanticCustomError("count", "must be a count from 0 to {max_count}", {"max_count": MAX_COUNT})
    return value


def _seconds(value: float) -> float:
    if not 0 <= value < float("inf"):
        raise PydanticCustomError("seconds", "must be a number of seconds, 0 or more")
    return value


def one_of(choices: type[TextChoices]) -> tuple[Any, ...]:
    """Return the annotations of a text that must be one of the choices: `Annotated[str, *one_of(Choices)]`."""

    def check(value: str) -> str:
        if value not in choices.values:
            raise PydanticCustomError("choice", "must be one of {allowed}", {"allowed": ", ".join(choices.values)})
        return value

    return AfterValidator(check), Field(json_schema_extra={"enum": list(choices.values)})


def _visible(text: str) -> str:
    if is_blank(text):
        raise PydanticCustomError("blank", "must have a visible character")
    return text


_StorableText = AfterValidator(_without_nul)

# The limits come first, so that pydantic's message about the length counts characters.
Text = Annotated[str, _StorableText]
MessageText = Annotated[
    str, Field(min_length=1, max_length=MAX_MESSAGE_LENGTH), _StorableText, AfterValidator(_visible)
]
StoredText = Annotated[str, Field(max_length=MAX_MESSAGE_LENGTH), _StorableText]
ExternalId = Annotated[str, Field(max_length=MAX_EXTERNAL_ID_LENGTH), _StorableText]
FilledExternalId = Annotated[str, Field(min_length=1, max_length=MAX_EXTERNAL_ID_LENGTH), _StorableText]
Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH), _StorableText]
MetadataName = Annotated[str, Field(max_length=MAX_METADATA_NAME_LENGTH), _StorableText]
MetadataValue = Annotated[str, Field(max_length=MAX_METADATA_VALUE_LENGTH), _StorableText]
ResponseText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH), _StorableText]
ResponseTitle = Annotated[str, Field(min_length=1, max_length=MAX_TITLE_LENGTH), _StorableText]
FolderName = Annotated[str, Field(min_length=1, max_length=MAX_FOLDER_NAME_LENGTH), _StorableText]
GreetingText = Annotated[str, Field(max_length=MAX_TEXT_LENGTH), _StorableText]
FilterName = Annotated[str, Field(min_length=1, max_length=MAX_KEY_LENGTH), _StorableText]
FilterValue = Annotated[str, Field(max_length=MAX_VALUE_LENGTH), _StorableText]
Timestamp = Annotated[datetime, BeforeValidator(_timestamp), WithJsonSchema({"type": "string", "format": "date-time"})]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, AfterValidator(_count)]
Seconds = Annotated[float, AfterValidator(_seconds)]
# May be left out, but must not be null (null is legal only where the spec says nullable).
Omittable = Annotated[T | None, BeforeValidator(_present)]
