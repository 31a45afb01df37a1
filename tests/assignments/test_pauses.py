"""Paused queues: nothing is assigned from them, nothing is transferred to them, and those who wait stay."""

from __future__ import annotations

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company, Queue, User
from assignments.errors import PausedQueueError
from assignments.lifecycle import assign_waiting, queues_with_waiting, take, transfer_to_queue
from assignments.models import QueuePause
from assignments.selectors import queue_position, transfer_targets
from assignments.services import pause_queue, resume_queue
from tests.assignments.conftest import agent_at_desk, holder, system, wait
from tests.factories import make_company, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def priya(company: Company) -> User:
    return make_user(company, "priya", roles=["supervisor"])


@pytest.fixture
def maya(company: Company, billing: Queue) -> Agent:  # noqa: ARG001 the queue comes first
    return agent_at_desk(company, "maya")


def test_those_who_wait_stay_until_it_resumes(
    company: Company,
    billing: Queue,
    priya: User,
    maya: Agent,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    by = Actor.user(priya)
    pause_queue(by=by, queue=billing)
    conversation = wait(company, "one", billing)
    assert assign_waiting(queue_ids=[billing.pk]) == []
    assert (queues_with_waiting(), queue_position(conversation)) == ([], 1)
    with django_capture_on_commit_callbacks(execute=True):
        resume_queue(by=by, queue=billing)
    assert holder(conversation) == maya


def test_an_agent_may_still_take_one(company: Company, billing: Queue, maya: Agent) -> None:
    pause_queue(by=system(company), queue=billing)
    conversation = wait(company, "one", billing)
    take(by=system(company), agent=maya, conversation=conversation)
    assert holder(conversation) == maya


def test_no_transfer_goes_to_it(company: Company, billing: Queue, maya: Agent) -> None:
    agent_at_desk(company, "tom")
    conversation = wait(company, "one", billing)
    take(by=system(company), agent=maya, conversation=conversation)
    assert [target.queue for target in transfer_targets(maya, conversation)[0]] == [billing]
    pause_queue(by=system(company), queue=billing)
    assert transfer_targets(maya, conversation)[0] == []
    with pytest.raises(PausedQueueError, match="Billing is paused"):
        transfer_to_queue(by=system(company), agent=maya, conversation=conversation, queue=billing)
    assert holder(conversation) == maya


def test_who_did_it_and_when_is_on_record(billing: Queue, priya: User) -> None:
    by = Actor.user(priya)
    first = pause_queue(by=by, queue=billing)
    assert pause_queue(by=by, queue=billing) == first
    resumed = resume_queue(by=by, queue=billing)
    assert resume_queue(by=by, queue=billing) is None
    pause_queue(by=by, queue=billing)
    assert resumed is not None
    assert resumed.resumed_at is not None
    assert (resumed.pk, resumed.paused_by, resumed.resumed_by) == (first.pk, priya, priya)
    assert QueuePause.objects.filter(queue=billing, resumed_at__isnull=True).count() == 1
    actions = AuditEntry.objects.filter(subject_type="Queue", action__startswith="queue.").order_by("pk")
    assert [row.action for row in actions][-3:] == ["queue.paused", "queue.resumed", "queue.paused"]


def test_a_queue_of_the_same_name_elsewhere_goes_on(company: Company, billing: Queue) -> None:
    other = make_company("globex")
    ben = agent_at_desk(other, "ben")
    theirs = other.queues.get(name="billing")
    pause_queue(by=system(company), queue=billing)
    conversation = wait(other, "one", theirs)
    assign_waiting(queue_ids=[theirs.pk])
    assert holder(conversation) == ben
