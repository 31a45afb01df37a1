"""Stores drafts: what an agent wrote and has not sent."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Agent
from composer.models import MAX_DRAFT_LENGTH, Draft
from conversations.models import Conversation
from safety.services import redactor_for


def utf16_length(text: str) -> int:
    """Return the length of a text as browsers count it."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def keep_draft(*, agent: Agent, conversation: Conversation, text: str, cursor: int, revision: int) -> Draft:
    """Store the draft unless a newer revision is stored. Return the stored row.

    Saves may arrive out of order, from two tabs or after a send: the highest revision wins, and a sent draft is an
    empty text with a high revision. The text is redacted: the browser has the words as typed, the row has what sending
    them would store.
    """
    text = redactor_for(agent.company_id, agent.environment).redact(text)[:MAX_DRAFT_LENGTH]
    cursor = min(cursor, utf16_length(text))
    mine = Draft.objects.filter(agent=agent, conversation=conversation)
    values = {"text": text, "cursor": cursor, "revision": revision, "updated_at": timezone.now()}
    if not mine.filter(revision__lt=revision).update(**values):
        try:
            with transaction.atomic():
                return Draft.objects.create(agent=agent, conversation=conversation, **values)
        except IntegrityError:
            # There is one: newer than ours, or created a moment ago by another tab and perhaps older.
            mine.filter(revision__lt=revision).update(**values)
    return mine.get()


def clear_draft(*, agent: Agent, conversation_id: str, revision: int) -> None:
    """Clear a draft that was sent at this revision, unless it has changed since. One statement."""
    sent = Draft.objects.filter(agent=agent, conversation_id=conversation_id, revision__lte=revision)
    sent.update(text="", cursor=0, revision=revision + 1, updated_at=timezone.now())
