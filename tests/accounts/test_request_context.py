"""The address and the id of a request: in audit entries, in the response, and in the log."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from accounts.actors import Actor, record
from accounts.models import ActorKind, AuditEntry, Company, User
from accounts.request_context import NONE, RequestContext, current, outside, request_context
from asapp_site.log_format import add_request_id
from tests.factories import PASSWORD, make_company, make_user

HERE = RequestContext("203.0.113.7", "request-one")


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def alice(company: Company) -> User:
    return make_user(company, "alice")


def sign_in(**headers: Any) -> tuple[AuditEntry, str]:
    """Sign in; return the entry, and the id in the response."""
    response = Client(REMOTE_ADDR="203.0.113.7").post(
        "/sign-in", {"username": "alice", "password": PASSWORD}, headers=headers
    )
    assert response.status_code == 302
    return AuditEntry.objects.get(action="user.signed_in"), response["X-Request-ID"]


@pytest.mark.django_db
@pytest.mark.usefixtures("alice")
class TestRequests:
    def test_an_entry_has_the_address_and_the_id_of_its_request(self) -> None:
        entry, answered = sign_in()
        assert (entry.ip, entry.request_id) == ("203.0.113.7", answered)
        assert uuid.UUID(answered)
        assert current() == NONE, "nothing is left for what comes next in this thread"

    def test_the_id_of_a_trusted_proxy_is_kept(self, settings: Any) -> None:
        settings.TRUST_PROXY = True
        assert sign_in(x_request_id="edge-00000042")[1] == "edge-00000042"

    def test_a_clients_own_id_is_not(self) -> None:
        assert sign_in(x_request_id="edge-00000042")[1] != "edge-00000042"

    @pytest.mark.parametrize("claimed", ["short", "x" * 65, "two words", "ÄÖÜ-12345678", "<script>00", "a\tb-45678"])
    def test_nor_is_one_that_is_no_id(self, settings: Any, claimed: str) -> None:
        settings.TRUST_PROXY = True
        assert re.fullmatch(r"[0-9a-f-]{36}", sign_in(x_request_id=claimed)[1])

    def test_every_response_has_one(self) -> None:
        ids = {Client().get(path)["X-Request-ID"] for path in ("/sign-in", "/nowhere", "/v1/health", "/favicon.ico")}
        assert len(ids) == 4


@pytest.mark.django_db
class TestEntries:
    def test_commands_and_tasks_have_neither(self, company: Company) -> None:
        entry = record(Actor.system(company.pk), "thing.changed", company)
        assert (entry.ip, entry.request_id) == (None, "")

    def test_a_customers_address_is_not_stored(self, company: Company) -> None:
        with request_context(HERE):
            entry = record(Actor(company.pk, ActorKind.CUSTOMER, "7"), "thing.changed", company)
        assert (entry.ip, entry.request_id) == (None, "request-one")


def test_a_log_line_has_the_id_unless_it_has_one() -> None:
    with request_context(HERE):
        assert add_request_id(None, "", {"event": "x"}) == {"event": "x", "request_id": "request-one"}
        assert add_request_id(None, "", {"request_id": "other"}) == {"request_id": "other"}
    assert add_request_id(None, "", {"event": "x"}) == {"event": "x"}


async def test_threads_and_tasks_have_that_of_their_caller() -> None:
    async def in_task() -> RequestContext:
        return await sync_to_async(current, thread_sensitive=False)()

    with request_context(HERE):
        assert await sync_to_async(current)() == HERE
        assert await asyncio.to_thread(current) == HERE
        assert await asyncio.create_task(in_task()) == HERE
        assert await asyncio.create_task(in_task(), context=outside()) == NONE
    assert await in_task() == NONE
