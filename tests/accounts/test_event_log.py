"""The event log of a company: its numbers without gaps, and readers that miss nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actors import Actor
from accounts.event_log import numbering, reading
from accounts.event_log.numbering import number_new_events
from accounts.event_log.reading import Reader, read_all, read_batch
from accounts.event_log.writing import write_event
from accounts.models import Company, Event, EventCursor
from tests.factories import make_company, make_conversation, say

pytestmark = pytest.mark.django_db


def happen(company: Company, *types: str) -> list[Event]:
    return [write_event(Actor.system(company.pk), type_) for type_ in types]


def log_of(company: Company) -> list[tuple[int | None, str]]:
    rows = Event.objects.filter(company=company, company_sequence__isnull=False).order_by("company_sequence")
    return list(rows.values_list("company_sequence", "type"))


class Seen:
    """A reader that keeps what it gets; it fails as often as it is told to."""

    def __init__(self, name: str = "seen", failures: int = 0, **options: Any) -> None:
        self.types: list[str] = []
        self.batches: list[int] = []
        self.failures = failures
        self.reader = Reader(name, self.handle, **options)

    def handle(self, events: Sequence[Event]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the receiver is away")
        self.types += [event.type for event in events]
        self.batches.append(len(events))


class TestNumbers:
    def test_begin_with_one_in_each_company(self) -> None:
        acme, globex = make_company(), make_company("globex")
        happen(acme, "a", "b")
        happen(globex, "c")
        assert number_new_events() == 3
        assert log_of(acme) == [(1, "a"), (2, "b")]
        assert log_of(globex) == [(1, "c")]

    def test_go_on_where_they_ended(self) -> None:
        acme = make_company()
        happen(acme, "a")
        number_new_events()
        happen(acme, "b", "c")
        number_new_events()
        assert log_of(acme) == [(1, "a"), (2, "b"), (3, "c")]
        assert number_new_events() == 0

    def test_a_transaction_that_is_rolled_back_leaves_no_gap(self) -> None:
        acme = make_company()
        happen(acme, "a")
        with transaction.atomic():
            happen(acme, "lost")
            transaction.set_rollback(True)
        happen(acme, "b")
        number_new_events()
        assert log_of(acme) == [(1, "a"), (2, "b")]

    def test_follow_the_sequence_of_a_conversation_where_ids_contradict_it(self) -> None:
        """Another process has a slow clock: its event has a lower id, but a higher sequence."""
        acme = make_company()
        conversation = make_conversation(acme)
        say(conversation, "One"), say(conversation, "Two")
        events = Event.objects.filter(conversation_id=conversation.pk)
        last = events.order_by("-sequence")[0]
        slow = "0" + last.pk[1:]
        events.filter(pk=last.pk).update(id=slow)
        number_new_events()
        assert list(events.order_by("company_sequence").values_list("sequence", flat=True)) == sorted(
            events.values_list("sequence", flat=True)
        )

    def test_a_conversation_is_not_cut_by_the_end_of_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(numbering, "BATCH", 2)
        acme = make_company()
        conversation = make_conversation(acme)
        for text in ("One", "Two", "Three"):
            say(conversation, text)
        events = Event.objects.filter(conversation_id=conversation.pk).order_by("sequence")
        first = events[0]
        Event.objects.filter(pk=first.pk).update(id="7" + first.pk[1:])  # the last one by its id
        number_new_events()
        numbers = [row.company_sequence for row in events]
        assert numbers == list(range(1, len(numbers) + 1))

    def test_are_unique(self) -> None:
        acme = make_company()
        one, two = happen(acme, "a", "b")
        Event.objects.filter(pk=one.pk).update(company_sequence=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.filter(pk=two.pk).update(company_sequence=1)


class TestReaders:
    def test_get_every_event_once_and_in_order(self) -> None:
        acme, seen = make_company(), Seen(batch=2)
        happen(acme, "a", "b", "c")
        assert read_all(seen.reader) == 3
        assert seen.types == ["a", "b", "c"]
        assert seen.batches == [2, 1]
        happen(acme, "d")
        assert read_all(seen.reader) == 1
        assert seen.types[-1] == "d"

    def test_do_not_move_each_other(self) -> None:
        acme, one, two = make_company(), Seen("one"), Seen("two")
        happen(acme, "a")
        read_all(one.reader)
        happen(acme, "b")
        assert read_all(two.reader) == 2
        assert (one.types, two.types) == (["a"], ["a", "b"])

    def test_never_get_two_companies_in_one_batch(self) -> None:
        seen = Seen()
        happen(make_company(), "a")
        happen(make_company("globex"), "b")
        read_all(seen.reader)
        assert sorted(seen.batches) == [1, 1]

    def test_may_start_with_what_comes_next(self) -> None:
        acme, seen = make_company(), Seen(starts="now")
        happen(acme, "old")
        assert read_all(seen.reader) == 0
        happen(acme, "new")
        read_all(seen.reader)
        assert seen.types == ["new"]

    def test_a_failure_is_tried_again_after_a_pause(self) -> None:
        acme, seen = make_company(), Seen(failures=1)
        happen(acme, "a")
        with pytest.raises(ConnectionError):
            read_batch(seen.reader)
        cursor = EventCursor.objects.get()
        assert (cursor.company_sequence, cursor.failures) == (0, 1)
        assert cursor.retry_at is not None
        assert cursor.retry_at > timezone.now()
        assert read_batch(seen.reader) == 0  # not yet
        EventCursor.objects.update(retry_at=timezone.now())
        assert read_batch(seen.reader) == 1
        assert EventCursor.objects.get().failures == 0

    def test_pauses_grow_to_five_minutes(self) -> None:
        happen(make_company(), "a")
        seen, pauses = Seen(failures=20), []
        for _ in range(12):
            with pytest.raises(ConnectionError):
                read_batch(seen.reader)
            retry_at = EventCursor.objects.get().retry_at
            assert retry_at is not None
            pauses.append(round((retry_at - timezone.now()).total_seconds()))
            EventCursor.objects.update(retry_at=timezone.now())
        assert pauses[:4] == [1, 2, 4, 8]
        assert pauses[-1] == 300

    def test_a_company_that_fails_stops_no_other(self) -> None:
        acme, globex = make_company(), make_company("globex")
        happen(acme, "a")
        happen(globex, "b")
        seen = Seen(failures=1)
        with pytest.raises(ConnectionError):
            read_batch(seen.reader)
        assert read_batch(seen.reader) == 1

    def test_what_a_reader_writes_is_undone_with_its_failure(self) -> None:
        acme = make_company()
        happen(acme, "a")

        def handle(events: Sequence[Event]) -> None:
            write_event(Actor.system(acme.pk), "derived")
            raise ConnectionError(str(len(events)))

        with pytest.raises(ConnectionError):
            read_batch(Reader("writes", handle))
        assert not Event.objects.filter(type="derived").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
class TestOnPostgreSQL:
    def test_two_processes_of_one_reader_take_two_companies(self) -> None:
        happen(make_company(), "a")
        happen(make_company("globex"), "b")
        both, got = threading.Barrier(2, timeout=10), []

        def handle(events: Sequence[Event]) -> None:
            both.wait()  # neither waits for the other's lock
            got.extend(event.type for event in events)

        def run() -> None:
            read_batch(Reader("shared", handle))
            connection.close()

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got) == ["a", "b"]

    def test_a_reader_that_stands_still_delays_no_writer_and_no_other_reader(self) -> None:
        acme = make_company()
        happen(acme, "a")
        claimed, go_on = threading.Event(), threading.Event()

        def handle(_: Sequence[Event]) -> None:
            claimed.set()
            assert go_on.wait(10)

        def run() -> None:
            read_batch(Reader("slow", handle))
            connection.close()

        slow = threading.Thread(target=run)
        slow.start()
        assert claimed.wait(10)
        happen(acme, "b")
        seen = Seen("quick")
        assert read_all(seen.reader) == 2
        go_on.set()
        slow.join()
        assert dict(EventCursor.objects.values_list("reader", "company_sequence")) == {"slow": 1, "quick": 2}
        assert reading.read_all(Reader("slow", lambda _: None)) == 1

    def test_an_uncommitted_event_is_numbered_after_its_commit(self) -> None:
        """A slow transaction neither holds the log up nor gets a number below one that was read."""
        acme = make_company()
        written, commit = threading.Event(), threading.Event()

        def run() -> None:
            with transaction.atomic():
                happen(acme, "slow")
                written.set()
                assert commit.wait(10)
            connection.close()

        writer = threading.Thread(target=run)
        writer.start()
        assert written.wait(10)
        happen(acme, "quick")
        number_new_events()
        commit.set()
        writer.join()
        number_new_events()
        assert log_of(acme) == [(1, "quick"), (2, "slow")]
