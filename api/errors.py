"""The one error envelope of every API, and the one place that turns errors into it.

`{"error": {"requestId": …, "message": …, "code": "400-01"}}`. Source: contract README section 1.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import JsonResponse

# A field that breaks its format has a subcode of its own; all other errors are -01.
FIELD_FORMAT = "03"


class ApiError(Exception):
    """An answer other than success. `message` names the field and says what to do."""

    def __init__(self, status: int, message: str, *, subcode: str = "01") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = f"{status}-{subcode}"


def bad_request(message: str, *, subcode: str = "01") -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, message, subcode=subcode)


def not_found(what: str) -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, f"Not Found: no such {what}")


def envelope(request_id: str, message: str, code: str) -> dict[str, Any]:
    return {"error": {"requestId": request_id, "message": message, "code": code}}


def error_response(request_id: str, error: ApiError) -> JsonResponse:
    """The error as its documented answer."""
    response = JsonResponse(envelope(request_id, error.message, error.code), status=error.status)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = "1"  # the documented first retry pause
    return response


def too_large() -> ApiError:
    limit = settings.API_MAX_BODY_BYTES
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Request Entity Too Large: at most {limit} bytes a request")
