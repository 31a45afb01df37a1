"""Companies, people, queues and agents: made, brought to a state, and apart from those of other companies."""

from __future__ import annotations

import inspect
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.actors import Actor, record
from accounts.models import Agent, AuditEntry, Company, Queue, QueueMembership, User
from accounts.selectors import agent_key, landing_page
from accounts.services import create_company, create_queue, create_user, known_agent
from caching import versions
from tests.factories import PASSWORD, make_company, make_user

pytestmark = pytest.mark.django_db

OTHER = "another long password"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


def make(by: Actor, company: Company, **fields: Any) -> tuple[User, bool]:
    fields = {"username": "alice", "password": PASSWORD, "roles": ["agent"], **fields}
    return create_user(by=by, company=company, **fields)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("at", "pk").values_list("action", flat=True))


class TestPeople:
    def test_an_agent_works_in_every_environment_under_the_user_name(self, by: Actor, company: Company) -> None:
        user, created = make(by, company, full_name="Alice Doe")
        assert created
        agents = Agent.objects.filter(user=user).order_by("environment")
        assert [(row.environment, row.external_id, row.name) for row in agents] == [
            ("production", "alice", "Alice Doe"),
            ("sandbox", "alice", "Alice Doe"),
        ]

    @pytest.mark.parametrize("roles", [["supervisor"], ["admin", "developer"]])
    def test_who_answers_no_customers_is_no_agent(self, by: Actor, company: Company, roles: list[str]) -> None:
        user, _ = make(by, company, roles=roles)
        assert not Agent.objects.exists()
        assert user.role_names() == set(roles)

    def test_an_agent_that_another_system_mentioned_becomes_the_persons(self, by: Actor, company: Company) -> None:
        mentioned = known_agent(company_id=company.pk, environment="sandbox", external_id="alice", name="Al")
        user, _ = make(by, company)
        mentioned.refresh_from_db()
        assert mentioned.user == user
        assert Agent.objects.count() == 2

    def test_again_it_adds_roles_and_queues_and_takes_none(self, by: Actor, company: Company) -> None:
        queues = [create_queue(by=by, company=company, name=name) for name in ("billing", "sales")]
        make(by, company, roles=["agent", "admin"], queues=queues[:1])
        user, created = make(by, company, roles=["supervisor"], queues=queues[1:])
        assert not created
        assert user.role_names() == {"agent", "admin", "supervisor"}
        assert QueueMembership.objects.filter(user=user).count() == 2

    def test_again_without_a_password_it_stays(self, by: Actor, company: Company) -> None:
        user, _ = make(by, company)
        before = user.password
        make(by, company, password=None)
        make(by, company, password=PASSWORD)
        user.refresh_from_db()
        assert user.password == before
        assert "user.password_set" not in actions()

    def test_again_with_another_password_it_is_set(self, by: Actor, company: Company) -> None:
        make(by, company)
        make(by, company, password=OTHER)
        assert User.objects.get().check_password(OTHER)
        assert "user.password_set" in actions()

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"roles": []}, "role"),
            ({"roles": ["boss"]}, "role"),
            ({"roles": ["agent", "boss"]}, "role"),
            ({"username": ""}, "username"),
            ({"username": "two words"}, "username"),
            ({"username": "x" * 151}, "username"),
            ({"full_name": "x" * 201}, "full_name"),
            ({"password": None}, "password"),
            ({"password": ""}, "password"),
            ({"password": "short"}, "password"),
            ({"password": "12345678901234"}, "password"),
            ({"username": "alice_in_wonderland", "password": "alice_in_wonderland"}, "password"),
        ],
        ids=str,
    )
    def test_what_cannot_be_is_refused_by_its_field(
        self, by: Actor, company: Company, fields: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            make(by, company, **fields)
        assert set(caught.value.message_dict) == {field}
        assert not User.objects.exists()

    def test_a_bad_new_password_changes_nothing_of_somebody_who_is_there(self, by: Actor, company: Company) -> None:
        make(by, company)
        with pytest.raises(ValidationError):
            make(by, company, password="short", roles=["admin"])
        user = User.objects.get()
        assert user.check_password(PASSWORD)
        assert user.role_names() == {"agent"}

    def test_a_name_belongs_to_one_company(self, by: Actor, company: Company) -> None:
        make(by, company)
        globex = make_company("globex")
        with pytest.raises(ValidationError) as caught:
            make(Actor.system(globex.pk), globex, password=OTHER)
        assert "taken" in caught.value.message_dict["username"][0]
        assert User.objects.get().check_password(PASSWORD)

    def test_spellings_of_one_name_are_one_person(self, by: Actor, company: Company) -> None:
        """As Unicode has it: the letter é, and e with its accent."""
        first, _ = make(by, company, username="andr\u00e9")
        again, created = make(by, company, username="andre\u0301")
        assert (again, created) == (first, False)

    @pytest.mark.parametrize(
        ("full_name", "shown", "first"),
        [
            ("Maya Byrne", "Maya Byrne", "Maya"),
            ("", "alice", "alice"),
            ("Cher", "Cher", "Cher"),
            ("  ", "alice", "alice"),
        ],
    )
    def test_people_are_called_by_their_name(
        self, by: Actor, company: Company, full_name: str, shown: str, first: str
    ) -> None:
        make(by, company, full_name=full_name)
        user = User.objects.get()
        assert (str(user), user.first_name) == (shown, first)

    @pytest.mark.parametrize(
        ("roles", "page"),
        [(["agent"], "desk"), (["agent", "admin"], "desk"), (["admin"], "home"), (["supervisor", "developer"], "home")],
    )
    def test_everybody_begins_on_their_own_page(self, by: Actor, company: Company, roles: list[str], page: str) -> None:
        assert landing_page(make(by, company, roles=roles)[0]) == page


class TestCompanies:
    def test_the_same_again_changes_nothing(self, company: Company) -> None:
        before = actions()
        again, created = create_company(**{_name_of_slug(): "acme"}, name=company.name)
        assert (again, created) == (company, False)
        assert actions() == before

    def test_another_name_renames_it_and_is_on_record(self, company: Company) -> None:
        create_company(**{_name_of_slug(): "acme"}, name="Acme & Sons")
        company.refresh_from_db()
        assert company.name == "Acme & Sons"
        assert actions()[-1] == "company.renamed"


def _name_of_slug() -> str:
    """The argument that names a company in commands."""
    return next(iter(inspect.signature(create_company).parameters))


class TestQueues:
    def test_a_name_is_one_queue_of_a_company(self, by: Actor, company: Company) -> None:
        first = create_queue(by=by, company=company, name="billing")
        assert create_queue(by=by, company=company, name="billing") == first
        globex = make_company("globex")
        assert create_queue(by=Actor.system(globex.pk), company=globex, name="billing") != first
        assert actions().count("queue.created") == 2

    @pytest.mark.parametrize("name", ["", "x" * 101])
    def test_an_unusable_name_is_refused(self, by: Actor, company: Company, name: str) -> None:
        with pytest.raises(ValidationError) as caught:
            create_queue(by=by, company=company, name=name)
        assert set(caught.value.message_dict) == {"queue"}
        assert not Queue.objects.exists()


class TestKnownAgents:
    @staticmethod
    def known(company: Company, name: str = "", environment: str = "production") -> Agent:
        return known_agent(company_id=company.pk, environment=environment, external_id="671", name=name)

    def test_the_first_mention_makes_one_in_that_environment(self, company: Company) -> None:
        assert self.known(company) == self.known(company)
        assert self.known(company, environment="sandbox") != self.known(company)
        assert self.known(make_company("globex")) != self.known(company)

    def test_a_later_name_replaces_the_older_and_none_does_not(self, company: Company) -> None:
        assert [self.known(company, name).name for name in ("", "Robin", "", "Robin Agent")] == [
            "",
            "Robin",
            "Robin",
            "Robin Agent",
        ]

    def test_a_persons_own_name_stays(self, company: Company) -> None:
        make_user(company, "671")
        assert self.known(company, "Somebody").name == "671"

    def test_only_another_name_makes_copies_stale(
        self, company: Company, django_capture_on_commit_callbacks: Any
    ) -> None:
        key = [agent_key(self.known(company, "Robin").pk)]
        seen = [versions.read(key)]
        for name in ("Robin", "", "Alex"):
            with django_capture_on_commit_callbacks(execute=True):
                self.known(company, name)
            seen.append(versions.read(key))
        assert [one == next_ for one, next_ in pairwise(seen)] == [True, True, False]


class TestAudit:
    def test_an_entry_names_who_did_what_to_which_row(self, company: Company) -> None:
        user = make_user(company)
        entry = record(Actor.user(user), "thing.changed", company, after={"name": "x" * 600})
        assert (entry.company, entry.actor_kind, entry.actor_id) == (company, "user", str(user.pk))
        assert (entry.subject_type, entry.subject_id) == ("Company", str(company.pk))
        assert (entry.before, entry.after) == (None, {"name": "x" * 200})

    def test_no_entry_of_a_person_holds_a_password(self, by: Actor, company: Company) -> None:
        make(by, company)
        make(by, company, password=OTHER)
        entries = str(list(AuditEntry.objects.values()))
        assert PASSWORD not in entries
        assert OTHER not in entries
