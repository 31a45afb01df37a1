"""Reads of conversations: which rows, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Company, Event
from assignments.lifecycle import create_or_update_conversation
from conversations.models import Conversation, Message, ParticipantRole
from conversations.selectors import (
    Scope,
    chat_messages,
    conversations,
    customers_of,
    messages_before,
    messages_below,
    present,
    rows_after,
    with_people,
    with_unanswered_since,
)
from conversations.services import NewMessage, Party, add_messages
from tests.factories import MOMENT, make_company, make_conversation, make_user, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def talk(company: Company) -> Conversation:
    return make_conversation(company)


def write(talk: Conversation, text: str, after: int = 0, *, role: str = "customer", kind: str = "chat") -> Message:
    message = NewMessage(role=role, sender=role, text=text, sent_at=MOMENT + timedelta(seconds=after), kind=kind)
    return add_messages(by=Actor.system(talk.company_id), conversation=talk, messages=[message])[0]


def texts(rows: Any) -> list[str]:
    return [row.text for row in rows]


class TestScope:
    def test_it_shows_one_environment_of_one_company(self, company: Company) -> None:
        mine = make_conversation(company, "a")
        make_conversation(company, "b", environment="sandbox")
        make_conversation(make_company("globex"), "a")
        assert list(conversations(Scope(company.pk, "production"))) == [mine]

    def test_people_work_in_production(self, company: Company) -> None:
        assert Scope.of_user(make_user(company)) == Scope(company.pk, "production")


class TestPeople:
    def test_any_number_of_rows_costs_three_queries(self, company: Company) -> None:
        for number in range(6):
            make_conversation(company, f"{number}", metadata={"b": "2", "a": "1"})
        with CaptureQueriesContext(connection) as queries:
            rows = list(with_people(conversations(Scope(company.pk, "production"))))
            names = {present(row, ParticipantRole.AGENT).external_id for row in rows}  # type: ignore[union-attr]
            metadata = {tuple(entry.name for entry in row.metadata.all()) for row in rows}
        assert len(queries) == 3
        assert (names, metadata) == ({"671"}, {("a", "b")})

    def test_who_left_is_not_present(self, company: Company, talk: Conversation) -> None:
        make_conversation(company, agent="672")
        [row] = with_people(conversations(Scope(company.pk, "production")))
        for read in (row, talk):
            agent = present(read, ParticipantRole.AGENT)
            assert agent is not None
            assert agent.external_id == "672"

    def test_a_role_that_nobody_has_is_none(self, talk: Conversation) -> None:
        assert present(talk, ParticipantRole.BOT) is None


class TestMessages:
    def test_customers_see_chat_in_order_of_time_and_within_a_moment_of_sequence(self, talk: Conversation) -> None:
        for text, after in (("late", 9), ("same 1", 5), ("same 2", 5), ("early", 1)):
            write(talk, text, after)
        write(talk, "note", 2, role="agent", kind="note")
        write(talk, "whisper", 3, role="agent", kind="whisper")
        assert texts(chat_messages(talk)) == ["early", "same 1", "same 2", "late"]

    def test_going_back_in_time_passes_every_message_once(self, talk: Conversation) -> None:
        for number, after in enumerate([7, 3, 3, 9, 1, 3]):
            write(talk, f"{number}", after)
        seen: list[str] = []
        start: int | None = None
        while page := list(messages_before(talk, start)[:2]):
            seen += texts(page)
            start = page[-1].sequence
        assert seen == ["3", "0", "5", "2", "1", "4"]

    def test_an_unknown_start_is_none(self, talk: Conversation) -> None:
        write(talk, "one")
        assert texts(messages_before(talk, 99)) == texts(messages_before(talk, None)) == ["one"]

    def test_going_back_by_sequence_ignores_time(self, talk: Conversation) -> None:
        rows = [write(talk, text, after) for text, after in (("a", 9), ("b", 1), ("c", 5))]
        assert texts(messages_below(talk, None)) == ["c", "b", "a"]
        assert texts(messages_below(talk, rows[2].sequence)) == ["b", "a"]
        assert texts(messages_below(talk, rows[0].sequence)) == []

    def test_other_conversations_have_no_part_in_it(self, company: Company, talk: Conversation) -> None:
        write(make_conversation(company, "other"), "elsewhere")
        mine = write(talk, "here")
        assert texts(messages_before(talk, None)) == texts(messages_below(talk, None)) == ["here"]
        assert texts(messages_before(talk, mine.sequence)) == []


class TestUnansweredSince:
    @pytest.mark.parametrize(
        ("said", "since"),
        [
            ([], None),
            ([("customer", "chat", 5)], 5),
            ([("customer", "chat", 5), ("customer", "chat", 8)], 5),
            ([("customer", "chat", 5), ("agent", "chat", 6)], None),
            ([("customer", "chat", 5), ("agent", "chat", 6), ("customer", "chat", 9), ("customer", "chat", 11)], 9),
            ([("customer", "chat", 5), ("system", "chat", 6)], 5),
            ([("customer", "chat", 5), ("agent", "note", 6)], 5),
            ([("customer", "chat", 5), ("agent", "whisper", 6)], 5),
            ([("agent", "chat", 1)], None),
            ([("agent", "chat", 9), ("customer", "chat", 3)], 3),
        ],
    )
    def test_it_is_the_first_message_that_no_agent_answered(
        self, company: Company, talk: Conversation, said: list[tuple[str, str, int]], since: int | None
    ) -> None:
        write(make_conversation(company, "other"), "elsewhere", 1)
        for number, (role, kind, after) in enumerate(said):
            write(talk, f"{number}", after, role=role, kind=kind)
        row = with_unanswered_since(Conversation.objects.filter(pk=talk.pk)).get()
        expected: datetime | None = MOMENT + timedelta(seconds=since) if since is not None else None
        assert row.unanswered_since == expected


class TestCustomers:
    def test_the_latest_customer_of_each_in_one_query(self, company: Company) -> None:
        one, two = make_conversation(company, "1", customer="a"), make_conversation(company, "2", customer="b")
        same = make_conversation(company, "3", customer="b")
        create_or_update_conversation(
            by=Actor.system(company.pk),
            scope=Scope(company.pk, "production"),
            external_id="1",
            customer=Party("c"),
            started_at=MOMENT,
        )
        with CaptureQueriesContext(connection) as queries:
            found = customers_of([one.pk, two.pk, same.pk, "0" * 26])
        assert len(queries) == 1
        assert found[two.pk] == found[same.pk] != found[one.pk]
        last = one.participants.get(role="customer", left_at__isnull=True)
        assert found[one.pk] == str(last.customer_id)
        assert "0" * 26 not in found


class TestRowsAfter:
    def test_messages_and_events_come_in_one_order_without_gaps(self, company: Company, talk: Conversation) -> None:
        say(talk, "one", after=9)
        make_conversation(company, agent="672")
        say(talk, "two", after=1)
        rows = rows_after(talk.pk, 0, 100)
        assert [row.sequence for row in rows] == list(range(1, 8))
        assert [type(row) for row in rows] == [Event, Event, Message, Event, Event, Event, Message]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    def test_page_by_page_nothing_is_missing_or_comes_twice(self, talk: Conversation, limit: int) -> None:
        for number in range(5):
            say(talk, f"{number}", after=number)
        seen: list[int] = []
        while page := rows_after(talk.pk, seen[-1] if seen else 0, limit):
            assert len(page) <= limit
            seen += [row.sequence for row in page]
        assert seen == list(range(1, 8))
        assert all(later - earlier == 1 for earlier, later in pairwise(seen))

    def test_it_costs_two_queries_however_many_rows_there_are(self, talk: Conversation) -> None:
        for number in range(5):
            say(talk, f"{number}", after=number)
        with CaptureQueriesContext(connection) as queries:
            rows_after(talk.pk, 0, 50)
        assert len(queries) == 2

    def test_of_another_conversation_it_shows_nothing(self, company: Company, talk: Conversation) -> None:
        other = make_conversation(company, "other")
        say(other, "elsewhere")
        assert all(row.conversation_id == talk.pk for row in rows_after(talk.pk, 0, 50))
        assert rows_after("0" * 26, 0, 50) == []
