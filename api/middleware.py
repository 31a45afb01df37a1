"""Gives every API call an id, a log line, and the documented envelope for errors of Django itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.request_context import REQUEST_ID_HEADER, current
from api.errors import ApiError, error_response, not_found
from api.paths import is_api

logger = logging.getLogger("api.request")


class ApiRequestMiddleware:
    """Sets `request.api_request_id`, the id of the request (`accounts.request_context`), for each API call.

    The id is also in the response's header, and in a log line for each call.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_api(request.path):
            return self.get_response(request)
        started = time.perf_counter()
        request_id = current().request_id
        request.api_request_id = request_id  # type: ignore[attr-defined]
        if settings.BEHIND_TLS and not request.is_secure():
            # Refused instead of redirected, because the secret was already sent unencrypted.
            response: HttpResponseBase = error_response(
                request_id, ApiError(HTTPStatus.FORBIDDEN, "HTTPS is required: call the https:// address")
            )
        elif "\x00" in request.path:
            # No id holds U+0000, and PostgreSQL refuses a text with it.
            response = error_response(request_id, not_found("resource"))
        else:
            response = self.get_response(request)
        if response.status_code >= HTTPStatus.BAD_REQUEST and not _is_json(response):
            # A 404 of the URL resolver, a 405 of a view or a 500 of Django gets the same envelope as other errors.
            error = ApiError(response.status_code, HTTPStatus(response.status_code).phrase)
            enveloped = error_response(request_id, error)
            if "Allow" in response:
                enveloped["Allow"] = response["Allow"]
            enveloped["Content-Length"] = str(len(enveloped.content))
            response = enveloped
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
