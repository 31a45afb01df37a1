"""Messages of several senders that are stored in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company, Event, User
from composer.desk.services import AgentSending, Outgoing, keep_draft
from composer.errors import BlockedWordsError, NotYoursError
from composer.models import Draft, GreetingRun, UsageReport
from composer.usage.reports import Report
from conversations import message_batcher as message_batcher_module
from conversations.errors import ResendMismatchError
from conversations.message_batcher import message_batcher
from conversations.models import Conversation, Message
from conversations.pending import Locked, PendingMessage, store_all
from conversations.selectors import Scope
from tests.composer.conftest import place
from widget.models import Visitor
from widget.services import PendingCustomerMessage

pytestmark = pytest.mark.django_db

REPORT = Report.model_validate({"augmentations": ["FREEHAND"], "figures": {}, "events": [], "offered": []})


@pytest.fixture
def talks(company: Company, maya: User) -> list[Conversation]:
    return [place(company, f"talk {number}", status="live", agent=maya.username) for number in range(5)]


def from_maya(maya: User, talk: Conversation, text: str = "Let me look.", **fields: Any) -> AgentSending:
    fields = {"client_id": f"agent-{talk.pk}", "report": REPORT, **fields}
    outgoing = Outgoing(text=text, sent_at=timezone.now(), **fields)
    return AgentSending(Actor.user(maya), maya.agents.get(environment="production"), talk.pk, outgoing)


def from_customer(talk: Conversation, text: str = "Thank you", client_id: str = "customer-1") -> PendingCustomerMessage:
    customer = talk.participants.get(role="customer").customer
    assert customer is not None
    visitor = Visitor.objects.create(
        company_id=talk.company_id,
        environment=talk.environment,
        customer=customer,
        conversation=talk,
        token_digest=f"{talk.pk}-{client_id}",
        expires_at=timezone.now() + timedelta(days=1),
    )
    return PendingCustomerMessage(visitor, talk.pk, client_id, text, timezone.now())


def said(talk: Conversation) -> list[str]:
    """What was said after the first line and the agent's arrival; it is numbered without a gap, up to the newest."""
    rows = list(talk.messages.filter(client_id__startswith="c:").order_by("sequence"))
    talk.refresh_from_db()
    assert [row.sequence for row in rows] == list(range(4, talk.last_sequence + 1))
    events = Event.objects.filter(conversation_id=talk.pk, sequence__gte=4).order_by("sequence")
    assert [(row.message_id, row.sequence) for row in events] == [(row.pk, row.sequence) for row in rows]
    return [row.text for row in rows]


class TestStoredTogether:
    def test_both_sides_of_all_in_the_order_in_which_they_came(self, maya: User, talks: list[Conversation]) -> None:
        sendings: list[PendingMessage] = []
        for talk in talks:
            sendings += [
                from_maya(maya, talk),
                from_customer(talk),
                from_maya(maya, talk, "Done", client_id="second-1"),
            ]
        rows = store_all(sendings)
        assert all(isinstance(row, Message) for row in rows)
        for talk in talks:
            assert said(talk) == ["Let me look.", "Thank you", "Done"]

    def test_statements_do_not_grow_with_messages(self, maya: User, talks: list[Conversation]) -> None:
        store_all(
            [from_maya(maya, talks[0], "Warm", client_id="warm-up-1"), from_customer(talks[0], "Warm", "warm-up-2")]
        )
        counts = []
        for some in (talks[:1], talks[1:]):
            sendings = [from_customer(talk) for talk in some]
            with CaptureQueriesContext(connection) as queries:
                store_all(sendings)
            counts.append(len(queries))
        assert counts[0] == counts[1]
        counts = []
        for some in (talks[:1], talks[1:]):
            mine = [from_maya(maya, talk, kind="note", report=None) for talk in some]
            with CaptureQueriesContext(connection) as queries:
                store_all(mine)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_a_refused_one_stops_no_other(self, maya: User, talks: list[Conversation]) -> None:
        waiting = place(talks[0].company, "waits")
        sendings = [
            from_maya(maya, talks[0]),
            from_maya(maya, talks[1], "This is shit"),
            from_maya(maya, waiting),
            AgentSending(
                Actor.user(maya),
                maya.agents.get(environment="production"),
                "0" * 26,
                from_maya(maya, talks[0]).outgoing,
            ),
            from_customer(talks[1]),
        ]
        rows = store_all(sendings)
        kinds = [Message, BlockedWordsError, NotYoursError, NotYoursError, Message]
        assert [type(row) for row in rows] == kinds
        assert (said(talks[0]), said(talks[1]), said(waiting)) == (["Let me look."], ["Thank you"], [])

    def test_one_that_comes_twice_is_stored_once(self, maya: User, talks: list[Conversation]) -> None:
        first, again = store_all([from_maya(maya, talks[0]), from_maya(maya, talks[0])])
        assert first == again
        assert store_all([from_maya(maya, talks[0])]) == [first]
        assert said(talks[0]) == ["Let me look."]
        assert UsageReport.objects.count() == 1

    def test_another_text_under_the_same_id_is_refused(self, maya: User, talks: list[Conversation]) -> None:
        first, other = store_all([from_maya(maya, talks[0]), from_maya(maya, talks[0], "Something else")])
        assert isinstance(first, Message)
        assert isinstance(other, ResendMismatchError)

    def test_each_with_its_report_draft_and_greeting(self, maya: User, talks: list[Conversation]) -> None:
        agent = maya.agents.get(environment="production")
        for talk in talks[:3]:
            keep_draft(agent=agent, conversation=talk, text="Let me", cursor=6, revision=4)
            GreetingRun.objects.create(
                participant=talk.participants.get(role="agent"),
                conversation=talk,
                text="Hello",
                previewed_at=timezone.now(),
                due_at=timezone.now(),
            )
        rows = store_all(
            [
                from_maya(maya, talks[0], revision=4),
                from_maya(maya, talks[1], revision=3),
                from_maya(maya, talks[2], revision=9, kind="note", report=None),
            ]
        )
        reported = {row.pk for row in rows[:2] if isinstance(row, Message)}
        assert set(UsageReport.objects.values_list("pk", flat=True)) == reported
        drafts = {row.conversation_id: (row.text, row.revision) for row in Draft.objects.all()}
        assert [drafts[talk.pk] for talk in talks[:3]] == [("", 5), ("Let me", 4), ("", 10)]
        states = {run.conversation_id: run.state for run in GreetingRun.objects.all()}
        assert [states[talk.pk] for talk in talks[:3]] == ["cancelled", "cancelled", "counting"]


class _Broken(PendingMessage):
    """One that the database does not take."""

    def __init__(self, talk: Conversation) -> None:
        self.by, self.conversation_id, self.client_id = Actor.system(talk.company_id), talk.pk, "broken-1"
        self.text, self._scope = "Hello", Scope(talk.company_id, talk.environment)

    @property
    def scope(self) -> Scope:
        return self._scope

    @classmethod
    def validate(cls, sendings: Sequence[Any], locked: Locked) -> list[Any]:  # noqa: ARG003 the signature
        raise DataError("no such letter")

    @classmethod
    def after_store(cls, stored: Sequence[Any]) -> None: ...


@pytest.mark.django_db(transaction=True)
class TestGathered:
    async def test_what_waits_is_stored_with_one_commit(
        self, maya: User, talks: list[Conversation], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes = []

        def counting(sendings: Sequence[PendingMessage]) -> list[Message | Exception]:
            sizes.append(len(sendings))
            return store_all(sendings)

        monkeypatch.setattr(message_batcher_module, "store_all", counting)
        sendings = await in_thread(lambda: [from_maya(maya, talk) for talk in talks])()
        gathered = message_batcher_module.MessageBatcher()
        rows = await asyncio.gather(*(gathered.store(one) for one in sendings))
        assert [row.conversation_id for row in rows] == [talk.pk for talk in talks]
        assert sizes == [len(talks)]

    async def test_one_that_the_database_refuses_fails_alone(self, maya: User, talks: list[Conversation]) -> None:
        good = await in_thread(lambda: [from_maya(maya, talk) for talk in talks])()
        results = await asyncio.gather(
            *(message_batcher().store(one) for one in [*good[:2], _Broken(talks[3]), *good[2:]]), return_exceptions=True
        )
        assert [type(result) for result in results] == [Message, Message, DataError, Message, Message, Message]
        for talk in talks:
            assert await in_thread(said)(talk) == ["Let me look."]

    async def test_whoever_goes_away_is_stored_all_the_same(self, maya: User, talks: list[Conversation]) -> None:
        first, second = await in_thread(lambda: [from_maya(maya, talk) for talk in talks[:2]])()
        gone = asyncio.create_task(message_batcher().store(first))
        stays = asyncio.create_task(message_batcher().store(second))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await stays).conversation_id == talks[1].pk
        assert await in_thread(said)(talks[0]) == ["Let me look."]
