"""Stores how far agents have read conversations."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.events import agent_group
from accounts.models import Agent
from caching.channel_layer import send_hint
from composer.models import ReadMark
from conversations.models import Conversation


@transaction.atomic
def mark_read(*, agent: Agent, conversation_id: str, sequence: int) -> int:
    """Record that the agent has read the conversation up to this sequence. Return the sequence then read.

    The mark never decreases, and never passes the newest row. When it changes, every desk of the agent gets a hint.
    """
    newest = Conversation.objects.values_list("last_sequence", flat=True).get(pk=conversation_id)
    sequence = min(sequence, newest)
    mine = ReadMark.objects.filter(agent=agent, conversation=conversation_id)
    if sequence < 1:
        return mine.values_list("sequence", flat=True).first() or 0
    values = {"sequence": sequence, "updated_at": timezone.now()}
    has_moved = mine.filter(sequence__lt=sequence).update(**values) > 0
    if not has_moved:
        row, has_moved = ReadMark.objects.get_or_create(agent=agent, conversation_id=conversation_id, defaults=values)
        if row.sequence < sequence:  # another desk created it a moment ago
            has_moved = mine.filter(sequence__lt=sequence).update(**values) > 0
        sequence = max(sequence, row.sequence)
    if has_moved:
        hint = {"type": "agent.read", "conversation": conversation_id, "upto": sequence}
        transaction.on_commit(lambda: send_hint(agent_group(agent.pk), hint))
    return sequence
