"""Adding and removing folders of the agent's own list, from the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from conversations.models import Conversation
from responses.models import MAX_FOLDER_NAME_LENGTH, CustomFolder, CustomResponse
from responses.services import create_folder, create_response
from tests.composer.conftest import browser_of, hire
from tests.composer.desk_gate import ULID, Gated, desk_path


@pytest.fixture
def agent(maya: User) -> Agent:
    return Agent.objects.get(user=maya, environment="production")


@pytest.fixture
def folder(agent: Agent) -> CustomFolder:
    return create_folder(by=Actor.system(agent.company_id), agent=agent, name="Parcels")


class TestGateOfAdding(Gated):
    rest = "folders/add"
    method = "POST"
    wrong = ("GET", "HEAD", "PUT", "DELETE")


class TestGateOfRemoving(Gated):
    method = "POST"
    wrong = ("GET", "HEAD", "PUT", "DELETE")

    @pytest.fixture
    def rest_of(self, folder: CustomFolder) -> Callable[[], str]:
        return lambda: f"folders/{folder.pk}/delete"


class TestAdding:
    def test_at_the_top_and_in_a_folder(self, maya: User, agent: Agent, talk: Conversation) -> None:
        browser = browser_of(maya)
        page = browser.post(desk_path(talk, "folders/add"), {"name": " <Parcels> "})
        assert page.status_code == 200
        assert "<span>&lt;Parcels&gt;</span>" in page.content.decode()
        top = CustomFolder.objects.get()
        page = browser.post(desk_path(talk, "folders/add"), {"name": "Late", "folder": top.pk})
        assert page.context["page"].folder == top.pk
        assert CustomFolder.objects.get(name="Late").parent == top
        assert {row.agent for row in CustomFolder.objects.all()} == {agent}

    @pytest.mark.parametrize(
        ("name", "words"),
        [("", "Give it a name."), ("  ", "Give it a name."), ("x" * (MAX_FOLDER_NAME_LENGTH + 1), "at most"),
         ("a\0b", "Null characters")],
    )  # fmt: skip
    def test_bad_input_is_422_beside_its_field(
        self, maya: User, talk: Conversation, folder: CustomFolder, name: str, words: str
    ) -> None:
        page = browser_of(maya).post(desk_path(talk, "folders/add"), {"name": name, "folder": folder.pk})
        assert page.status_code == 422
        html = page.content.decode()
        assert words in " ".join(page.context["folder_form"].errors["name"])
        assert 'id="folder-name_error"' in html
        assert 'aria-invalid="true"' in html
        # Where it was.
        assert page.context["page"].folder == folder.pk
        assert CustomFolder.objects.count() == 1

    @pytest.mark.parametrize("above", [ULID, "x", "\0"])
    def test_a_folder_to_stand_in_that_is_gone_is_422(self, maya: User, talk: Conversation, above: str) -> None:
        page = browser_of(maya).post(desk_path(talk, "folders/add"), {"name": "Late", "folder": above})
        assert page.status_code == 422
        assert "The folder that it was to stand in is gone." in page.content.decode()
        assert not CustomFolder.objects.exists()

    def test_a_colleagues_folder_is_none_to_stand_in(self, company: Company, maya: User, talk: Conversation) -> None:
        liam = Agent.objects.get(user=hire(company, "liam"), environment="production")
        theirs = create_folder(by=Actor.system(company.pk), agent=liam, name="His")
        page = browser_of(maya).post(desk_path(talk, "folders/add"), {"name": "Late", "folder": theirs.pk})
        assert page.status_code == 422
        assert "His" not in page.content.decode()


class TestRemoving:
    def test_what_lies_in_it_moves_up(self, maya: User, agent: Agent, talk: Conversation, folder: CustomFolder) -> None:
        by = Actor.system(agent.company_id)
        inner = create_folder(by=by, agent=agent, name="Late", parent=folder)
        create_response(by=by, agent=agent, title="Sorry", text="Sorry about that.", folder=inner)
        browser = browser_of(maya)
        page = browser.post(desk_path(talk, f"folders/{inner.pk}/delete"))
        assert page.status_code == 200
        assert "The folder “Late” is gone." in page.content.decode()
        assert page.context["page"].folder == folder.pk
        assert "Sorry about that." in page.content.decode()
        browser.post(desk_path(talk, f"folders/{folder.pk}/delete"))
        assert CustomResponse.objects.get().folder is None
        assert not CustomFolder.objects.exists()

    @pytest.mark.parametrize("key", [ULID, "x"])
    def test_a_bad_key_is_not_found(self, maya: User, talk: Conversation, key: str) -> None:
        assert browser_of(maya).post(desk_path(talk, f"folders/{key}/delete")).status_code == 404

    def test_a_colleagues_folder_is_not_found(self, company: Company, maya: User, talk: Conversation) -> None:
        liam = Agent.objects.get(user=hire(company, "liam"), environment="production")
        theirs = create_folder(by=Actor.system(company.pk), agent=liam, name="His")
        assert browser_of(maya).post(desk_path(talk, f"folders/{theirs.pk}/delete")).status_code == 404
        assert CustomFolder.objects.count() == 1
