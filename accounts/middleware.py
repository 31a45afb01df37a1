"""Gives every request an id."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.request_context import REQUEST_ID_HEADER, RequestContext, client_ip, request_context, request_id_for


class RequestContextMiddleware:
    """Sets the origin of each request, and answers its id in the header X-Request-ID."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_for(request.headers.get(REQUEST_ID_HEADER))
        with request_context(RequestContext(client_ip(request.META.get("REMOTE_ADDR")), request_id)):
            response = self.get_response(request)
        response[REQUEST_ID_HEADER] = request_id
        return response
