"""apply_retention: what is old enough is erased, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from assignments.lifecycle import close_conversation
from conversations.models import Conversation, Customer, Message
from partitioning.months import Month
from partitioning.tables import ensure_partitions, partitions_of
from privacy.services import apply_retention
from tests.commanding import run
from tests.factories import make_company, make_conversation, say

pytestmark = [pytest.mark.django_db, pytest.mark.both_engines]


@pytest.fixture
def company() -> Company:
    return make_company()


def conversation(company: Company, name: str, *, days_ago: float, ended: bool = True) -> Conversation:
    """A conversation in which the last thing happened this long ago. Each has a customer of its own."""
    made = make_conversation(company, name, customer=f"customer of {name}", agent=None)
    say(made, f"This is {name}")
    if ended:
        close_conversation(by=Actor.system(company.pk), conversation=made)
    at = timezone.now() - timedelta(days=days_ago)
    Conversation.objects.filter(pk=made.pk).update(started_at=at, created_at=at, ended_at=at if ended else None)
    Message.objects.filter(conversation=made).update(created_at=at, sent_at=at)
    Customer.objects.filter(external_id=f"customer of {name}").update(created_at=at)
    return made


def apply(company: Company, days: int = 30) -> tuple[int, int]:
    erased = apply_retention(by=Actor.system(company.pk), company=company, days=days)
    return erased.conversations, erased.customers


def kept() -> set[str]:
    return set(Message.objects.values_list("text", flat=True))


def test_old_conversations_go_and_newer_ones_stay(company: Company) -> None:
    conversation(company, "old", days_ago=31)
    conversation(company, "new", days_ago=29)
    assert apply(company) == (1, 1)
    assert kept() == {"This is new"}
    assert apply(company) == (0, 0)


def test_one_that_never_ends_goes_when_nobody_has_written_for_so_long(company: Company) -> None:
    quiet = conversation(company, "quiet", days_ago=40, ended=False)
    talking = conversation(company, "talking", days_ago=40, ended=False)
    say(talking, "Still here")
    assert apply(company) == (1, 1)
    quiet.refresh_from_db()
    assert (quiet.status, quiet.erased_at is not None) == ("ended", True)
    assert kept() == {"This is talking", "Still here"}


def test_a_customer_who_came_back_keeps_their_id(company: Company) -> None:
    old = conversation(company, "old", days_ago=31)
    back = make_conversation(company, "back", customer="customer of old", agent=None)
    say(back, "Me again")
    assert apply(company) == (1, 0)
    assert Customer.objects.filter(external_id="customer of old").exists()
    assert not old.messages.exists()


def test_other_companies_keep_theirs(company: Company) -> None:
    conversation(make_company("globex"), "theirs", days_ago=100)
    assert apply(company) == (0, 0)
    assert kept() == {"This is theirs"}


def test_a_dry_run_only_counts(company: Company) -> None:
    conversation(company, "old", days_ago=31)
    said = run("apply_retention", "--company", "acme", "--days", 30, "--dry-run")
    assert said.out == "1 conversations would be erased\n"
    assert kept() == {"This is old"}
    assert not AuditEntry.objects.filter(action="retention.applied").exists()


def test_the_command_erases_and_is_audited(company: Company) -> None:
    conversation(company, "old", days_ago=31)
    assert run("apply_retention", "--company", "acme", "--days", 30).out == "erased 1 conversations and 1 customers\n"
    assert AuditEntry.objects.get(action="retention.applied").company == company


@pytest.mark.parametrize("days", [0, -1])
def test_less_than_a_day_is_refused(company: Company, days: int) -> None:
    conversation(company, "old", days_ago=31)
    assert run("apply_retention", "--company", "acme", "--days", days).failed == "--days must be at least 1"
    with pytest.raises(ValueError, match="at least one day"):
        apply_retention(by=Actor.system(company.pk), company=company, days=days)
    assert kept() == {"This is old"}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="partitions are PostgreSQL's")
def test_months_that_are_empty_afterwards_are_dropped(company: Company) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    ensure_partitions([Month.of(long_ago)])
    assert Month.of(long_ago) in partitions_of("conversations_message")
    apply(company, days=90)
    assert Month.of(long_ago) not in partitions_of("conversations_message")
