"""Two companies in one database: neither can reach what the other has.

The tests go through the published schema, so they also cover operations that are added later. An operation with an id
in its path needs an id of the other company here, or the test fails.
"""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from api.app import api
from api.urls import urlpatterns  # noqa: F401 the routers are hung up there
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation, make_list, say

# Valid bodies, by a part of the path.
BODIES: dict[str, dict[str, Any]] = {
    "messages": {"text": "x", "sender": {"role": "agent", "externalId": "1"}, "timestamp": "2021-11-23T12:13:14Z"},
    "batch": {
        "messages": [{"text": "x", "sender": {"role": "agent", "externalId": "1"}, "timestamp": "2021-11-23T12:13:14Z"}]
    },
    "authenticate": {"customerExternalId": "x", "auth": {"token": "x"}},
    "suggestions": {"query": "x"},
    "message-analytic-events": {"type": "suggestion-1-inserted", "suggestionsId": "s"},
    "{responseId}": {"text": "x", "title": "x"},
    "{folderId}": {"name": "x"},
}

OPERATIONS = [
    (method.upper(), path)
    for path, operations in api.get_openapi_schema()["paths"].items()
    for method in operations
    if "{" in path
]


@pytest.fixture
def ids(caller: Caller, company: Company) -> dict[str, str]:
    """The ids of one row of each kind that paths name, all of the first company."""
    conversation = make_conversation(company)
    me = "?agentId=671"
    lists = "/autocompose/v1/responses/customs"
    return {
        "conversationId": conversation.pk,
        "messageId": say(conversation, "hello"),
        "responseId": caller.post(f"{lists}/response{me}", {"text": "a", "title": "b"}).json()["id"],
        "folderId": caller.post(f"{lists}/folder{me}", {"name": "a"}).json()["id"],
    }


def test_the_schema_has_operations_with_ids() -> None:
    assert len(OPERATIONS) == 12


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_ids_of_another_company_are_404(
    caller: Caller,
    other: Caller,
    ids: dict[str, str],
    method: str,
    path: str,
) -> None:
    target = path.format(**ids) + ("?agentId=671" if "customs" in path else "")
    body = None if method in {"GET", "DELETE"} else BODIES[path.rpartition("/")[2]]
    assert_error(other.call(method, target, body), 404)
    assert caller.call(method, target, body).status_code < 300, "the same call is fine for the owner"


def test_lists_of_another_company_are_empty(
    caller: Caller, other: Caller, company: Company, ids: dict[str, str]
) -> None:
    make_list(company, "ours alone")
    for path in (
        "/conversation/v1/conversations?externalId=33411121",
        "/autocompose/v1/responses/globals",
        "/autocompose/v1/responses/customs?agentId=671",
    ):
        assert b"01" in caller.get(path).content
        content = other.get(path).content.decode()
        assert "ours alone" not in content
        assert not any(id_ in content for id_ in ids.values())
