"""Two agents never hold the same conversation, and nobody gets more than their slots, whoever acts at once.

Threads with transactions of their own, on whichever engine the tests run.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from accounts.services import create_queue
from assignments.errors import AssignmentError
from assignments.lifecycle import (
    assign_waiting,
    create_or_update_conversation,
    end_conversation,
    enqueue,
    take,
    time_out,
    transfer_to_agent,
    transfer_to_queue,
)
from assignments.models import AgentStatus, Assignment, QueueEntry, StatusPeriod
from assignments.tasks import sweep_queues
from composer.desk.services import Outgoing, send_message
from composer.errors import SendError
from conversations.models import Conversation, Message, Participant
from conversations.selectors import Scope
from conversations.services import Party
from tests.assignments.conftest import agent_at_desk, arrive, system, wait
from tests.factories import make_company

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS, SLOTS, WAITING = 8, 2, 14


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def billing(company: Company) -> Queue:
    return create_queue(by=system(company), company=company, name="billing")


@pytest.fixture
def agents(company: Company, billing: Queue) -> list[Agent]:  # noqa: ARG001 the queue first
    return [agent_at_desk(company, f"agent{number}", slots=SLOTS) for number in range(AGENTS)]


def at_once(*work: Callable[[], object]) -> list[object]:
    """Run all of it at the same moment; what each returned, or the refusal that it raised. Anything else fails."""
    barrier = threading.Barrier(len(work))
    results: list[object] = [None] * len(work)

    def run(place: int, step: Callable[[], object]) -> None:
        try:
            barrier.wait()
            results[place] = step()
        except (AssignmentError, SendError) as refusal:
            results[place] = refusal
        except BaseException as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, AssignmentError | SendError):
            raise result
    return results


def check_everything() -> None:
    """What must hold at any time, whatever happened."""
    here = Participant.objects.filter(role="agent", left_at__isnull=True)
    assert max(Counter(here.values_list("conversation", flat=True)).values(), default=1) == 1
    load = here.filter(conversation__status="live").values("agent").annotate(number=Count("pk"))
    assert all(row["number"] <= SLOTS for row in load)
    waits = QueueEntry.objects.filter(left_at__isnull=True)
    for conversation in Conversation.objects.all():
        holders = here.filter(conversation=conversation).count()
        places = waits.filter(conversation=conversation).count()
        open_ = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).count()
        expected = {"waiting": (0, 1, 0), "live": (1, 0, 1), "ended": (0, 0, 0)}[conversation.status]
        assert (holders, places, open_) == expected, conversation.status
        events = Event.objects.filter(conversation_id=conversation.pk).order_by("sequence")
        assert list(events.values_list("sequence", flat=True)) == list(range(1, conversation.last_sequence + 1))


def waiting(company: Company, queue: Queue, agents: Sequence[Agent], number: int) -> list[Conversation]:
    """So many who wait while nobody is given anything: the agents' statuses are set back by hand."""
    active, away = (AgentStatus.objects.get(company=company, name=name) for name in ("Active", "Training"))
    StatusPeriod.objects.filter(agent__in=agents).update(status=away)
    rows = [wait(company, f"c{place}", queue) for place in range(number)]
    StatusPeriod.objects.filter(agent__in=agents).update(status=active)
    return rows


def test_takes_and_automatic_assignment_on_the_same_conversations(
    company: Company, billing: Queue, agents: list[Agent]
) -> None:
    rows = waiting(company, billing, agents, WAITING)

    def grab(agent: Agent, first: int) -> int:
        """Try for every conversation, each agent beginning elsewhere; how many it got."""
        got = 0
        for place in range(len(rows)):
            conversation = rows[(first + place) % len(rows)]
            try:
                take(by=system(company), agent=agent, conversation=conversation)
                got += 1
            except AssignmentError:
                continue
        return got

    def assign() -> int:
        return len(assign_waiting(queue_ids=[billing.pk]))

    takers = [lambda agent=agent, place=place: grab(agent, place) for place, agent in enumerate(agents)]
    results = at_once(*takers, *[assign] * 4)
    assert sum(results) == WAITING  # type: ignore[arg-type]
    check_everything()
    assert Assignment.objects.count() == WAITING
    assert Conversation.objects.filter(status="live").count() == WAITING


def test_eight_agents_take_one_conversation(company: Company, billing: Queue, agents: list[Agent]) -> None:
    [conversation] = waiting(company, billing, agents, 1)
    results = at_once(
        *[lambda agent=agent: take(by=system(company), agent=agent, conversation=conversation) for agent in agents]
    )
    assert sum(isinstance(result, Assignment) for result in results) == 1
    check_everything()


def test_one_agent_takes_more_than_the_slots(company: Company, billing: Queue, agents: list[Agent]) -> None:
    rows = waiting(company, billing, agents, 6)
    results = at_once(*[lambda row=row: take(by=system(company), agent=agents[0], conversation=row) for row in rows])
    assert sum(isinstance(result, Assignment) for result in results) == SLOTS
    check_everything()


def test_a_transfer_against_an_end(company: Company, billing: Queue, agents: list[Agent]) -> None:
    maya, tom = agents[:2]
    for row in waiting(company, billing, agents, 2):
        take(by=system(company), agent=maya, conversation=row)
    for conversation in Conversation.objects.all():
        results = at_once(
            lambda row=conversation: transfer_to_agent(by=system(company), agent=maya, conversation=row, target=tom),
            lambda row=conversation: end_conversation(
                by=system(company), agent=maya, conversation=row, resolution="resolved"
            ),
            lambda row=conversation: time_out(by=system(company), agent=maya, conversation=row),
            lambda row=conversation: transfer_to_queue(by=system(company), agent=maya, conversation=row, queue=billing),
        )
        assert sum(not isinstance(result, AssignmentError) for result in results) == 1
        check_everything()


def test_transfers_that_cross(company: Company, billing: Queue, agents: list[Agent]) -> None:
    maya, tom = agents[:2]
    mine, yours = waiting(company, billing, agents, 2)
    take(by=system(company), agent=maya, conversation=mine)
    take(by=system(company), agent=tom, conversation=yours)
    at_once(
        lambda: transfer_to_agent(by=system(company), agent=maya, conversation=mine, target=tom),
        lambda: transfer_to_agent(by=system(company), agent=tom, conversation=yours, target=maya),
    )
    check_everything()
    assert Conversation.objects.filter(status="live").count() == 2


def test_nothing_is_sent_after_a_transfer(company: Company, billing: Queue, agents: list[Agent]) -> None:
    maya, tom = agents[:2]
    assert maya.user is not None
    by = Actor.user(maya.user)
    [conversation] = waiting(company, billing, agents, 1)
    take(by=by, agent=maya, conversation=conversation)

    def send() -> Message:
        outgoing = Outgoing(str(uuid.uuid4()), "One moment please", timezone.now())
        return send_message(by=by, agent=maya, conversation_id=conversation.pk, outgoing=outgoing)

    results = at_once(*[send] * 6, lambda: transfer_to_agent(by=by, agent=maya, conversation=conversation, target=tom))
    assert isinstance(results[-1], Assignment)
    moved = Event.objects.get(conversation_id=conversation.pk, type="conversation.transferred").sequence
    sent = Message.objects.filter(conversation=conversation)
    assert sent.count() == sum(isinstance(result, Message) for result in results)
    assert all(row.sequence < moved for row in sent)
    check_everything()


def test_an_api_call_against_a_take(company: Company, billing: Queue, agents: list[Agent]) -> None:
    [conversation] = waiting(company, billing, agents, 1)
    at_once(
        lambda: take(by=system(company), agent=agents[0], conversation=conversation),
        lambda: create_or_update_conversation(
            by=system(company),
            scope=Scope(company.pk, conversation.environment),
            external_id=conversation.external_id,
            customer=Party("customer-of-c0"),
            started_at=conversation.started_at,
            agent=Party("elsewhere-7", "Elsewhere"),
        ),
    )
    here = Participant.objects.get(conversation=conversation, role="agent", left_at__isnull=True)
    assert here.agent.external_id == "elsewhere-7"
    sweep_queues()
    assert not QueueEntry.objects.filter(left_at__isnull=True).exists()
    assert Assignment.objects.get(ended_at__isnull=True).agent == here.agent


def test_many_sweeps_and_arrivals_at_once(company: Company, billing: Queue, agents: list[Agent]) -> None:
    rows = [arrive(company, f"c{number}") for number in range(6)]
    at_once(
        *[lambda row=row: enqueue(by=system(company), conversation=row, queue=billing) for row in rows],
        *[sweep_queues] * 4,
    )
    sweep_queues()
    check_everything()
    assert Conversation.objects.filter(status="live").count() == len(rows)
    assert Assignment.objects.filter(agent__in=agents).count() == len(rows)
