"""Random walks through the life of conversations: whatever happens in whatever order, the rows agree with each other.

The walks are the same in every run. Look for new ones, on either engine, with
`./desk test tests/assignments/test_lifecycle_walk.py --hypothesis-profile search`; thousands of steps take minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import hypothesis
import pytest
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.actors import Actor
from accounts.models import ActorKind, Agent, Company, Queue
from assignments import lifecycle
from assignments.errors import AssignmentError
from assignments.models import AgentStatus, Assignment, DeskConnection
from assignments.presence import slots_of
from assignments.services import desk_closed, desk_opened, pause_queue, resume_queue, set_slots, set_status
from assignments.tasks import sweep_queues
from conversations.errors import ConversationError
from conversations.history import PastConversation, PastMessage
from conversations.models import Conversation, Participant, Resolution, Status
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from tests.assignments.conftest import agent_at_desk
from tests.assignments.invariants import check_invariants

pytestmark = pytest.mark.django_db

WALKS, STEPS = 6, 25  # about ten seconds on a quiet core
SEVERAL = 4  # conversations; more would seldom meet each other

any_conversation = st.integers(0, SEVERAL - 1)
any_agent = st.integers(0, 2)
any_queue = st.integers(0, 1)


@dataclass
class World:
    """The company that all walks begin with."""

    company: Company
    queues: list[Queue]
    agents: list[Agent]
    now: datetime = field(default_factory=lambda: datetime(2030, 1, 1, 12, tzinfo=UTC))


class Walk(RuleBasedStateMachine):
    """One walk, in a transaction that is rolled back at its end. A refusal is an answer like any other."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.world.now = datetime(2030, 1, 1, 12, tzinfo=UTC)
        self.by = Actor.system(self.world.company.pk)
        self.assigned: set[int] = set()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._transaction.__exit__(None, None, None)

    def do(self, act: Callable[..., Any], **about: Any) -> None:
        """Do it and what follows its commit, or be refused."""
        with TestCase.captureOnCommitCallbacks(execute=True), suppress(AssignmentError, ConversationError):
            act(**about)
        rows = Assignment.objects.exclude(origin="outside").exclude(pk__in=self.assigned).select_related("agent")
        for row in rows:
            slots = slots_of(row.agent)
            assert slots.used <= slots.total, (act, row)
        self.assigned.update(row.pk for row in rows)

    def conversation(self, number: int) -> Conversation | None:
        return Conversation.objects.filter(external_id=f"c{number}").first()

    def about(self, number: int) -> dict[str, Any]:
        return {
            "by": self.by,
            "scope": Scope(self.world.company.pk, "production"),
            "external_id": f"c{number}",
            "customer": Party(f"customer-{number}", "Nora"),
            "started_at": timezone.now(),
        }

    def with_conversation(self, number: int, act: Callable[..., Any], **about: Any) -> None:
        found = self.conversation(number)
        if found is not None:
            self.do(act, **{"by": self.by, **about}, conversation=found)

    @rule(number=any_conversation, queue=any_queue)
    def come(self, number: int, queue: int) -> None:
        if self.conversation(number) is None:
            self.do(lifecycle.create_or_update_conversation, **self.about(number), channel="web")
        self.with_conversation(number, lifecycle.enqueue, queue=self.world.queues[queue])

    @rule(
        number=any_conversation,
        agent=st.sampled_from(["", "elsewhere", "maya", "tom"]),
        queue=st.sampled_from(["", "billing", "mobile"]),
        ahead=st.integers(0, 1),
    )
    def call(self, number: int, agent: str, queue: str, ahead: int) -> None:
        about = {**self.about(number), "started_at": timezone.now() + timedelta(minutes=ahead)}
        metadata = {"queue": queue} if queue else {}
        party = Party(agent, "Robin") if agent else None
        self.do(lifecycle.create_or_update_conversation, **about, agent=party, metadata=metadata)

    @rule(number=any_conversation, status=st.sampled_from(list(Status)))
    def import_one(self, number: int, status: Status) -> None:
        moment = timezone.now() - timedelta(minutes=3)
        past = PastConversation(
            f"c{number}",
            [PastMessage("customer", f"customer-{number}", "Hello", moment)],
            customer=Party(f"customer-{number}", "Nora"),
            agent=Party("tom") if status in {Status.LIVE, Status.ENDED} else None,
            queue="billing",
            status=status,
        )
        scope = Scope(self.world.company.pk, "production")
        self.do(lifecycle.import_conversations, by=self.by, scope=scope, batch=[past])

    @rule(number=any_conversation, agent=any_agent)
    def take(self, number: int, agent: int) -> None:
        self.with_conversation(number, lifecycle.take, agent=self.world.agents[agent])

    @rule(number=any_conversation, queue=any_queue)
    def pass_to_queue(self, number: int, queue: int) -> None:
        self.held(number, lifecycle.transfer_to_queue, queue=self.world.queues[queue], note="It is the router")

    @rule(number=any_conversation, other=any_agent)
    def pass_to_agent(self, number: int, other: int) -> None:
        self.held(number, lifecycle.transfer_to_agent, target=self.world.agents[other])

    @rule(number=any_conversation)
    def end(self, number: int) -> None:
        self.held(number, lifecycle.end_conversation, resolution=Resolution.RESOLVED)

    @rule(number=any_conversation)
    def time_out(self, number: int) -> None:
        self.held(number, lifecycle.time_out)

    @rule(number=any_conversation, agent=any_agent)
    def wrap_up(self, number: int, agent: int) -> None:
        about = {"agent": self.world.agents[agent], "resolution": Resolution.UNRESOLVED}
        self.with_conversation(number, lifecycle.wrap_up, **about)

    @rule(number=any_conversation)
    def leave(self, number: int) -> None:
        by = Actor(self.world.company.pk, ActorKind.CUSTOMER, "1")
        self.with_conversation(number, lifecycle.close_conversation, by=by)

    @rule(number=any_conversation, resolution=st.sampled_from(["", "resolved", "timed_out"]))
    def end_elsewhere(self, number: int, resolution: str) -> None:
        self.with_conversation(number, lifecycle.end_elsewhere, resolution=resolution)

    def held(self, number: int, act: Callable[..., Any], **about: Any) -> None:
        """As whoever has the conversation does, from another system or not."""
        here = Participant.objects.filter(conversation__external_id=f"c{number}", role="agent", left_at__isnull=True)
        for holder in here.select_related("agent__user"):
            self.with_conversation(number, act, agent=holder.agent, **about)

    @rule(number=any_conversation, role=st.sampled_from(["customer", "agent"]))
    def say(self, number: int, role: str) -> None:
        message = NewMessage(role=role, sender="tom", text="Hello", sent_at=timezone.now())
        self.with_conversation(number, add_messages, messages=[message])

    @rule(agent=any_agent)
    def open_desk(self, agent: int) -> None:
        self.do(desk_opened, by=self.by, agent=self.world.agents[agent])

    @rule(agent=any_agent)
    def close_desk(self, agent: int) -> None:
        for connection in DeskConnection.objects.filter(agent=self.world.agents[agent]).select_related("agent"):
            self.do(desk_closed, connection=connection)

    @rule(agent=any_agent, name=st.sampled_from(["Active", "Coaching"]))
    def change_status(self, agent: int, name: str) -> None:
        status = AgentStatus.objects.get(company=self.world.company, name=name)
        self.do(set_status, by=self.by, agent=self.world.agents[agent], status=status)

    @rule(agent=any_agent, slots=st.integers(0, 2))
    def change_slots(self, agent: int, slots: int) -> None:
        self.do(set_slots, by=self.by, agent=self.world.agents[agent], slots=slots)

    @rule(queue=any_queue, act=st.sampled_from([pause_queue, resume_queue]))
    def pause(self, queue: int, act: Callable[..., Any]) -> None:
        self.do(act, by=self.by, queue=self.world.queues[queue])

    @rule(seconds=st.sampled_from([1, 20, 61, 25 * 3600]))
    def wait(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        self.do(sweep_queues)
        with TestCase.captureOnCommitCallbacks(execute=True):
            assert sweep_queues() == 0  # the first run left nothing to do

    @invariant()
    def rows_agree(self) -> None:
        check_invariants()


@pytest.fixture
def world(company: Company, billing: Queue, mobile: Queue, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    settings.FIRST_REPLY_S = 45
    world = World(company, [billing, mobile], [])
    monkeypatch.setattr(timezone, "now", lambda: world.now)
    queues = [["billing"], ["billing", "mobile"], ["mobile"]]
    for name, own in zip(["maya", "tom", "ana"], queues, strict=True):
        world.agents.append(agent_at_desk(company, name, queues=own, slots=2, connected=name != "ana"))
    return world


def test_rows_agree_after_every_transition(world: World) -> None:
    Walk.world = world
    profile = hypothesis.settings()
    is_search = profile.max_examples > 1000
    run_state_machine_as_test(
        Walk,
        settings=hypothesis.settings(
            max_examples=300 if is_search else WALKS,
            stateful_step_count=60 if is_search else STEPS,
            derandomize=not is_search,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
