"""create_or_update_conversation: what is sent changes, what is not sent stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Agent, Company, Event
from accounts.services import create_queue
from assignments.lifecycle import create_or_update_conversation, end_elsewhere
from conversations.errors import TooMuchMetadataError
from conversations.models import (
    MAX_METADATA_ENTRIES,
    MAX_NAME_LENGTH,
    Conversation,
    Customer,
    Metadata,
    Participant,
)
from conversations.selectors import Scope
from conversations.services import Party
from tests.factories import MOMENT, make_company

pytestmark = pytest.mark.django_db

SARAH = Party("11462", "Sarah Jones")
ROBIN = Party("671", "Robin Agent")


@pytest.fixture
def company() -> Company:
    return make_company()


def upsert(company: Company, *, environment: str = "production", **fields: Any) -> Conversation:
    fields = {"external_id": "33411121", "customer": SARAH, "started_at": MOMENT, **fields}
    return create_or_update_conversation(by=Actor.system(company.pk), scope=Scope(company.pk, environment), **fields)


def events() -> list[str]:
    return [
        type_.removeprefix("conversation.")
        for type_ in Event.objects.order_by("sequence").values_list("type", flat=True)
    ]


def people(role: str) -> list[tuple[str, str, bool]]:
    """External id, name and whether still there, in the order in which they joined."""
    rows = Participant.objects.filter(role=role).select_related("agent", "customer").order_by("pk")
    return [(row.external_id, row.name, row.left_at is None) for row in rows]


class TestCreated:
    def test_with_an_agent_it_is_live_and_without_one_automated(self, company: Company) -> None:
        assert upsert(company, external_id="a", agent=ROBIN).status == "live"
        assert upsert(company, external_id="b").status == "automated"

    def test_everybody_joins_when_it_started(self, company: Company) -> None:
        upsert(company, agent=ROBIN)
        assert set(Participant.objects.values_list("joined_at", flat=True)) == {MOMENT}

    def test_its_events_tell_how_it_began(self, company: Company) -> None:
        conversation = upsert(company, agent=ROBIN)
        assert events() == ["created", "agent_joined"]
        assert conversation.last_sequence == 2

    def test_environments_and_companies_have_their_own(self, company: Company) -> None:
        ids = {
            upsert(company).pk,
            upsert(company, environment="sandbox").pk,
            upsert(make_company("globex")).pk,
        }
        assert len(ids) == 3
        assert Customer.objects.filter(external_id="11462").count() == 3


class TestUpdated:
    def test_the_same_again_changes_nothing(self, company: Company) -> None:
        first = upsert(company, agent=ROBIN, metadata={"tier": "gold"})
        again = upsert(company, agent=ROBIN, metadata={"tier": "gold"})
        assert again.last_sequence == first.last_sequence
        assert events() == ["created", "agent_joined"]
        assert Participant.objects.count() == 2

    def test_start_and_channel_stay_as_they_were_first_said(self, company: Company) -> None:
        upsert(company, channel="web")
        upsert(company, channel="sms", started_at=MOMENT + timedelta(days=1))
        row = Conversation.objects.get()
        assert (row.channel, row.started_at) == ("web", MOMENT)

    def test_without_an_agent_the_present_one_stays(self, company: Company) -> None:
        upsert(company, agent=ROBIN)
        assert upsert(company).status == "live"
        assert people("agent") == [("671", "Robin Agent", True)]

    def test_another_agent_takes_over(self, company: Company) -> None:
        upsert(company, agent=ROBIN)
        upsert(company, agent=Party("672", "Alex"))
        assert people("agent") == [("671", "Robin Agent", False), ("672", "Alex", True)]
        assert events() == ["created", "agent_joined", "agent_left", "agent_joined", "updated"]
        left, joined = Event.objects.filter(type__contains="agent_").order_by("sequence")[1:]
        assert (left.agent and left.agent.external_id, joined.agent and joined.agent.external_id) == ("671", "672")

    def test_an_agent_who_joins_makes_it_live(self, company: Company) -> None:
        upsert(company)
        assert upsert(company, agent=ROBIN).status == "live"
        assert Conversation.objects.get().status == "live"

    @pytest.mark.parametrize("agent", [None, ROBIN])
    def test_an_ended_one_stays_ended_whatever_comes_late(self, company: Company, agent: Party | None) -> None:
        end_elsewhere(by=Actor.system(company.pk), conversation=upsert(company, agent=ROBIN))
        upsert(company, agent=agent, metadata={"late": "news"})
        assert Conversation.objects.get().status == "ended"
        assert Metadata.objects.get().value == "news"

    def test_an_ended_one_goes_on_with_an_agent_who_did_not_end_it(self, company: Company) -> None:
        end_elsewhere(by=Actor.system(company.pk), conversation=upsert(company, agent=ROBIN), resolution="resolved")
        upsert(company, agent=Party("672", "Alex"))
        row = Conversation.objects.get()
        assert (row.status, row.ended_at, row.resolution) == ("live", None, "")
        assert people("agent") == [("671", "Robin Agent", False), ("672", "Alex", True)]
        assert events()[-4:] == ["ended", "resumed", "agent_joined", "updated"]

    def test_a_name_is_changed_in_place_and_an_unsent_one_stays(self, company: Company) -> None:
        upsert(company, agent=ROBIN)
        upsert(company, customer=Party("11462"), agent=Party("671"))
        assert people("customer") == [("11462", "Sarah Jones", True)]
        upsert(company, customer=Party("11462", "Sarah Smith"), agent=Party("671", "Robin"))
        assert people("customer") == [("11462", "Sarah Smith", True)]
        assert people("agent") == [("671", "Robin", True)]
        upsert(company, customer=Party("11462", ""))
        assert people("customer") == [("11462", "", True)]

    def test_another_customer_takes_the_place_of_the_first(self, company: Company) -> None:
        upsert(company)
        upsert(company, customer=Party("555", "Kim"))
        assert people("customer") == [("11462", "Sarah Jones", False), ("555", "Kim", True)]


class TestNames:
    @pytest.mark.parametrize(
        ("typed", "stored"), [("  Sarah\n\tJones ", "Sarah Jones"), ("\u202eSarah", "Sarah"), ("...", ""), ("", "")]
    )
    def test_names_are_one_line_without_hidden_signs(self, company: Company, typed: str, stored: str) -> None:
        upsert(company, customer=Party("11462", typed), agent=Party("671", typed))
        assert people("customer") == [("11462", stored, True)]
        assert people("agent") == [("671", stored, True)]

    def test_a_customers_name_is_redacted(self, company: Company) -> None:
        upsert(company, customer=Party("11462", "Kim 4111 1111 1111 1111"))
        [(_, name, _)] = people("customer")
        assert name.startswith("Kim ")
        assert "4111 1111 1111" not in name

    def test_a_long_name_is_cut_to_what_the_row_holds(self, company: Company) -> None:
        upsert(company, customer=Party("11462", "x" * (MAX_NAME_LENGTH + 50)))
        assert people("customer") == [("11462", "x" * MAX_NAME_LENGTH, True)]

    def test_an_agents_row_gets_the_name_where_it_had_none(self, company: Company) -> None:
        upsert(company, agent=Party("671"))
        assert Agent.objects.get(external_id="671").name == ""
        upsert(company, external_id="other", agent=Party("671", "Robin"))
        assert Agent.objects.get(external_id="671").name == "Robin"


class TestMetadata:
    @staticmethod
    def stored() -> dict[str, str]:
        return dict(Metadata.objects.values_list("name", "value"))

    def test_named_keys_change_and_others_stay(self, company: Company) -> None:
        upsert(company, metadata={"tier": "gold", "town": "Oslo"})
        upsert(company, metadata={"tier": "", "plan": "basic"})
        upsert(company)
        assert self.stored() == {"tier": "", "town": "Oslo", "plan": "basic"}
        assert events() == ["created", "updated"]

    def test_names_are_told_apart_by_case(self, company: Company) -> None:
        upsert(company, metadata={"Tier": "a", "tier": "b"})
        assert self.stored() == {"Tier": "a", "tier": "b"}

    def test_more_than_may_be_is_refused_and_changes_nothing(self, company: Company) -> None:
        full = {f"key {number}": "x" for number in range(MAX_METADATA_ENTRIES)}
        with pytest.raises(TooMuchMetadataError):
            upsert(company, metadata={**full, "one more": "x"})
        assert not Conversation.objects.exists()
        upsert(company, metadata=full)
        with pytest.raises(TooMuchMetadataError):
            upsert(company, metadata={"key 0": "y", "one more": "x"}, agent=ROBIN)
        assert self.stored() == full
        assert people("agent") == []

    def test_a_full_one_may_still_be_changed(self, company: Company) -> None:
        upsert(company, metadata={f"key {number}": "x" for number in range(MAX_METADATA_ENTRIES)})
        upsert(company, metadata={"key 0": "y"})
        assert self.stored()["key 0"] == "y"
        Metadata.objects.create(conversation=Conversation.objects.get(), name="from before the limit", value="x")
        upsert(company, metadata={"key 1": "y"})
        assert self.stored()["key 1"] == "y"


class TestQueue:
    @pytest.mark.parametrize(
        ("metadata", "queue"),
        [
            ({"queue_name": "billing"}, "billing"),
            ({"queue": "billing"}, "billing"),
            ({"queue_name": "billing", "queue": "sales"}, "billing"),
            ({"queue_name": "", "queue": "sales"}, "sales"),
            ({"queue_name": "nowhere"}, None),
            ({"queue_name": ""}, None),
            ({"tier": "billing"}, None),
            ({"queue": "secret"}, None),
        ],
        ids=str,
    )
    def test_metadata_names_a_queue_of_the_company(
        self, company: Company, metadata: dict[str, str], queue: str | None
    ) -> None:
        for name in ("billing", "sales"):
            create_queue(by=Actor.system(company.pk), company=company, name=name)
        globex = make_company("globex")
        create_queue(by=Actor.system(globex.pk), company=globex, name="secret")
        upsert(company, metadata=metadata)
        row = Conversation.objects.select_related("queue").get()
        assert (row.queue.name if row.queue else None) == queue

    def test_it_stays_where_no_queue_or_an_unknown_one_is_named(self, company: Company) -> None:
        create_queue(by=Actor.system(company.pk), company=company, name="billing")
        upsert(company, metadata={"queue": "billing"})
        upsert(company)
        upsert(company, metadata={"queue": "nowhere"})
        row = Conversation.objects.select_related("queue").get()
        assert row.queue is not None
        assert row.queue.name == "billing"
