"""What agents did with offers: which they chose, and which they did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from composer.models import MessageSent, OfferedReply


class SentMessage(NamedTuple):
    """A message that an agent sent."""

    conversation_id: str
    text: str


class ChosenOffer(NamedTuple):
    """The offer that was chosen for a message. `edits`: characters changed afterwards."""

    text: str
    edits: int


def chosen_offers(messages: Mapping[str, SentMessage]) -> dict[str, ChosenOffer]:
    """Return the chosen offers by the ids of their messages."""
    conversations = {sent.conversation_id for sent in messages.values()}
    rows = MessageSent.objects.filter(conversation__in=conversations, message_id__in=messages).exclude(
        selected_suggestion_text=""
    )
    found = rows.values_list("message_id", "selected_suggestion_text", "num_edits")
    return {message_id: ChosenOffer(text, edits) for message_id, text, edits in found}


def not_chosen(messages: Mapping[str, SentMessage], chosen: Mapping[str, ChosenOffer]) -> Iterator[str]:
    """Yield offers that were shown and not chosen, once for each message, unless the agent typed them anyway."""
    shown = OfferedReply.objects.filter(message__in=messages).order_by("message_id", "text")
    for message_id, text in shown.values_list("message_id", "text").distinct():
        taken = message_id in chosen and _same(text, chosen[message_id].text)
        if not taken and not _same(text, messages[message_id].text):
            yield text


def _same(one: str, other: str) -> bool:
    return one.casefold().split() == other.casefold().split()
