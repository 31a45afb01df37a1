"""The history above a transcript: earlier messages, and above the first one the customer's earlier conversations.

Source: contract desk-facts section 4 (earlier conversations of the customer scroll above the current one).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from composer.desk.display.conversation_panel import earlier_conversations
from composer.desk.display.participants import Participants, participants_of
from composer.desk.display.summaries import summary_of
from composer.desk.display.transcripts import TranscriptLine, transcript_of
from conversations.models import Conversation
from conversations.selectors import messages_below


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of history.

    `heading`: the name of an earlier conversation; `before`: the sequence with which to ask for the next page;
    `previous`: the conversation before it, once all of this one is shown. Where both are None there is no more history.
    """

    heading: str
    lines: list[TranscriptLine]
    before: int | None
    previous: str | None


def history_page(conversation: Conversation, reader: User, *, before: int | None) -> HistoryPage:
    """Return the messages with a sequence below `before`; without it, the end of an earlier conversation."""
    participants = participants_of(conversation, reader)
    transcript = transcript_of(conversation, participants, before=before, select=messages_below)
    previous = None
    if transcript.earlier is None and participants.customer is not None:
        found = earlier_conversations(conversation, participants.customer, reader)
        previous = found.values_list("pk", flat=True).first()
    return HistoryPage(
        heading=_heading(conversation, participants) if before is None else "",
        lines=transcript.lines,
        before=transcript.earlier,
        previous=previous,
    )


def end_of(conversation: Conversation, reader: User) -> dict[str, object]:
    """Return what `side/_earlier_lines.html` and the heading above it show: the end of an ended conversation."""
    participants = participants_of(conversation, reader)
    return {
        "earlier": summary_of(conversation, participants, now=timezone.localtime()),
        "transcript": transcript_of(conversation, participants),
    }


def _heading(conversation: Conversation, participants: Participants) -> str:
    """When it was, in which queue, and how it ended. Reads `conversation.queue`."""
    summary = summary_of(conversation, participants, now=timezone.localtime())
    parts = f"Earlier conversation, {summary.started}", summary.queue, summary.status_label
    return " · ".join(part for part in parts if part)
