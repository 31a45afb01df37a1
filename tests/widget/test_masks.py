"""What a customer sees of texts that the company stores but does not show, by the audiences of its rules."""

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
from safety.selectors import CUSTOMER_DELAY_S, Audience
from safety.services import set_audiences
from widget import recent_originals
from widget.models import Visitor
from widget.recent_originals import RecentOriginals
from widget.selectors import customer_row, customer_view_of
from widget.services import send_customer_message, start_chat

pytestmark = pytest.mark.django_db
MAIL = "jo@example.com"


@pytest.fixture
def nora(company: Company) -> Visitor:
    queue = Queue.objects.get(company=company, name="billing")
    return start_chat(company=company, token="token-1", queue=queue, name=f"Nora {MAIL}")


def seen(nora: Visitor, *audiences: Audience, age_s: float = 0.0) -> str:
    """Return what the customer sees of a mail address written `age_s` ago, if it is masked for these audiences."""
    rule = RedactionRule.objects.get(company=nora.company, kind=RuleKind.EMAIL)
    masked = {audience: audience in audiences for audience in Audience if audience != Audience.LEARNING}
    set_audiences(by=Actor.system(nora.company_id), rule_id=rule.pk, audiences=masked)
    assert nora.conversation is not None
    message = send_customer_message(
        visitor=nora, conversation_id=nora.conversation.pk, client_id="client-id-1", text=MAIL, sent_at=timezone.now()
    )
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(seconds=age_s))
    message.refresh_from_db()
    text = customer_row(row_of(message), customer_view_of(nora.conversation))["message"]["text"]
    assert isinstance(text, str)
    return text


def test_a_text_that_no_rule_masks_is_shown(nora: Visitor) -> None:
    assert seen(nora, age_s=CUSTOMER_DELAY_S + 5) == MAIL


def test_an_immediate_rule_masks_at_once(nora: Visitor) -> None:
    assert seen(nora, Audience.CUSTOMER) == "[EMAIL]"


def test_a_delayed_rule_does_not_mask_at_first(nora: Visitor) -> None:
    assert seen(nora, Audience.CUSTOMER_DELAYED) == MAIL


def test_a_delayed_rule_masks_after_the_delay(nora: Visitor) -> None:
    assert seen(nora, Audience.CUSTOMER_DELAYED, age_s=CUSTOMER_DELAY_S + 5) == "[EMAIL]"


def test_what_is_not_stored_cannot_be_shown(nora: Visitor) -> None:
    assert seen(nora, Audience.TRANSCRIPTS, Audience.CUSTOMER_DELAYED) == "[EMAIL]"


def test_an_original_text_is_forgotten_after_the_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(recent_originals, "time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    originals = RecentOriginals()
    originals.add("client-id-1", MAIL)
    now += CUSTOMER_DELAY_S
    assert (originals.get("client-id-1", now), originals.get("client-id-2", now)) == (MAIL, None)
    now += 0.1
    assert originals.get("client-id-1", now) is None


def test_a_text_that_is_not_stored_yet_is_not_shown_for_an_older_message_of_the_same_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_originals, "time", SimpleNamespace(monotonic=lambda: 5.0, time=lambda: 1_000.0))
    originals = RecentOriginals()
    originals.add("client-id-1", MAIL)
    assert (originals.get("client-id-1", 999.0), originals.get("client-id-1", 1_000.5)) == (None, MAIL)
    originals.mark_stored("client-id-1")
    assert originals.get("client-id-1", 999.0) == MAIL, "the message was sent again"


def test_the_name_in_the_form_is_redacted(nora: Visitor) -> None:
    assert Visitor.objects.get().name == "Nora [EMAIL]"
    assert Participant.objects.get(conversation=nora.conversation, role="customer").name == "Nora [EMAIL]"
