"""What a customer sees of texts that the company keeps but does not show, by the policies of its rules."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company, Queue
from conversations.events import row_of
from conversations.models import Message, Participant
from safety.models import RedactionRule, RuleKind
from safety.selectors import SHOWN_S
from safety.services import Policies, set_policies
from widget import as_typed
from widget.as_typed import AsTyped
from widget.models import Visitor
from widget.selectors import customer_row, side_of
from widget.services import send_customer_message, start_chat

pytestmark = pytest.mark.django_db
MAIL = "jo@example.com"


@pytest.fixture
def nora(company: Company) -> Visitor:
    queue = Queue.objects.get(company=company, name="billing")
    return start_chat(company=company, token="token-1", queue=queue, name=f"Nora {MAIL}")


def seen(nora: Visitor, age_s: float = 0.0, **policies: bool) -> str:
    """What the customer sees of a mail address that they wrote `age_s` ago, under these policies."""
    rule = RedactionRule.objects.get(company=nora.company, kind=RuleKind.EMAIL)
    off = {"transcripts": False, "agent_immediate": False, "customer_immediate": False, "customer_delayed": False}
    set_policies(by=Actor.system(nora.company_id), rule_id=rule.pk, policies=Policies(**off | policies))
    assert nora.conversation is not None
    message = send_customer_message(
        visitor=nora, conversation_id=nora.conversation.pk, client_id="client-id-1", text=MAIL, sent_at=timezone.now()
    )
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(seconds=age_s))
    message.refresh_from_db()
    text = customer_row(row_of(message), side_of(nora.conversation))["message"]["text"]
    assert isinstance(text, str)
    return text


def test_without_a_policy_it_is_shown(nora: Visitor) -> None:
    assert seen(nora, SHOWN_S + 5) == MAIL


def test_at_once(nora: Visitor) -> None:
    assert seen(nora, customer_immediate=True) == "[EMAIL]"


def test_a_moment_later(nora: Visitor) -> None:
    assert seen(nora, customer_delayed=True) == MAIL


def test_after_that_moment(nora: Visitor) -> None:
    assert seen(nora, SHOWN_S + 5, customer_delayed=True) == "[EMAIL]"


def test_what_is_not_stored_cannot_be_shown(nora: Visitor) -> None:
    assert seen(nora, transcripts=True, customer_delayed=True) == "[EMAIL]"


def test_what_was_typed_is_forgotten_after_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(as_typed, "time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    typed = AsTyped()
    typed.keep("client-id-1", MAIL)
    now += SHOWN_S
    assert (typed.get("client-id-1", now), typed.get("client-id-2", now)) == (MAIL, None)
    now += 0.1
    assert typed.get("client-id-1", now) is None


def test_words_on_their_way_are_not_shown_for_an_older_message_of_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as_typed, "time", SimpleNamespace(monotonic=lambda: 5.0, time=lambda: 1_000.0))
    typed = AsTyped()
    typed.keep("client-id-1", MAIL)
    assert (typed.get("client-id-1", 999.0), typed.get("client-id-1", 1_000.5)) == (None, MAIL)
    typed.stored("client-id-1")
    assert typed.get("client-id-1", 999.0) == MAIL, "it was sent once more"


def test_the_name_in_the_form_is_redacted(nora: Visitor) -> None:
    assert Visitor.objects.get().name == "Nora [EMAIL]"
    assert Participant.objects.get(conversation=nora.conversation, role="customer").name == "Nora [EMAIL]"
