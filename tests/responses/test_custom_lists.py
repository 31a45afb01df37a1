"""An agent's own list: folders in folders but never in themselves, responses with their metadata, and greetings."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company
from accounts.selectors import agent_key
from accounts.services import known_agent
from caching import versions
from conversations.selectors import Scope
from responses.browse import ROOT
from responses.errors import FolderCycleError
from responses.lists import load_custom_list
from responses.models import CustomFolder, CustomMetadataValue, CustomResponse
from responses.selectors import agent_greets, company_greets, find_agent, greeting_rules, greeting_texts
from responses.services import (
    create_folder,
    create_response,
    delete_folder,
    delete_response,
    set_greeting_texts,
    set_greetings_enabled,
    update_folder,
    update_response,
)
from tests.configuring import set_greetings_of
from tests.factories import make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


@pytest.fixture
def robin(company: Company) -> Agent:
    return known_agent(company_id=company.pk, environment="production", external_id="671")


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope(company.pk, "production")


def tree(agent: Agent) -> dict[str, str | None]:
    """The folders by name, each with the name of the one that it lies in."""
    rows = CustomFolder.objects.filter(agent=agent).select_related("parent")
    return {row.name: row.parent.name if row.parent else None for row in rows}


class TestFolders:
    @pytest.fixture
    def chain(self, by: Actor, robin: Agent) -> list[CustomFolder]:
        """a, in it b, in it c."""
        folders: list[CustomFolder] = []
        for name in "abc":
            parent = folders[-1] if folders else None
            folders.append(create_folder(by=by, agent=robin, name=name, parent=parent))
        return folders

    @pytest.mark.parametrize(("folder", "parent"), [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2)])
    def test_none_lies_in_itself_or_in_one_inside_it(
        self, by: Actor, robin: Agent, chain: list[CustomFolder], folder: int, parent: int
    ) -> None:
        with pytest.raises(FolderCycleError):
            update_folder(by=by, folder=chain[folder], name="moved", parent=chain[parent])
        assert tree(robin) == {"a": None, "b": "a", "c": "b"}

    def test_it_may_move_up_down_and_beside(self, by: Actor, robin: Agent, chain: list[CustomFolder]) -> None:
        update_folder(by=by, folder=chain[2], name="c", parent=chain[0])
        assert tree(robin) == {"a": None, "b": "a", "c": "a"}
        update_folder(by=by, folder=chain[1], name="b", parent=chain[2])
        assert tree(robin) == {"a": None, "b": "c", "c": "a"}
        update_folder(by=by, folder=chain[2], name="see")
        assert tree(robin) == {"a": None, "b": "see", "see": None}

    def test_a_move_that_was_fine_when_it_was_read_is_checked_again(
        self, by: Actor, robin: Agent, chain: list[CustomFolder]
    ) -> None:
        top = CustomFolder.objects.get(pk=chain[0].pk)
        update_folder(by=by, folder=chain[1], name="b")
        update_folder(by=by, folder=top, name="a", parent=chain[1])
        with pytest.raises(FolderCycleError):
            update_folder(by=by, folder=chain[1], name="b", parent=top)
        assert tree(robin) == {"a": "b", "b": None, "c": "b"}

    def test_what_lay_in_a_deleted_one_moves_up(self, by: Actor, robin: Agent, chain: list[CustomFolder]) -> None:
        response = create_response(by=by, agent=robin, title="t", text="x", folder=chain[1])
        delete_folder(by=by, folder=chain[1])
        response.refresh_from_db()
        assert response.folder == chain[0]
        assert tree(robin) == {"a": None, "c": "a"}

    def test_agents_have_their_own(self, company: Company, by: Actor, robin: Agent, chain: list[CustomFolder]) -> None:
        other = known_agent(company_id=company.pk, environment="production", external_id="672")
        create_folder(by=by, agent=other, name="a")
        delete_folder(by=by, folder=chain[0])
        assert tree(other) == {"a": None}
        assert len(load_custom_list(other).folders) == 1
        assert len(load_custom_list(robin).folders) == 2


class TestResponses:
    METADATA = (("tier", ("silver", "gold", "silver")), ("NAME", ()), ("a", ("",)))

    def test_metadata_keep_the_order_in_which_they_were_sent(self, by: Actor, robin: Agent) -> None:
        create_response(by=by, agent=robin, title="t", text="x", metadata=self.METADATA)
        [item] = load_custom_list(robin).responses
        assert item.metadata == self.METADATA

    def test_an_update_replaces_everything(self, by: Actor, robin: Agent) -> None:
        folder = create_folder(by=by, agent=robin, name="f")
        first = create_response(by=by, agent=robin, title="t", text="x", folder=folder, metadata=self.METADATA)
        update_response(by=by, response=first, title="new", text="y")
        [item] = load_custom_list(robin).responses
        assert (item.id, item.title, item.text, item.folder_id, item.metadata) == (first.pk, "new", "y", ROOT, ())
        assert not CustomMetadataValue.objects.exists()

    def test_they_come_by_title(self, by: Actor, robin: Agent) -> None:
        for title in ("c", "a", "b"):
            create_response(by=by, agent=robin, title=title, text="x")
        assert [item.title for item in load_custom_list(robin).responses] == ["a", "b", "c"]

    def test_one_that_is_deleted_is_gone_with_its_metadata(self, by: Actor, robin: Agent) -> None:
        response = create_response(by=by, agent=robin, title="t", text="x", metadata=self.METADATA)
        delete_response(by=by, response=CustomResponse.objects.get(pk=response.pk))
        assert load_custom_list(robin).responses == ()
        assert not CustomMetadataValue.objects.exists()

    def test_each_change_is_on_record_without_the_text(self, by: Actor, robin: Agent) -> None:
        response = create_response(by=by, agent=robin, title="secret title", text="secret text")
        update_response(by=by, response=response, title="secret title", text="secret text 2")
        delete_response(by=by, response=response)
        entries = AuditEntry.objects.filter(action__startswith="custom_response").order_by("at")
        assert [entry.action.partition(".")[2] for entry in entries] == ["created", "updated", "deleted"]
        assert "secret" not in str(list(entries.values()))
        assert entries[0].after["text_length"] == len("secret text")
        assert entries[1].before["text_digest"] == entries[0].after["text_digest"] != entries[1].after["text_digest"]

    def test_each_change_makes_copies_of_that_agents_list_stale(
        self, company: Company, by: Actor, robin: Agent, django_capture_on_commit_callbacks: Any
    ) -> None:
        other = known_agent(company_id=company.pk, environment="production", external_id="672")
        watched = [agent_key(robin.pk), agent_key(other.pk)]
        made: dict[str, Any] = {}
        steps = [
            lambda: made.update(folder=create_folder(by=by, agent=robin, name="f")),
            lambda: update_folder(by=by, folder=made["folder"], name="g"),
            lambda: made.update(response=create_response(by=by, agent=robin, title="t", text="x")),
            lambda: update_response(by=by, response=made["response"], title="t", text="y"),
            lambda: delete_response(by=by, response=made["response"]),
            lambda: delete_folder(by=by, folder=made["folder"]),
            lambda: set_greeting_texts(by=by, agent=robin, generic="Hi", named=None),
            lambda: set_greetings_enabled(by=by, agent=robin, enabled=False),
        ]
        for step in steps:
            before = versions.read(watched)
            with django_capture_on_commit_callbacks(execute=True):
                step()
            after = versions.read(watched)
            assert [after[key] == before[key] for key in watched] == [False, True]


class TestGreetings:
    @pytest.fixture
    def defaults(self, company: Company) -> Company:
        set_greetings_of(company, enabled=True, generic_text="Hello", named_text="Hello {NAME}")
        return company

    @pytest.mark.parametrize(
        ("company_on", "own", "greets"),
        [(True, None, True), (True, True, True), (True, False, False), (False, None, False)],
    )
    def test_the_agents_switch_goes_over_the_companys(
        self,
        by: Actor,
        robin: Agent,
        scope: Scope,
        defaults: Company,
        company_on: bool,
        own: bool | None,
        greets: bool,
    ) -> None:
        set_greetings_of(defaults, enabled=company_on)
        if own is not None:
            set_greetings_enabled(by=by, agent=robin, enabled=own)
        assert agent_greets(scope, robin) is greets
        assert (greeting_rules(scope, robin) is not None) is greets

    def test_no_agents_switch_opens_what_the_company_closed(
        self, by: Actor, robin: Agent, scope: Scope, defaults: Company
    ) -> None:
        set_greetings_of(defaults, enabled=False)
        set_greetings_enabled(by=by, agent=robin, enabled=True)
        assert not company_greets(scope)
        assert greeting_rules(scope, robin) is None

    @pytest.mark.parametrize(
        ("generic", "named", "texts"),
        [
            (None, None, ("Hello", "Hello {NAME}")),
            ("Hi", None, ("Hi", "Hello {NAME}")),
            (None, "Hi {NAME}", ("Hello", "Hi {NAME}")),
            ("", "", ("", "")),
        ],
    )
    @pytest.mark.usefixtures("defaults")
    def test_own_texts_go_over_the_defaults_one_by_one(
        self,
        by: Actor,
        robin: Agent,
        scope: Scope,
        generic: str | None,
        named: str | None,
        texts: tuple[str, str],
    ) -> None:
        set_greeting_texts(by=by, agent=robin, generic=generic, named=named)
        assert greeting_texts(scope, robin) == texts
        rules = greeting_rules(scope, robin)
        assert rules is not None
        assert (rules.generic, rules.named) == texts
        assert greeting_texts(scope, None) == ("Hello", "Hello {NAME}")

    @pytest.mark.usefixtures("defaults")
    def test_a_switch_keeps_the_texts_and_texts_keep_the_switch(self, by: Actor, robin: Agent, scope: Scope) -> None:
        set_greeting_texts(by=by, agent=robin, generic="Hi", named=None)
        set_greetings_enabled(by=by, agent=robin, enabled=False)
        set_greeting_texts(by=by, agent=robin, generic="Hey", named=None)
        assert greeting_texts(scope, robin)[0] == "Hey"
        assert not agent_greets(scope, robin)


def test_agents_are_found_in_their_scope_only(robin: Agent, scope: Scope) -> None:
    assert find_agent(scope, "671") == robin
    assert find_agent(scope, "672") is None
    assert find_agent(Scope(scope.company_id, "sandbox"), "671") is None
    assert find_agent(Scope(make_company("globex").pk, "production"), "671") is None
