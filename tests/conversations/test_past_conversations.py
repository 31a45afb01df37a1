"""History: past conversations written in bulk, once, and only what is new when they come again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import Agent, Company, Event, Queue
from caching import versions
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Conversation, Customer, Message, Participant
from conversations.selectors import Scope, conversation_key
from conversations.services import Party
from tests.factories import MOMENT, make_company, make_conversation, say

pytestmark = pytest.mark.django_db

Line = tuple[str, str, int]  # role, text, seconds after MOMENT
HELLO: Sequence[Line] = (("customer", "Hello", 0), ("agent", "Hi", 10))


@pytest.fixture
def company() -> Company:
    return make_company()


def past(external_id: str = "x", lines: Sequence[Line] = HELLO, **fields: Any) -> PastConversation:
    messages = [PastMessage(role, f"{role}-1", text, MOMENT + timedelta(seconds=after)) for role, text, after in lines]
    return PastConversation(external_id, messages, **fields)


def history(company: Company, environment: str = "production", *, with_events: bool = False) -> History:
    return History(Actor.system(company.pk), Scope(company.pk, environment), with_events=with_events)


def rows(external_id: str = "x") -> list[tuple[int, str]]:
    found = Message.objects.filter(conversation__external_id=external_id).order_by("sequence")
    return list(found.values_list("sequence", "text"))


class TestFirstTime:
    def test_a_conversation_lasts_from_its_first_message_to_its_last(self, company: Company) -> None:
        history(company).write([past(resolution="resolved", channel="sms")])
        row = Conversation.objects.get()
        assert (row.started_at, row.ended_at) == (MOMENT, MOMENT + timedelta(seconds=10))
        assert (row.status, row.resolution, row.channel, row.last_sequence) == ("ended", "resolved", "sms", 3)

    def test_one_that_goes_on_is_refused(self, company: Company) -> None:
        with pytest.raises(ValueError, match="have ended"):
            history(company).write([past(status="live", agent=Party("671"))])

    def test_the_agent_left_at_the_end(self, company: Company) -> None:
        history(company).write([past(agent=Party("671"), customer=Party("c"))])
        left = dict(Participant.objects.values_list("role", "left_at"))
        assert left == {"agent": Conversation.objects.get().ended_at, "customer": None}

    def test_one_event_says_that_it_was_imported(self, company: Company) -> None:
        history(company).write([past()])
        event = Event.objects.get()
        assert (event.sequence, event.type, event.occurred_at) == (1, "conversation.imported", MOMENT)
        assert rows() == [(2, "Hello"), (3, "Hi")]

    def test_with_events_each_message_has_its_own(self, company: Company) -> None:
        history(company, with_events=True).write([past(lines=[*HELLO, ("system", "Bye", 20)])])
        events = Event.objects.filter(type="conversation.message_added").order_by("sequence")
        assert [(event.sequence, event.actor_kind) for event in events] == [(2, "customer"), (3, "user"), (4, "system")]
        assert [event.message_id for event in events] == list(
            Message.objects.order_by("sequence").values_list("pk", flat=True)
        )

    def test_texts_and_names_are_redacted_and_cleaned(self, company: Company) -> None:
        card = "4111 1111 1111 1111"
        history(company).write([past(lines=[("customer", f"It is {card}", 0)], customer=Party("c", f" Kim\n{card}"))])
        [(_, text)] = rows()
        name = Participant.objects.get().name
        assert card not in text
        assert text.startswith("It is ")
        assert card not in name
        assert name.startswith("Kim ")

    def test_equal_messages_of_one_conversation_are_all_stored(self, company: Company) -> None:
        history(company).write([past(lines=[("customer", "ok", 0)] * 3)])
        assert rows() == [(2, "ok"), (3, "ok"), (4, "ok")]

    def test_people_and_queues_are_made_once_and_shared(self, company: Company) -> None:
        Agent.objects.create(company=company, environment="production", external_id="671", name="Robin")
        people = {"agent": Party("671", "Other"), "customer": Party("c", "Kim"), "queue": "billing"}
        history(company).write([past(f"{number}", **people) for number in range(3)])
        assert Agent.objects.get().name == "Robin"
        assert Customer.objects.get().external_id == "c"
        assert Queue.objects.get().name == "billing"
        assert Participant.objects.count() == 6

    def test_without_people_nobody_takes_part(self, company: Company) -> None:
        history(company).write([past()])
        assert not Participant.objects.exists()
        assert Conversation.objects.get().queue is None


class TestAgain:
    def test_the_same_adds_nothing(self, company: Company) -> None:
        work = history(company)
        work.write([past(), past("y")])
        work.write([past("y"), past()])
        written = work.written
        assert (written.conversations, written.messages, written.known_messages) == (2, 4, 4)
        assert Event.objects.count() == 2

    def test_a_longer_one_gets_only_what_is_new(self, company: Company) -> None:
        history(company).write([past()])
        history(company).write([past(lines=[("customer", "Before", -5), *HELLO, ("customer", "After", 20)])])
        assert rows() == [(2, "Hello"), (3, "Hi"), (4, "Before"), (5, "After")]
        assert Conversation.objects.get().last_sequence == 5

    def test_its_state_and_people_stay(self, company: Company) -> None:
        live = make_conversation(company, "x", agent="671", metadata={"tier": "gold"})
        history(company).write([past(queue="billing", agent=Party("672"), metadata={"tier": "none"})])
        live.refresh_from_db()
        assert (live.status, live.queue, live.channel) == ("live", None, "web")
        assert [row.value for row in live.metadata.all()] == ["gold"]
        assert {row.external_id for row in live.participants.all()} == {"671", "11462"}

    def test_what_was_said_live_is_known(self, company: Company) -> None:
        live = make_conversation(company, "x")
        say(live, "Hello")
        said = PastMessage("customer", "customer", "Hello", MOMENT)
        work = history(company)
        work.write([PastConversation("x", [said])])
        assert work.written.known_messages == 1
        assert live.messages.count() == 1

    def test_only_conversations_that_grew_have_another_version(
        self, company: Company, django_capture_on_commit_callbacks: Any
    ) -> None:
        history(company).write([past("grows"), past("same")])
        keys = [conversation_key(Conversation.objects.get(external_id=id_).pk) for id_ in ("grows", "same")]
        before = versions.read(keys)
        with django_capture_on_commit_callbacks(execute=True):
            history(company).write([past("grows", [*HELLO, ("customer", "More", 60)]), past("same")])
        after = versions.read(keys)
        assert [after[key] == before[key] for key in keys] == [False, True]


class TestApart:
    def test_environments_and_companies_have_their_own(self, company: Company) -> None:
        globex = make_company("globex")
        for owner, environment in ((company, "production"), (company, "sandbox"), (globex, "production")):
            history(owner, environment).write([past(customer=Party("c"), agent=Party("a"), queue="billing")])
        assert Conversation.objects.filter(external_id="x").count() == 3
        assert Customer.objects.count() == Agent.objects.count() == 3
        assert sorted(Queue.objects.values_list("company", flat=True)) == sorted([company.pk, globex.pk])

    def test_a_batch_that_fails_leaves_nothing(self, company: Company) -> None:
        with pytest.raises(IntegrityError):
            history(company).write([past("good"), past("bad", [("nobody", "Hello", 0)])])
        assert not Conversation.objects.exists()
        assert not Event.objects.exists()

    def test_statements_do_not_grow_with_the_batch(self, company: Company) -> None:
        counts = []
        for size in (2, 40):
            batch = [
                past(f"{size}-{number}", customer=Party(f"c{size}-{number}"), agent=Party("a"), metadata={"k": "v"})
                for number in range(size)
            ]
            work = history(company)
            with CaptureQueriesContext(connection) as queries:
                work.write(batch)
            counts.append(len(queries))
        assert counts[1] <= counts[0] + 1
