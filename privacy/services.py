"""Erases personal data: that of one customer who asks for it, and that of conversations which are old enough.

What remains of a conversation is who had it, when, and how it ended: reports and numbers stay right. Each batch is a
transaction, and what is erased is not found again, so that a run that was cut short is simply started again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.audit_facts import digest
from accounts.models import Company, Environment
from accounts.personal_data import Erasure, locations
from assignments.lifecycle import close_conversation
from conversations.adding import lock_conversations
from conversations.models import Conversation, Customer, Message, Participant, Status
from conversations.personal_data import ERASED_PREFIX
from partitioning.tables import drop_empty_partitions
from privacy.errors import NoSuchCustomerError

BATCH = 100


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: conversations, customers, and the rows of each location."""

    conversations: int
    customers: int
    rows: Mapping[str, int]


def erase_customer(*, by: Actor, company: Company, environment: str, external_id: str) -> Erased:
    """Erase everything that a customer said and that is known of them. Raises NoSuchCustomerError.

    Conversations that have not ended are ended first. Suggestion models that may have learned from the conversations
    are marked: the next training replaces them.
    """
    customer = Customer.objects.filter(company=company, environment=environment, external_id=external_id).first()
    if customer is None:
        raise NoSuchCustomerError
    conversations = Conversation.objects.filter(participants__customer=customer, erased_at__isnull=True)
    count, rows = _erase_all(by, conversations, environment)
    with transaction.atomic():
        # Last, so that a run that was cut short finds the customer again.
        rows += _apply(Erasure(company.pk, environment, customer_ids=[customer.pk]))
        record(by, "customer.erased", customer, after=_customer_facts(environment, external_id, count, rows))
    return Erased(count, 1, rows)


def apply_retention(*, by: Actor, company: Company, days: int, dry_run: bool = False) -> Erased:
    """Erase conversations in which nothing has happened for this many days, and customers who have no others.

    On PostgreSQL the partitions of months that are empty afterwards are dropped. `dry_run` only counts.
    Raises ValueError for fewer days than 1.
    """
    if days < 1:
        raise ValueError("retention takes at least one day")
    cutoff = timezone.now() - timedelta(days=days)
    erased, customers, rows = 0, 0, Counter[str]()
    for environment in Environment.values:
        conversations = _quiet_since(company, environment, cutoff)
        if dry_run:
            erased += conversations.count()
            continue
        count, changed = _erase_all(by, conversations, environment)
        erased, rows = erased + count, rows + changed
        gone = list(_without_content(company, environment, cutoff).values_list("pk", flat=True))
        with transaction.atomic():
            rows += _apply(Erasure(company.pk, environment, customer_ids=gone))
        customers += len(gone)
    if not dry_run:
        drop_empty_partitions(before=cutoff)
        facts = {"days": days, "conversations": erased, "customers": customers, "counts": _counts(rows)}
        record(by, "retention.applied", company, after=facts)
    return Erased(erased, customers, rows)


def _quiet_since(company: Company, environment: str, cutoff: datetime) -> QuerySet[Conversation]:
    """Return conversations that ended before, or that never end and have had no message since."""
    newer = Message.objects.filter(conversation=OuterRef("pk"), created_at__gte=cutoff)
    old = Conversation.objects.filter(
        company=company, environment=environment, erased_at__isnull=True, started_at__lt=cutoff
    )
    return old.filter(Q(ended_at__lt=cutoff) | (~Q(status=Status.ENDED) & ~Exists(newer)))


def _without_content(company: Company, environment: str, cutoff: datetime) -> QuerySet[Customer]:
    """Return customers whose conversations are all erased."""
    others = Participant.objects.filter(customer=OuterRef("pk"), conversation__erased_at__isnull=True)
    rows = Customer.objects.filter(company=company, environment=environment, created_at__lt=cutoff)
    return rows.exclude(external_id__startswith=ERASED_PREFIX).filter(~Exists(others))


def _erase_all(by: Actor, conversations: QuerySet[Conversation], environment: str) -> tuple[int, Counter[str]]:
    """Erase these conversations, batch by batch, until none is left. Return their number and the rows changed."""
    count, rows = 0, Counter[str]()
    while batch := list(conversations.order_by("pk").distinct()[:BATCH]):
        rows += _erase_batch(by, batch, environment)
        count += len(batch)
    return count, rows


@transaction.atomic
def _erase_batch(by: Actor, batch: Sequence[Conversation], environment: str) -> Counter[str]:
    # Whoever writes to a conversation holds its lock: it is written before, and erased, or refused afterwards.
    locked = lock_conversations([row.pk for row in batch])
    for conversation in locked.values():
        if conversation.status != Status.ENDED:
            close_conversation(by=by, conversation=conversation)
    return _apply(Erasure(by.company_id, environment, conversation_ids=list(locked)))


def _apply(erasure: Erasure) -> Counter[str]:
    return Counter({location.name: location.erase(erasure) for location in locations()})


def _customer_facts(environment: str, external_id: str, count: int, rows: Mapping[str, int]) -> dict[str, object]:
    """Return what the audit keeps: enough to answer whether a request was done, and not the id.

    The digest needs the desk's key: an id that is a phone number could otherwise be found by trying them all.
    """
    known = {"environment": environment, "customer_digest": digest(external_id)}
    return {**known, "conversations": count, "counts": _counts(rows)}


def _counts(rows: Mapping[str, int]) -> list[str]:
    return [f"{name}: {count}" for name, count in rows.items() if count]
