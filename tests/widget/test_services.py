"""What customers can do, and the rows that it writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Company, Event, Queue
from conversations.errors import ResendMismatchError
from conversations.models import Conversation, Message
from tests.widget.conftest import admit, answer, company_with, end, time_out
from widget import limits
from widget.errors import ChatEndedError, NoVisitorError, TooFastError
from widget.models import Visitor
from widget.selectors import customer_view_of, visitor_of
from widget.services import end_chat, forget_visitor, send_customer_message, start_chat
from widget.tasks import forget_expired_visitors

pytestmark = pytest.mark.django_db
Send = Callable[..., Message]


def begin(company: Company, browser: str = "token-1", queue: str = "billing", name: str = "Nora") -> Visitor:
    return start_chat(company=company, token=browser, queue=Queue.objects.get(company=company, name=queue), name=name)


@pytest.fixture
def nora(company: Company) -> Visitor:
    return begin(company)


def send(visitor: Visitor, text: str = "My bill is wrong", **fields: Any) -> Message:
    given = {
        "conversation_id": visitor.conversation_id,
        "client_id": "client-id-1",
        "text": text,
        "sent_at": timezone.now(),
        **fields,
    }
    return send_customer_message(visitor=visitor, **given)


class TestSending:
    def test_the_message_is_the_customers(self, nora: Visitor) -> None:
        row = send(nora)
        assert (row.role, row.kind, row.text) == ("customer", "chat", "My bill is wrong")
        assert row.sender_external_id == nora.customer.external_id
        event = Event.objects.get(message_id=row.pk)
        assert (event.actor_kind, event.actor_id) == ("customer", str(nora.customer_id))

    def test_it_is_redacted(self, nora: Visitor) -> None:
        assert send(nora, "My card is 4111 1111 1111 1111").text == "My card is [CARD]"

    def test_sent_again_it_is_stored_once(self, nora: Visitor) -> None:
        assert send(nora) == send(nora)
        assert Message.objects.count() == 1

    def test_sent_again_after_the_end_it_is_still_the_stored_one(self, nora: Visitor) -> None:
        row = send(nora)
        end(nora.conversation)
        assert send(nora) == row

    def test_another_customers_id_is_no_resend(self, company: Company, nora: Visitor) -> None:
        send(nora)
        other = begin(company, "token-2")
        assert send(other, "Hello").conversation_id == other.conversation_id

    def test_an_agents_id_is_not_answered_with_the_agents_message(self, nora: Visitor) -> None:
        answer(nora.conversation, "Hello")
        stored = Message.objects.get()
        Message.objects.update(client_id="c:client-id-1")
        with pytest.raises(ResendMismatchError):
            send(nora, stored.text)

    def test_another_visitors_conversation_takes_nothing(self, company: Company, nora: Visitor) -> None:
        other = begin(company, "token-2")
        with pytest.raises(ChatEndedError):
            send(nora, conversation_id=other.conversation_id)
        assert Message.objects.count() == 0

    def test_an_ended_one_takes_nothing(self, nora: Visitor) -> None:
        end(nora.conversation)
        with pytest.raises(ChatEndedError):
            send(nora)

    def test_a_forgotten_visitor_sends_nothing(self, nora: Visitor) -> None:
        conversation = nora.conversation_id
        forget_visitor(visitor=Visitor.objects.get())
        with pytest.raises(NoVisitorError):
            send(nora, conversation_id=conversation)

    def test_an_expired_visitor_sends_nothing(self, nora: Visitor) -> None:
        Visitor.objects.update(expires_at=timezone.now())
        with pytest.raises(NoVisitorError):
            send(nora)

    @pytest.mark.parametrize("year", [1990, 2090])
    def test_a_wrong_clock_is_put_right(self, nora: Visitor, year: int) -> None:
        sent = send(nora, sent_at=datetime(year, 1, 1, tzinfo=UTC)).sent_at
        assert timezone.now() - timedelta(days=2, seconds=5) < sent <= timezone.now()


class TestResuming:
    def test_a_timed_out_conversation_resumes_at_the_top_of_the_queue(self, company: Company, nora: Visitor) -> None:
        begin(company, "token-2")
        time_out(nora.conversation)
        assert customer_view_of(Conversation.objects.get(pk=nora.conversation_id)).status == "paused"
        send(nora, "I am back")
        conversation = Conversation.objects.get(pk=nora.conversation_id)
        assert conversation.status == "waiting"
        assert customer_view_of(conversation).queue_position == 1
        assert conversation.queue_entries.get(left_at__isnull=True).at_top

    def test_after_too_long_it_cannot_be_resumed(self, nora: Visitor) -> None:
        time_out(nora.conversation)
        Conversation.objects.update(ended_at=timezone.now() - timedelta(hours=25))
        assert customer_view_of(Conversation.objects.get()).status == "ended"
        with pytest.raises(ChatEndedError):
            send(nora)


class TestLeaving:
    def test_the_customer_ends_it_and_leaves_the_queue(self, nora: Visitor) -> None:
        end_chat(visitor=nora)
        conversation = Conversation.objects.get()
        assert (conversation.status, conversation.resolution) == ("ended", "")
        assert conversation.queue_entries.get().outcome == "abandoned"
        assert Event.objects.order_by("sequence").last().actor_kind == "customer"

    def test_twice_does_no_harm(self, nora: Visitor) -> None:
        for _ in range(2):
            end_chat(visitor=nora)
        assert Event.objects.filter(type="conversation.ended").count() == 1


class TestLimit:
    @pytest.fixture(autouse=True)
    def standing_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("widget.limits.time.time", lambda: 1_000_004.0)

    def test_messages_up_to_the_limit_are_stored_and_the_next_is_refused(self, nora: Visitor) -> None:
        for number in range(limits.MAX_MESSAGES):
            send(nora, client_id=f"client-id-{number}")
        with pytest.raises(TooFastError) as refused:
            send(nora, client_id="one-too-many")
        assert refused.value.retry_after == pytest.approx(6.0)
        assert Message.objects.count() == limits.MAX_MESSAGES

    def test_each_visitor_has_a_limit_of_their_own(self, company: Company, nora: Visitor) -> None:
        for number in range(limits.MAX_MESSAGES):
            send(nora, client_id=f"client-id-{number}")
        assert send(begin(company, "token-2"))

    def test_resends_are_not_limited(self, nora: Visitor) -> None:
        for _ in range(limits.MAX_MESSAGES + 2):
            send(nora)


class TestStarting:
    @pytest.mark.usefixtures("nora")
    def test_the_chat_waits_in_the_queue_and_the_customer_is_the_actor(self) -> None:
        conversation = Conversation.objects.get()
        assert (conversation.status, conversation.queue.name) == ("waiting", "billing")
        assert set(Event.objects.values_list("actor_kind", flat=True)) == {"customer"}
        sequences = list(Event.objects.order_by("sequence").values_list("sequence", flat=True))
        assert sequences == list(range(1, conversation.last_sequence + 1))

    @pytest.mark.usefixtures("nora")
    def test_another_companys_token_is_refused(self) -> None:
        with pytest.raises(NoVisitorError):
            begin(company_with("billing", slug="globex"))

    @pytest.mark.usefixtures("nora")
    def test_the_token_itself_is_not_stored(self) -> None:
        rows = [list(Visitor.objects.values_list()), list(Conversation.objects.values_list())]
        assert "token-1" not in str(rows)

    def test_only_its_own_company_knows_it(self, nora: Visitor) -> None:
        company_with(slug="globex")
        assert visitor_of("acme", "token-1") == nora
        for slug, token in [("globex", "token-1"), ("acme", "token-2"), ("acme", None), ("acme", "")]:
            with pytest.raises(NoVisitorError):
                visitor_of(slug, token)


class TestCustomerView:
    def test_a_waiting_customer_sees_the_queue_position(self, company: Company, nora: Visitor) -> None:
        second, elsewhere = begin(company, "token-2"), begin(company, "token-3", "internet")
        positions = [customer_view_of(visitor.conversation).queue_position for visitor in (nora, second, elsewhere)]
        assert positions == [1, 2, 1]
        assert customer_view_of(nora.conversation).status == "waiting"

    def test_an_agent_has_a_first_name_only(self, nora: Visitor) -> None:
        admit(nora.conversation)
        view = customer_view_of(Conversation.objects.get())
        assert (view.status, view.agent, view.queue_position) == ("live", "Maya", None)
        assert list(view.moves.joined.values()) == [("Maya", "new")]

    def test_an_agent_without_a_name_is_not_called_by_an_id(self, nora: Visitor) -> None:
        admit(nora.conversation, "agent-4711", name=None)
        assert customer_view_of(Conversation.objects.get()).agent == ""

    def test_each_agent_who_joins_has_a_name(self, nora: Visitor) -> None:
        admit(nora.conversation)
        admit(nora.conversation, "tom", "Tom Okafor")
        view = customer_view_of(Conversation.objects.get())
        assert list(view.moves.joined.values()) == [("Maya", "new"), ("Tom", "new")]
        assert view.agent == "Tom"


def test_expired_visitors_are_forgotten_and_what_they_said_is_kept(company: Company, nora: Visitor) -> None:
    begin(company, "token-2")
    Visitor.objects.filter(pk=nora.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert forget_expired_visitors() == 1
    assert forget_expired_visitors() == 0
    assert (Visitor.objects.count(), Conversation.objects.count()) == (1, 2)
