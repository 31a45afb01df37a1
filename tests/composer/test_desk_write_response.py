"""Adding, changing and deleting a response of the agent's own list, from the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company, User
from composer.desk.pages import desk_views
from conversations.models import Conversation
from responses.errors import NoSuchResponseError
from responses.models import MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, CustomFolder, CustomResponse
from responses.services import create_folder, create_response
from tests.composer.conftest import browser_of, hire, place
from tests.composer.desk_gate import ULID, Gated, desk_path
from tests.factories import say

VALID = {"title": "Late parcel", "text": "Sorry, {NAME}.", "folder": ""}
WRONG = [
    ({"title": ""}, "title", "Give it a title."),
    ({"title": "  "}, "title", "Give it a title."),
    ({"text": ""}, "text", "Write the response."),
    ({"title": "x" * (MAX_TITLE_LENGTH + 1)}, "title", "at most"),
    ({"text": "x" * (MAX_TEXT_LENGTH + 1)}, "text", "at most"),
    ({"text": "a\0b"}, "text", "Null characters"),
    ({"folder": ULID}, "folder", "Select a valid choice"),
]


@pytest.fixture
def agent(maya: User) -> Agent:
    return Agent.objects.get(user=maya, environment="production")


@pytest.fixture
def folder(agent: Agent) -> CustomFolder:
    return create_folder(by=Actor.system(agent.company_id), agent=agent, name="Parcels")


@pytest.fixture
def row(agent: Agent) -> CustomResponse:
    return create_response(
        by=Actor.system(agent.company_id), agent=agent, title="Old", text="Old words", metadata=[("queue", ["billing"])]
    )


def complaint(page: HttpResponse, field: str) -> str:
    """What stands beside the field."""
    return " ".join(page.context["form"].errors.get(field, []))


def says_beside(page: HttpResponse, field: str, words: str) -> bool:
    html = page.content.decode()
    return words in complaint(page, field) and f'id="response-{field}_error"' in html and 'aria-invalid="true"' in html


class TestGateOfAdding(Gated):
    rest = "responses/add"
    method = "POST"
    wrong = ("PUT", "DELETE", "PATCH")


class TestGateOfChanging(Gated):
    method = "POST"
    wrong = ("PUT", "DELETE", "PATCH")

    @pytest.fixture
    def rest_of(self, row: CustomResponse) -> Callable[[], str]:
        return lambda: f"responses/{row.pk}/change"


class TestGateOfDeleting(Gated):
    method = "POST"
    wrong = ("GET", "HEAD", "PUT", "DELETE")

    @pytest.fixture
    def rest_of(self, row: CustomResponse) -> Callable[[], str]:
        return lambda: f"responses/{row.pk}/delete"


class TestAdding:
    def test_the_form_is_filled_with_what_was_asked_for(
        self, maya: User, talk: Conversation, folder: CustomFolder
    ) -> None:
        page = browser_of(maya).get(desk_path(talk, "responses/add"), {"folder": folder.pk, "text": "From <above>"})
        html = page.content.decode()
        assert page.status_code == 200
        assert "Add a response" in html
        assert "From &lt;above&gt;" in html
        assert f'<option value="{folder.pk}" selected>Parcels</option>' in html
        assert "Delete" not in html

    def test_it_is_added_and_its_folder_shown(
        self, maya: User, agent: Agent, talk: Conversation, folder: CustomFolder
    ) -> None:
        page = browser_of(maya).post(desk_path(talk, "responses/add"), {**VALID, "folder": folder.pk})
        assert page.status_code == 200
        assert "Added." in page.content.decode()
        assert "Sorry, Nora." in page.content.decode()
        row = CustomResponse.objects.get()
        assert (row.agent, row.title, row.text, row.folder) == (agent, "Late parcel", "Sorry, {NAME}.", folder)
        entry = AuditEntry.objects.get(action="custom_response.created")
        assert entry.actor_id == str(maya.pk)

    @pytest.mark.parametrize(("fields", "field", "words"), WRONG)
    def test_bad_input_is_422_beside_its_field(
        self, maya: User, talk: Conversation, fields: dict[str, Any], field: str, words: str
    ) -> None:
        page = browser_of(maya).post(desk_path(talk, "responses/add"), {**VALID, **fields})
        assert page.status_code == 422
        assert says_beside(page, field, words), complaint(page, field)
        assert not CustomResponse.objects.exists()

    def test_a_colleagues_folder_is_no_choice(self, company: Company, maya: User, talk: Conversation) -> None:
        liam = Agent.objects.get(user=hire(company, "liam"), environment="production")
        theirs = create_folder(by=Actor.system(company.pk), agent=liam, name="His")
        page = browser_of(maya).post(desk_path(talk, "responses/add"), {**VALID, "folder": theirs.pk})
        assert page.status_code == 422


class TestChanging:
    def test_the_form_holds_the_response(self, maya: User, talk: Conversation, row: CustomResponse) -> None:
        html = browser_of(maya).get(desk_path(talk, f"responses/{row.pk}/change")).content.decode()
        assert "Edit the response" in html
        assert "Old words" in html
        assert f"/responses/{row.pk}/delete" in html

    def test_it_is_changed_moved_and_keeps_what_the_form_does_not_show(
        self, maya: User, talk: Conversation, row: CustomResponse, folder: CustomFolder
    ) -> None:
        page = browser_of(maya).post(desk_path(talk, f"responses/{row.pk}/change"), {**VALID, "folder": folder.pk})
        assert page.status_code == 200
        assert "Saved." in page.content.decode()
        row.refresh_from_db()
        assert (row.title, row.text, row.folder) == ("Late parcel", "Sorry, {NAME}.", folder)
        [kept] = row.metadata.all()
        assert (kept.name, [value.value for value in kept.values.all()]) == ("queue", ["billing"])

    @pytest.mark.parametrize(("fields", "field", "words"), WRONG)
    def test_bad_input_is_422_and_changes_nothing(
        self, maya: User, talk: Conversation, row: CustomResponse, fields: dict[str, Any], field: str, words: str
    ) -> None:
        page = browser_of(maya).post(desk_path(talk, f"responses/{row.pk}/change"), {**VALID, **fields})
        assert page.status_code == 422
        assert says_beside(page, field, words), complaint(page, field)
        row.refresh_from_db()
        assert (row.title, row.text) == ("Old", "Old words")

    def test_one_that_is_gone_by_now_is_said_to_be(
        self, maya: User, talk: Conversation, row: CustomResponse, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(**_: Any) -> None:
            raise NoSuchResponseError(row.pk)

        monkeypatch.setattr(desk_views, "update_response", gone)
        page = browser_of(maya).post(desk_path(talk, f"responses/{row.pk}/change"), VALID)
        assert "That is gone by now." in page.content.decode()


class TestDeleting:
    def test_it_is_deleted_and_said_so(self, maya: User, talk: Conversation, row: CustomResponse) -> None:
        CustomResponse.objects.update(title="<b>Old")
        page = browser_of(maya).post(desk_path(talk, f"responses/{row.pk}/delete"))
        assert page.status_code == 200
        assert "“&lt;b&gt;Old” is deleted." in page.content.decode()
        assert not CustomResponse.objects.exists()

    def test_twice_is_not_found(self, maya: User, talk: Conversation, row: CustomResponse) -> None:
        browser = browser_of(maya)
        path = desk_path(talk, f"responses/{row.pk}/delete")
        assert [browser.post(path).status_code for _ in range(2)] == [200, 404]


@pytest.mark.parametrize("rest", ["change", "delete"])
@pytest.mark.parametrize("key", [ULID, "x"])
def test_a_bad_key_is_not_found(maya: User, talk: Conversation, rest: str, key: str) -> None:
    assert browser_of(maya).post(desk_path(talk, f"responses/{key}/{rest}"), VALID).status_code == 404


@pytest.mark.parametrize("rest", ["change", "delete"])
def test_a_colleagues_response_is_not_found(company: Company, maya: User, talk: Conversation, rest: str) -> None:
    liam = Agent.objects.get(user=hire(company, "liam"), environment="production")
    theirs = create_response(by=Actor.system(company.pk), agent=liam, title="His", text="His words")
    assert browser_of(maya).post(desk_path(talk, f"responses/{theirs.pk}/{rest}"), VALID).status_code == 404
    assert CustomResponse.objects.get().text == "His words"


class TestProposal:
    """What "Save as my response" begins with."""

    def form(self, maya: User, talk: Conversation, **asked: str) -> dict[str, str]:
        page = browser_of(maya).get(desk_path(talk, "responses/add"), asked)
        assert page.status_code == 200
        form = page.context["form"]
        return {name: form[name].value() or "" for name in ("title", "text", "folder")}

    def test_a_message_of_an_agent(self, maya: User, talk: Conversation) -> None:
        said = say(
            talk, "Sorry about that, Nora. Could you restart the router, and tell me which lights are on?", role="agent"
        )
        form = self.form(maya, talk, message=said)
        assert form["title"] == "Sorry about that, {NAME}"
        # The next customer has another name.
        assert (
            form["text"] == "Sorry about that, {NAME}. Could you restart the router, and tell me which lights are on?"
        )

    def test_words_that_are_being_written(self, maya: User, talk: Conversation) -> None:
        assert self.form(maya, talk, text="Noratron is fine") == {
            "title": "Noratron is fine",
            "text": "Noratron is fine",
            "folder": "",
        }

    def test_a_long_beginning_is_cut_between_words(self, maya: User, talk: Conversation) -> None:
        title = self.form(maya, talk, text="Please keep the box plugged in while " + "the new firmware loads " * 9)[
            "title"
        ]
        assert title == "Please keep the box plugged in while the"

    def test_one_endless_word(self, maya: User, talk: Conversation) -> None:
        assert len(self.form(maya, talk, text="x" * 500)["title"]) == 40

    def test_what_the_customer_said_or_another_conversation_is_nothing(
        self, company: Company, maya: User, talk: Conversation
    ) -> None:
        theirs = say(talk, "Where is it?", role="customer")
        elsewhere = say(place(company, "elsewhere", status="live", agent="maya"), "Hello", role="agent")
        for message in (theirs, elsewhere):
            assert self.form(maya, talk, message=message)["text"] == ""

    def test_it_is_saved_like_any_other(self, maya: User, talk: Conversation, folder: CustomFolder) -> None:
        browser_of(maya).post(
            desk_path(talk, "responses/add"), {"title": "T", "text": "Hi {NAME}", "folder": folder.pk}
        )
        row = CustomResponse.objects.get()
        assert (row.title, row.text, row.folder) == ("T", "Hi {NAME}", folder)
