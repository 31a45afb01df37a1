"""The API object, its description and its parser. `api.urls` registers routers and error handlers with it."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.parser import Parser
from pydantic_core import from_json

from api.schema import DeskApi

DESCRIPTION = """\
The REST API of the desk, compatible with ASAPP's Conversations and AutoCompose APIs.

Every call carries the headers `asapp-api-id` and `asapp-api-secret`. Every error is the envelope
`{"error": {"requestId", "message", "code"}}`; the request id is also in the header `X-Request-ID`.
`phraseCompletion.text` is the whole composer text, the typed part included.
"""


class StrictParser(Parser):
    """Parses a JSON object as RFC 8259 defines it: no NaN, no lone surrogates. All bodies of these APIs are objects.

    A byte-order mark in front is ignored, as the RFC allows, because some systems write one.
    """

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body = from_json(request.body.removeprefix(BOM_UTF8), allow_inf_nan=False)
        if not isinstance(body, dict):
            raise ValueError("not an object")  # django-ninja turns it into an HttpError 400
        return body


api = DeskApi(
    title="Agent Desk API",
    version=settings.VERSION,
    description=DESCRIPTION,
    docs_url="/api/docs",
    openapi_url="/api/openapi.json",
    parser=StrictParser(),
    urls_namespace="api",
)
