"""Agents come and go, customers prove who they are, conversations wait, end and resume: rows, events and refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, Company, Event, Queue
from accounts.services import create_queue, known_agent
from conversations.errors import EndedError, HeldError
from conversations.models import Conversation, CustomerAuthentication, Participant, Resolution
from conversations.participation import (
    admit_agent,
    dismiss_agent,
    end_conversation,
    queue_conversation,
    set_resolution,
)
from conversations.services import authenticate_customer
from tests.factories import make_company, make_conversation

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor(company.pk, ActorKind.USER, "7")


@pytest.fixture
def billing(company: Company, by: Actor) -> Queue:
    return create_queue(by=by, company=company, name="billing")


@pytest.fixture
def robin(company: Company) -> Agent:
    return known_agent(company_id=company.pk, environment="production", external_id="671", name="Robin")


@pytest.fixture
def talk(company: Company) -> Conversation:
    """A conversation without an agent."""
    return make_conversation(company, agent=None)


def last(count: int = 1) -> list[Event]:
    return list(Event.objects.order_by("-sequence")[:count])[::-1]


def agents_here(talk: Conversation) -> list[str]:
    rows = Participant.objects.filter(conversation=talk, role="agent", left_at__isnull=True)
    return list(rows.values_list("agent__external_id", flat=True))


class TestAgents:
    def test_one_who_is_admitted_makes_it_live(self, by: Actor, talk: Conversation, robin: Agent) -> None:
        participant = admit_agent(by=by, conversation=talk, agent=robin, origin="taken", at=NOW)
        talk.refresh_from_db()
        assert (talk.status, agents_here(talk), participant.name) == ("live", ["671"], "Robin")
        [event] = last()
        assert (event.type, event.agent, event.actor_kind, event.actor_id) == (
            "conversation.agent_joined",
            robin,
            "user",
            "7",
        )
        assert event.sequence == talk.last_sequence

    def test_a_second_one_is_refused(self, by: Actor, company: Company, robin: Agent) -> None:
        talk = make_conversation(company, agent="670")
        with pytest.raises(HeldError):
            admit_agent(by=by, conversation=talk, agent=robin, origin="taken", at=NOW)
        assert agents_here(talk) == ["670"]

    def test_nobody_is_admitted_after_the_end(self, by: Actor, talk: Conversation, robin: Agent) -> None:
        end_conversation(by=by, at=NOW, conversation=talk, resolution="timed_out")
        with pytest.raises(EndedError):
            admit_agent(by=by, conversation=talk, agent=robin, origin="taken", at=NOW)

    def test_one_who_goes_is_on_record_with_where_it_went(self, by: Actor, company: Company, billing: Queue) -> None:
        talk = make_conversation(company, agent="671")
        sales = create_queue(by=by, company=company, name="sales")
        Conversation.objects.filter(pk=talk.pk).update(queue=billing)
        dismiss_agent(by=by, at=NOW, conversation=talk, target=sales)
        transferred, left = last(2)
        assert (transferred.type, left.type) == ("conversation.transferred", "conversation.agent_left")
        assert (transferred.from_queue, transferred.to_queue, transferred.to_agent) == (billing, sales, None)
        assert left.agent == transferred.agent
        assert left.agent is not None
        assert left.agent.external_id == "671"
        assert agents_here(talk) == []

    def test_a_transfer_to_an_agent_names_that_agent(self, by: Actor, company: Company, robin: Agent) -> None:
        talk = make_conversation(company, agent="670")
        dismiss_agent(by=by, at=NOW, conversation=talk, target=robin)
        assert [(event.to_agent, event.to_queue) for event in last(2)] == [(robin, None), (robin, None)]

    def test_without_an_agent_there_is_nobody_to_leave(self, by: Actor, talk: Conversation, billing: Queue) -> None:
        dismiss_agent(by=by, at=NOW, conversation=talk, target=billing)
        [event] = last()
        assert (event.type, event.agent, event.to_queue) == ("conversation.transferred", None, billing)


class TestQueues:
    def test_a_customer_waits(self, by: Actor, talk: Conversation, billing: Queue) -> None:
        row = queue_conversation(by=by, at=NOW, conversation=talk, queue=billing)
        assert (row.status, row.queue) == ("waiting", billing)
        assert [(event.type, event.to_queue) for event in last()] == [("conversation.queued", billing)]

    def test_one_that_timed_out_resumes(self, by: Actor, talk: Conversation, billing: Queue) -> None:
        end_conversation(by=by, at=NOW, conversation=talk, resolution="timed_out")
        queue_conversation(by=by, at=NOW, conversation=talk, queue=billing)
        talk.refresh_from_db()
        assert (talk.status, talk.ended_at, talk.resolution) == ("waiting", None, "")
        assert [event.type for event in last(3)] == [
            "conversation.timed_out",
            "conversation.resumed",
            "conversation.queued",
        ]

    @pytest.mark.parametrize("resolution", ["", "resolved", "unresolved"])
    def test_one_that_ended_otherwise_does_not(
        self, by: Actor, talk: Conversation, billing: Queue, resolution: str
    ) -> None:
        end_conversation(by=by, at=NOW, conversation=talk, resolution=resolution)
        with pytest.raises(EndedError):
            queue_conversation(by=by, at=NOW, conversation=talk, queue=billing)
        talk.refresh_from_db()
        assert talk.status == "ended"

    def test_one_with_an_agent_does_not_wait(self, by: Actor, company: Company, billing: Queue) -> None:
        talk = make_conversation(company, agent="671")
        with pytest.raises(HeldError):
            queue_conversation(by=by, at=NOW, conversation=talk, queue=billing)


class TestEnds:
    @pytest.mark.parametrize(
        ("resolution", "type_"),
        [("", "ended"), ("resolved", "ended"), ("unresolved", "ended"), ("timed_out", "timed_out")],
    )
    def test_the_agent_leaves_and_is_named(self, by: Actor, company: Company, resolution: str, type_: str) -> None:
        talk = make_conversation(company, agent="671")
        row = end_conversation(by=by, at=NOW, conversation=talk, resolution=resolution)
        assert (row.status, row.resolution, row.ended_at is not None) == ("ended", resolution, True)
        assert agents_here(talk) == []
        [event] = last()
        assert event.type == f"conversation.{type_}"
        assert event.agent is not None
        assert event.agent.external_id == "671"

    def test_the_customer_stays_known(self, by: Actor, talk: Conversation) -> None:
        end_conversation(by=by, at=NOW, conversation=talk)
        assert Participant.objects.get(role="customer").left_at is None

    def test_it_ends_once(self, by: Actor, talk: Conversation) -> None:
        end_conversation(by=by, at=NOW, conversation=talk, resolution="resolved")
        with pytest.raises(EndedError):
            end_conversation(by=by, at=NOW, conversation=talk, resolution="unresolved")
        talk.refresh_from_db()
        assert talk.resolution == "resolved"

    def test_a_resolution_may_be_said_afterwards_and_only_once(
        self, by: Actor, talk: Conversation, robin: Agent
    ) -> None:
        end_conversation(by=by, at=NOW, conversation=talk)
        about = {"by": by, "agent": robin, "conversation": talk}
        assert set_resolution(**about, resolution=Resolution.UNRESOLVED).resolution == "unresolved"
        count = Event.objects.count()
        assert set_resolution(**about, resolution=Resolution.RESOLVED).resolution == "unresolved"
        assert Event.objects.count() == count
        [event] = last()
        assert (event.type, event.agent, event.payload) == (
            "conversation.updated",
            robin,
            {"resolution": "unresolved"},
        )

    def test_one_that_goes_on_has_no_resolution(self, by: Actor, talk: Conversation, robin: Agent) -> None:
        with pytest.raises(ValueError, match="ended"):
            set_resolution(by=by, agent=robin, conversation=talk, resolution=Resolution.RESOLVED)
        talk.refresh_from_db()
        assert talk.resolution == ""


class TestAuthentication:
    def test_the_proven_customer_takes_over_with_the_name_that_is_known(self, by: Actor, talk: Conversation) -> None:
        authenticate_customer(by=by, conversation=talk, customer_external_id="real", stream_id="s1")
        here = Participant.objects.get(role="customer", left_at__isnull=True)
        assert (here.external_id, here.name) == ("real", "Sarah Jones")
        assert Participant.objects.filter(role="customer").count() == 2
        row = CustomerAuthentication.objects.get()
        assert (row.customer.external_id, row.stream_id) == ("real", "s1")
        assert last()[0].type == "conversation.customer_authenticated"

    def test_the_same_customer_stays_the_same_participant(self, by: Actor, talk: Conversation) -> None:
        for _ in range(2):
            authenticate_customer(by=by, conversation=talk, customer_external_id="11462")
        assert Participant.objects.filter(role="customer").count() == 1
        assert CustomerAuthentication.objects.count() == 2


REFUSED: list[tuple[str, Callable[[Any, Any, Any, Any], object]]] = [
    ("admit", lambda by, talk, agent, _: admit_agent(by=by, conversation=talk, agent=agent, origin="taken", at=NOW)),
    ("queue", lambda by, talk, _, queue: queue_conversation(by=by, at=NOW, conversation=talk, queue=queue)),
    ("end", lambda by, talk, _, __: end_conversation(by=by, at=NOW, conversation=talk)),
]


@pytest.mark.parametrize("act", [act for _, act in REFUSED], ids=[name for name, _ in REFUSED])
def test_a_refusal_leaves_no_trace(
    by: Actor, talk: Conversation, robin: Agent, billing: Queue, act: Callable[[Any, Any, Any, Any], object]
) -> None:
    end_conversation(by=by, at=NOW, conversation=talk, resolution="resolved")
    before = (Event.objects.count(), Participant.objects.count(), Conversation.objects.get().last_sequence)
    with pytest.raises(EndedError):
        act(by, talk, robin, billing)
    assert (Event.objects.count(), Participant.objects.count(), Conversation.objects.get().last_sequence) == before
