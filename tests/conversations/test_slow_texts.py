"""A text that takes long to redact holds up nobody else's write."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection

from conversations.models import Conversation, Message
from safety.engine.masking import Redactor
from tests.factories import make_company, make_conversation, say

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "slow"
PATIENCE_S = 60


@dataclass
class Gate:
    """Redaction of SLOW waits here."""

    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate()
    redact = Redactor.redact

    def waiting(self: Redactor, text: str) -> str:
        if text == SLOW:
            gate.reached.set()
            assert gate.opened.wait(PATIENCE_S)
        return redact(self, text)

    monkeypatch.setattr(Redactor, "redact", waiting)
    return gate


def beside(work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def texts_of(conversation: Conversation) -> list[str]:
    return list(Message.objects.filter(conversation=conversation).values_list("text", flat=True))


def test_another_message_is_stored_meanwhile(gate: Gate) -> None:
    company = make_company()
    one, other = make_conversation(company), make_conversation(company, "other")
    slow = beside(lambda: say(one, SLOW))
    try:
        assert gate.reached.wait(PATIENCE_S)
        quick = beside(lambda: say(other, "quick"))
        quick.join(PATIENCE_S / 3)
        stored = texts_of(other)
    finally:
        gate.opened.set()
        slow.join()
    quick.join()
    assert stored == ["quick"]
    assert texts_of(one) == [SLOW]
