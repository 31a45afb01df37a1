"""Imports beside live traffic: one conversation, one row of numbers."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.actors import Actor
from accounts.models import Company
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Conversation
from conversations.selectors import Scope
from tests.factories import MOMENT, make_company, say


def past(*texts: str) -> PastConversation:
    messages = [PastMessage("agent", "a", text, MOMENT + timedelta(seconds=place)) for place, text in enumerate(texts)]
    return PastConversation("x", messages)


def run(company: Company, *texts: str) -> None:
    History(Actor.system(company.pk), Scope(company.pk, "production")).write([past(*texts)])


@pytest.mark.django_db(transaction=True)
def test_a_live_message_during_a_repeated_import_gets_a_number_of_its_own() -> None:
    company = make_company()
    with transaction.atomic():
        run(company, "one")
    conversation = Conversation.objects.get()

    def live() -> None:
        try:
            say(conversation, "live", after=100)
        finally:
            connection.close()

    other = threading.Thread(target=live)
    with transaction.atomic():
        run(company, "one", "two")
        other.start()
        other.join(0.3)  # it waits for the import's lock, or has its own turn before
    other.join(30)
    conversation.refresh_from_db()
    numbers = list(conversation.messages.order_by("sequence").values_list("text", "sequence"))
    assert numbers == [("one", 2), ("two", 3), ("live", 4)]
    assert conversation.last_sequence == 4
    say(conversation, "later", after=200)


@pytest.mark.django_db
def test_a_repeated_import_that_adds_nothing_leaves_the_row_alone() -> None:
    company = make_company()
    run(company, "one")
    Conversation.objects.update(last_sequence=7)
    run(company, "one")
    assert Conversation.objects.get().last_sequence == 7
