"""Stores drafts: what an agent wrote and has not sent."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When
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


def clear_drafts(sent: Mapping[tuple[str, str], int]) -> None:
    """Clear the drafts that were sent, unless they have changed since. At most two statements.

    `sent`: the revision at which each was sent, by agent and conversation. Call it in a transaction.
    """
    if not sent:
        return
    agents, conversations = zip(*sent, strict=True)
    rows = Draft.objects.filter(agent__in=set(agents), conversation__in=set(conversations))
    found = rows.select_for_update().order_by("pk").values_list("pk", "agent_id", "conversation_id", "revision")
    cleared = {
        pk: revision + 1
        for pk, agent_id, conversation_id, kept in found
        if (revision := sent.get((agent_id, conversation_id), -1)) >= kept
    }
    if cleared:
        newer = Case(*(When(pk=pk, then=Value(revision)) for pk, revision in cleared.items()))
        Draft.objects.filter(pk__in=cleared).update(text="", cursor=0, revision=newer, updated_at=timezone.now())
