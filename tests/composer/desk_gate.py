"""Who may fetch what stands beside a conversation: the same list for each fragment of the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.test import Client

from accounts.models import Company, User
from conversations.models import Conversation
from tests.composer.conftest import browser_of, hire

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk"}


def desk_path(conversation: Conversation | str, rest: str) -> str:
    number = conversation if isinstance(conversation, str) else conversation.pk
    return f"/desk/conversations/{number}/{rest}"


class Gated:
    """`rest`: the fragment's address below that of its conversation. `method`: the one that is tried."""

    rest = ""
    method = "GET"
    wrong: Sequence[str] = ("POST", "PUT", "DELETE")

    @pytest.fixture
    def rest_of(self) -> Callable[[], str]:
        """For addresses that name a row of maya's as well."""
        return lambda: self.rest

    def ask(self, browser: Client, conversation: Conversation | str, rest: str) -> int:
        return browser.generic(self.method, desk_path(conversation, rest)).status_code

    def test_wrong_methods_are_refused(self, talk: Conversation, maya: User, rest_of: Callable[[], str]) -> None:
        path = desk_path(talk, rest_of())
        found = {method: browser_of(maya).generic(method, path).status_code for method in self.wrong}
        assert found == dict.fromkeys(self.wrong, 405)

    def test_anonymous_people_sign_in_first(
        self, talk: Conversation, client: Client, rest_of: Callable[[], str]
    ) -> None:
        response = client.generic(self.method, desk_path(talk, rest_of()), headers=HTMX)
        assert response["HX-Redirect"] == "/sign-in?next=/desk"

    def test_people_who_answer_no_customers_are_refused(
        self, talk: Conversation, sam: User, dana: User, rest_of: Callable[[], str]
    ) -> None:
        rest = rest_of()
        assert [self.ask(browser_of(user), talk, rest) for user in (sam, dana)] == [403, 403]

    def test_another_companys_agent_finds_nothing(
        self, talk: Conversation, stranger: Company, rest_of: Callable[[], str]
    ) -> None:
        assert self.ask(browser_of(hire(stranger, "zoe", queues=["billing"])), talk, rest_of()) == 404

    def test_a_colleague_of_another_queue_finds_nothing(
        self, company: Company, talk: Conversation, rest_of: Callable[[], str]
    ) -> None:
        assert self.ask(browser_of(hire(company, "liam", queues=["mobile"])), talk, rest_of()) == 404

    @pytest.mark.parametrize("number", [ULID, "x", "0" * 26, ULID.lower()])
    def test_bad_ids_are_not_found(self, maya: User, number: str, rest_of: Callable[[], str]) -> None:
        assert self.ask(browser_of(maya), number, rest_of()) == 404
