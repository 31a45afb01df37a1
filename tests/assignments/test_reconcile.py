"""The alarm: rows that contradict each other are logged with their ids and mended, and only then."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company, Queue
from assignments.lifecycle import assign_waiting
from assignments.models import Assignment, QueueEntry
from assignments.reconcile import reconcile
from conversations.models import Conversation, Participant
from tests.assignments.conftest import agent_at_desk, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(company: Company, billing: Queue) -> Conversation:
    agent_at_desk(company, "maya")
    conversation = wait(company, "one", billing)
    assign_waiting(queue_ids=[billing.pk])
    conversation.refresh_from_db()
    return conversation


def wait_while_live(_: Conversation) -> None:
    QueueEntry.objects.update(left_at=None, outcome="")


def agent_gone(_: Conversation) -> None:
    Participant.objects.filter(role="agent").update(left_at=timezone.now())


def no_entry(conversation: Conversation) -> None:
    Participant.objects.filter(role="agent").delete()
    Conversation.objects.filter(pk=conversation.pk).update(status="waiting")


def no_assignment(_: Conversation) -> None:
    Assignment.objects.all().delete()


@pytest.mark.parametrize(
    ("break_", "kind"),
    [
        (wait_while_live, "wait_without_waiting"),
        (agent_gone, "assignment_without_agent"),
        (no_entry, "waiting_without_entry"),
        (no_assignment, "agent_without_assignment"),
    ],
)
def test_a_contradiction_is_logged_and_mended_once(
    held: Conversation, break_: Callable[[Conversation], None], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    break_(held)
    assert (reconcile(), reconcile()) == (1, 0)
    [entry] = [row for row in caplog.records if row.levelno == logging.ERROR]
    assert (entry.kind, entry.number, entry.conversations) == (kind, 1, [held.pk])


@pytest.mark.usefixtures("held")
def test_four_queries_where_all_is_well(
    django_assert_num_queries: DjangoAssertNumQueries, caplog: pytest.LogCaptureFixture
) -> None:
    with django_assert_num_queries(4):
        assert reconcile() == 0
    assert not [row for row in caplog.records if row.levelno == logging.ERROR]
