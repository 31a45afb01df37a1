"""POST /conversation/v1/conversations/{id}/authenticate."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company
from conversations.models import CustomerAuthentication
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation

GOOD = {"customerExternalId": "customer-xyz", "auth": {"token": "cGFzc3dvcmQ="}, "streamId": "97555020"}


@pytest.fixture
def path(company: Company) -> str:
    return f"/conversation/v1/conversations/{make_conversation(company).pk}"


def test_the_customer_becomes_the_authenticated_one(caller: Caller, path: str) -> None:
    response = caller.post(f"{path}/authenticate", GOOD)
    assert response.status_code == 204
    assert response.content == b""
    assert caller.get(path).json()["customer"] == {"externalId": "customer-xyz", "name": "Sarah Jones"}
    row = CustomerAuthentication.objects.get()
    assert row.stream_id == "97555020"
    assert "cGFzc3dvcmQ" not in str(row.__dict__)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"auth": {}}, "/auth"),
        ({"auth": None}, "/auth"),
        ({"auth": {"token": 3}}, "/auth/token"),
        ({"auth": {"headers": "x"}}, "/auth/headers"),
        ({"customerExternalId": ""}, "/customerExternalId"),
        ({"streamId": None}, "/streamId"),
    ],
)
def test_bad_input_is_refused(caller: Caller, path: str, changes: Any, says: str) -> None:
    response = caller.post(f"{path}/authenticate", {**GOOD, **changes})
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not CustomerAuthentication.objects.exists()


def test_another_company_gets_404(other: Caller, path: str) -> None:
    assert_error(other.post(f"{path}/authenticate", GOOD), 404)
    assert_error(other.call("GET", f"{path}/authenticate"), 405)
