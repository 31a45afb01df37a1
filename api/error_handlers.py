"""Turns every error of an API call into the contract's envelope. Importing this module registers the handlers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from api.app import api
from api.errors import FIELD_FORMAT, ApiError, bad_request, error_response, not_found, too_large
from composer.errors import UsageConflictError
from conversations.errors import ErasedError, NoAgentError, ResendMismatchError, TooMuchMetadataError
from responses.errors import FolderCycleError, NoSuchFolderError, NoSuchResponseError


def pointer(loc: tuple[Any, ...]) -> str:
    """Return a JSON pointer to the field of an error: ("body", "payload", "sender", "role") is /sender/role."""
    parts = loc[2:] if loc and loc[0] == "body" else loc[1:]
    return "/" + "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def validation_error(errors: list[dict[str, Any]]) -> ApiError:
    """Return the 400 for the first wrong field. Its code is 400-03 for the right type in a wrong format."""
    first = errors[0]
    field = pointer(tuple(first["loc"]))
    is_format_error = first["type"] in {
        "timestamp",
        "string_too_short",
        "string_too_long",
        "blank",
        "literal_error",
        "choice",
        "count",
        "seconds",
    }
    if field == "/":
        return bad_request(f"Bad request: the body {_sentence(first)}")
    subcode = FIELD_FORMAT if is_format_error else "01"
    return bad_request(f"ERROR - [Path '{field}'] {_sentence(first)}", subcode=subcode)


_SENTENCES = {
    "missing": "is required",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
}


def _sentence(error: dict[str, Any]) -> str:
    return _SENTENCES.get(error["type"]) or str(error["msg"])


@api.exception_handler(ApiError)
def on_api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return error_response(request.api_request_id, error)  # type: ignore[attr-defined]


@api.exception_handler(ValidationError)
def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return on_api_error(request, validation_error(error.errors))


@api.exception_handler(HttpError)
def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    message = (
        "Bad request: the body is not a JSON object" if error.status_code == HTTPStatus.BAD_REQUEST else error.message
    )
    return on_api_error(request, ApiError(error.status_code, message))


@api.exception_handler(Http404)
def on_404(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001 the handler's signature
    return on_api_error(request, not_found("resource"))


@api.exception_handler(RequestDataTooBig)
def on_too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:  # noqa: ARG001
    return on_api_error(request, too_large())


_UNPROCESSABLE: dict[type[Exception], str] = {
    NoAgentError: "Unprocessable Entity: the conversation has no agent; add one first",
    FolderCycleError: "Unprocessable Entity: a folder cannot be inside itself",
}
_CONFLICTS: dict[type[Exception], str] = {
    ResendMismatchError: "Conflict: this Idempotency-Key was used for another message of the conversation",
    UsageConflictError: "Conflict: this message was already reported with different figures",
}


@api.exception_handler(NoAgentError)
@api.exception_handler(FolderCycleError)
def on_unprocessable(request: HttpRequest, error: Exception) -> HttpResponse:
    return on_api_error(request, ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, _UNPROCESSABLE[type(error)]))


@api.exception_handler(ResendMismatchError)
@api.exception_handler(UsageConflictError)
def on_conflict(request: HttpRequest, error: Exception) -> HttpResponse:
    return on_api_error(request, ApiError(HTTPStatus.CONFLICT, _CONFLICTS[type(error)]))


@api.exception_handler(TooMuchMetadataError)
def on_too_much_metadata(request: HttpRequest, error: TooMuchMetadataError) -> HttpResponse:
    return on_api_error(request, bad_request(f"ERROR - [Path '/metadata'] {error}", subcode=FIELD_FORMAT))


@api.exception_handler(ErasedError)
def on_erased(request: HttpRequest, error: ErasedError) -> HttpResponse:  # noqa: ARG001
    return on_api_error(request, not_found("conversation"))


@api.exception_handler(NoSuchFolderError)
def on_no_such_folder(request: HttpRequest, error: NoSuchFolderError) -> HttpResponse:  # noqa: ARG001
    return on_api_error(request, not_found("folder"))


@api.exception_handler(NoSuchResponseError)
def on_no_such_response(request: HttpRequest, error: NoSuchResponseError) -> HttpResponse:  # noqa: ARG001
    return on_api_error(request, not_found("custom response"))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def on_database_away(request: HttpRequest, error: Exception) -> HttpResponse:  # noqa: ARG001
    return on_api_error(
        request,
        ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable: the database cannot be reached; try again"),
    )
