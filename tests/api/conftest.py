"""A caller of the API, which sends JSON and both key headers with every call."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Company
from accounts.services import NewCredential
from caching.cache import forget_all
from tests.factories import make_company, make_credential


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """Empty all caches before each test, because primary keys are used again after a rollback."""
    forget_all()


@dataclass
class Caller:
    """Runs the on-commit hooks of each call, as a real request's commit would."""

    credential: NewCredential
    committing: Callable[..., AbstractContextManager[Any]]
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def headers(self) -> dict[str, str]:
        return {"asapp-api-id": self.credential.credential.api_id, "asapp-api-secret": self.credential.secret}

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> HttpResponse:
        """Send `body`: an object as JSON, or bytes as they are."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        with self.committing(execute=True):
            return self.client.generic(
                method,
                path,
                data,
                content_type="application/json",
                headers=self.headers if headers is None else headers,
            )

    def get(self, path: str) -> HttpResponse:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, {**self.headers, **headers})

    def put(self, path: str, body: Any = None) -> HttpResponse:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.call("DELETE", path)


@pytest.fixture
def company(db: None) -> Company:  # noqa: ARG001 a fixture asked for its effect
    return make_company()


@pytest.fixture
def stranger(db: None) -> Company:  # noqa: ARG001
    return make_company("globex")


@pytest.fixture
def caller(company: Company, django_capture_on_commit_callbacks: Any) -> Caller:
    return Caller(make_credential(company), django_capture_on_commit_callbacks)


@pytest.fixture
def other(stranger: Company, django_capture_on_commit_callbacks: Any) -> Caller:
    """A caller of another company."""
    return Caller(make_credential(stranger), django_capture_on_commit_callbacks)


def assert_error(response: HttpResponse, status: int, code: str | None = None, says: str = "") -> None:
    """Assert the documented envelope, the same request id in the header, and `says` in the message."""
    assert response.status_code == status, response.content
    error = response.json()["error"]
    assert error["code"] == (code or f"{status}-01")
    assert error["requestId"] == response["X-Request-ID"]
    assert says in error["message"]


@pytest.fixture
def committing(django_capture_on_commit_callbacks: Any) -> Any:
    """`with committing(execute=True):` runs the on-commit hooks of writes that a test makes by itself."""
    return django_capture_on_commit_callbacks
