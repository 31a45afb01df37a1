"""Around every API call: an id, a log line, and the documented envelope for whatever went wrong further in."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from api.errors import ApiError, error_response, not_found
from api.paths import is_api

logger = logging.getLogger("api.request")

REQUEST_ID_HEADER = "X-Request-ID"


class ApiRequestMiddleware:
    """Gives each API call `request.api_request_id`, which is also in the answer's header and in the log line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path):
            return self.get_response(request)
        started = time.perf_counter()
        request_id = str(uuid.uuid4())
        request.api_request_id = request_id  # type: ignore[attr-defined]
        if settings.BEHIND_TLS and not request.is_secure():
            # Not redirected: a redirect would come after the secret was sent in the clear.
            response: HttpResponseBase = error_response(
                request_id, ApiError(HTTPStatus.FORBIDDEN, "HTTPS is required: call the https:// address")
            )
        elif "\x00" in request.path:
            # No id holds it, and PostgreSQL takes no text that does.
            response = error_response(request_id, not_found("resource"))
        else:
            response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_json(response):
            # A 404 of the URL resolver, a 405 of a view, a 500 of Django: same envelope as everything else.
            plain = error_response(request_id, ApiError(response.status_code, HTTPStatus(response.status_code).phrase))
            if "Allow" in response:
                plain["Allow"] = response["Allow"]
            plain["Content-Length"] = str(len(plain.content))
            response = plain
        response[REQUEST_ID_HEADER] = request_id
        credential = getattr(request, "credential", None)
        logger.info(
            "%s %s",
            request.method,
            request.resolver_match.route if request.resolver_match else "-",
            extra={
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
                "request_id": request_id,
                "company": credential.company_slug if credential else "",
                "credential": credential.api_id if credential else "",
            },
        )
        return response


def _is_json(response: HttpResponseBase) -> bool:
    return isinstance(response, HttpResponse) and response.get("Content-Type", "").startswith("application/json")
