"""Monthly partitions on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log.writing import unsaved_event
from accounts.ids import ulid_at
from accounts.models import Event
from partitioning.months import Month
from partitioning.tables import drop_empty_partitions, ensure_partitions, partitioned_tables, partitions_of
from tests.factories import make_company, make_conversation, offer, say

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_engines,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="partitions are PostgreSQL's"),
]

TABLE = "accounts_event"
OLD = datetime(2021, 11, 23, 12, tzinfo=UTC)


def event_at(moment: datetime, **fields: object) -> Event:
    company = make_company(f"acme-{Event.objects.count()}")
    event = unsaved_event(Actor.system(company.pk), "something", at=moment)
    event.id = ulid_at(moment)
    for name, value in fields.items():
        setattr(event, name, value)
    event.save(force_insert=True)
    return event


def partition_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM accounts_event WHERE id = %s", [event.pk])
        (name,) = cursor.fetchone() or ("",)
    return str(name)


def test_this_month_and_three_more_are_there() -> None:
    months = partitions_of(TABLE)
    this = Month.of(timezone.now())
    assert {this, this.next(), this.next().next()} <= set(months)


def test_every_large_table_is_partitioned() -> None:
    assert partitioned_tables() == [
        "accounts_event",
        "composer_composerevent",
        "composer_messageaugmentation",
        "composer_messagesent",
        "composer_offeredreply",
        "composer_offerset",
        "composer_usagereport",
        "conversations_message",
    ]


def test_no_row_of_today_lies_in_a_default_partition() -> None:
    conversation = make_conversation(make_company())
    message = say(conversation, "Hello")
    offer(message, "Hi")
    for table in partitioned_tables():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}_default")  # noqa: S608
            assert cursor.fetchone() == (0,)


def test_a_conversation_is_read_from_one_partition() -> None:
    conversation = make_conversation(make_company())
    plan = conversation.messages.filter(sequence__gt=1).explain()
    assert f"conversations_message_{Month.of(timezone.now())}" in plan
    assert plan.count("conversations_message_y") == plan.count(f"conversations_message_{Month.of(timezone.now())}")


def test_a_row_lies_in_its_month() -> None:
    now = timezone.now()
    assert partition_of(event_at(now)) == f"{TABLE}_{Month.of(now)}"


def test_a_row_of_a_month_that_is_missing_is_stored_and_moves_when_the_month_is_made() -> None:
    event = event_at(OLD)
    assert partition_of(event) == f"{TABLE}_default"
    assert f"{TABLE}_y2021m11" in ensure_partitions([Month.of(OLD)])
    assert partition_of(event) == f"{TABLE}_y2021m11"
    assert ensure_partitions([Month.of(OLD)]) == []


def test_a_month_has_the_unique_indexes_of_its_table() -> None:
    ensure_partitions([Month.of(OLD)])
    first = event_at(OLD, conversation_id="01FN0000000000000000000000", sequence=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        event_at(OLD, conversation_id=first.conversation_id, sequence=1)


def test_a_read_of_one_month_looks_into_one_partition() -> None:
    event = event_at(timezone.now())
    plan = Event.objects.filter(pk=event.pk).explain()
    assert f"{TABLE}_{Month.of(timezone.now())}" in plan
    assert f"{TABLE}_default" not in plan


def test_months_without_rows_are_dropped_when_they_are_over() -> None:
    later = OLD + timedelta(days=40)
    ensure_partitions([Month.of(OLD), Month.of(later)])
    kept = event_at(later)
    dropped = drop_empty_partitions(before=OLD + timedelta(days=365))
    assert f"{TABLE}_y2021m11" in dropped
    assert f"{TABLE}_y2022m01" not in dropped
    assert partition_of(kept) == f"{TABLE}_y2022m01"
    assert not any(month >= Month.of(OLD + timedelta(days=365)) for month in map(_month, dropped))


def _month(name: str) -> Month:
    year, number = name.rpartition("_y")[2].split("m")
    return Month(int(year), int(number))
