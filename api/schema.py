"""The published OpenAPI schema: that of django-ninja, with additions.

They are the two key headers together, path parameters in the contract's spelling (`conversationId`), and the error
envelope.
"""

from __future__ import annotations

import re
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from pydantic.alias_generators import to_camel

ID_HEADER = "asapp-api-id"
SECRET_HEADER = "asapp-api-secret"  # noqa: S105 the name of the header

_ERRORS = {
    "400": "Bad request",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not found",
    "409": "Conflict",
    "413": "Request entity too large",
    "422": "Unprocessable entity",
    "429": "Too many requests",
    "503": "Service unavailable",
    "default": "Internal server error",
}
_ENVELOPE = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["requestId", "message", "code"],
            "properties": {
                "requestId": {"type": "string", "description": "Also in the header X-Request-ID"},
                "message": {"type": "string", "description": "What is wrong, and in which field"},
                "code": {"type": "string", "pattern": "^[0-9]{3}-[0-9]{2}$", "examples": ["400-03"]},
            },
        }
    },
}


class DeskApi(NinjaAPI):
    """The API of django-ninja with the contract's schema."""

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        components = schema.setdefault("components", {})
        components["securitySchemes"] = {
            "API-ID": {"type": "apiKey", "in": "header", "name": ID_HEADER},
            "API-Secret": {"type": "apiKey", "in": "header", "name": SECRET_HEADER},
        }
        components.setdefault("schemas", {})["Error"] = _ENVELOPE
        schema["paths"] = {_camel(path): item for path, item in schema["paths"].items()}
        for operations in schema["paths"].values():
            for operation in operations.values():
                _complete(operation)
        return schema


def _camel(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: "{" + to_camel(match[1]) + "}", path)


def _complete(operation: dict[str, Any]) -> None:
    operation["security"] = [{"API-ID": [], "API-Secret": []}]
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["name"] = to_camel(parameter["name"])
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for status, text in _ERRORS.items():
        operation["responses"].setdefault(status, {"description": text, "content": content})
