"""The error envelope of all APIs.

`{"error": {"requestId": …, "message": …, "code": "400-01"}}`. Source: contract README section 1.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import JsonResponse

# The subcode of a field in a wrong format; all other errors have 01.
FIELD_FORMAT = "03"


class ApiError(Exception):
    """Ends a call with this HTTP status. `message` names the field and says what to do."""

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
    """Return the documented response for an error."""
    response = JsonResponse(envelope(request_id, error.message, error.code), status=error.status)
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = "1"  # the documented first retry pause
    return response


def too_large() -> ApiError:
    limit = settings.API_MAX_BODY_BYTES
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Request Entity Too Large: at most {limit} bytes a request")
