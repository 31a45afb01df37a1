"""Writers at the same time, and rules that the database keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.actors import Actor
from accounts.models import Agent, Company, Event
from assignments.lifecycle import create_or_update_conversation
from conversations.models import Conversation, Message, Participant
from conversations.selectors import Scope
from conversations.services import NewMessage, Party, add_messages
from tests.factories import MOMENT, make_company, make_conversation

WRITERS = 8


def at_once(work: list[object]) -> list[object]:
    """Run the callables in threads of their own, each with a connection of its own."""

    def run(job: object) -> object:
        try:
            return job()  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, work))


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_get_numbers_without_gaps() -> None:
    company = make_company()
    conversation = make_conversation(company)
    before = Conversation.objects.get(pk=conversation.pk).last_sequence

    def job(number: int) -> object:
        message = NewMessage(role="customer", sender="c", text=f"{number}", sent_at=MOMENT)
        return lambda: add_messages(by=Actor.system(company.pk), conversation=conversation, messages=[message])

    at_once([job(number) for number in range(40)])
    numbers = sorted(Message.objects.values_list("sequence", flat=True))
    assert numbers == list(range(before + 1, before + 41))
    assert Event.objects.filter(type="conversation.message_added").count() == 40


@pytest.mark.django_db(transaction=True)
def test_the_same_message_sent_at_once_is_stored_once() -> None:
    company = make_company()
    conversation = make_conversation(company)
    message = NewMessage(role="customer", sender="c", text="hello", sent_at=MOMENT)

    def send() -> str:
        return add_messages(by=Actor.system(company.pk), conversation=conversation, messages=[message])[0].pk

    assert len(set(at_once([send] * 16))) == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_conversation_created_at_once_is_one() -> None:
    company = make_company()

    def create() -> str:
        return create_or_update_conversation(
            by=Actor.system(company.pk),
            scope=Scope(company.pk, "production"),
            external_id="same",
            customer=Party("customer", "Sarah"),
            started_at=MOMENT,
            agent=Party("671", "Robin"),
            metadata={"queue": "q"},
        ).pk

    assert len(set(at_once([create] * 16))) == 1
    assert Conversation.objects.count() == 1
    assert Participant.objects.count() == 2


@pytest.mark.django_db
def test_two_agents_cannot_be_in_one_conversation(company: Company) -> None:
    conversation = make_conversation(company)
    second = Agent.objects.create(company=company, environment="production", external_id="672")
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.create(conversation=conversation, role="agent", agent=second, joined_at=MOMENT)


@pytest.mark.django_db
def test_the_end_and_the_status_agree(company: Company) -> None:
    conversation = make_conversation(company)
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(status="ended")
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=conversation.pk).update(resolution="resolved")


@pytest.mark.django_db
def test_the_change_of_agents_is_an_interval(company: Company) -> None:
    conversation = make_conversation(company, agent="671")
    make_conversation(company, agent="672")
    rows = Participant.objects.filter(conversation=conversation, role="agent").order_by("pk")
    assert [row.agent.external_id for row in rows if row.agent] == ["671", "672"]
    assert rows[0].left_at == rows[1].joined_at > MOMENT + timedelta(seconds=1)


@pytest.fixture
def company(db: None) -> Company:  # noqa: ARG001
    return make_company()
