"""Records how agents used the composer: the documented analytics events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction

from composer.errors import UsageConflictError
from composer.models import ComposerEvent, MessageAugmentation, MessageSent
from conversations.errors import ErasedError
from conversations.models import Conversation
from safety.services import redactor_for


@dataclass(frozen=True, slots=True)
class SentFigures:
    """The figures of one message-sent event; times in seconds, defaults "" and 0 (openapi autocompose)."""

    num_edits: int = 0
    selected_suggestion_text: str = ""
    selected_suggestions_id: str = ""
    selected_suggestion_index: int = 0
    initial_suggestions_id: str = ""
    time_to_action: float = 0.0
    crafting_time: float = 0.0
    dwell_time: float = 0.0
    phrases_presented: int = 0
    phrases_selected: int = 0


@transaction.atomic
def record_message_sent(
    *, conversation: Conversation, message_id: str, augmentations: Sequence[str], figures: SentFigures
) -> MessageSent:
    """Store the event of one message. The same report again changes nothing.

    Raises UsageConflictError for another report of the same message, and ErasedError.
    """
    # The row's lock: two deliveries of one report at the same time wait for each other.
    conversation = _locked(conversation)
    values = asdict(figures)
    redactor = redactor_for(conversation.company_id, conversation.environment)
    values["selected_suggestion_text"] = redactor.redact(figures.selected_suggestion_text)
    before = MessageSent.objects.filter(conversation=conversation, message_id=message_id).first()
    if before is not None:
        same = all(getattr(before, name) == value for name, value in values.items())
        if not same or [row.type for row in before.augmentations.all()] != list(augmentations):
            raise UsageConflictError
        return before
    row = MessageSent.objects.create(
        company_id=conversation.company_id, conversation=conversation, message_id=message_id, **values
    )
    MessageAugmentation.objects.bulk_create(
        MessageAugmentation(message_sent=row, position=position, type=kind)
        for position, kind in enumerate(augmentations)
    )
    return row


@transaction.atomic
def record_composer_event(
    *,
    conversation: Conversation,
    type_: str,
    suggestions_id: str,
    correction_id: str = "",
    query: str = "",
    text: str = "",
) -> ComposerEvent:
    """Store one composer action, with redacted texts. Each call is a new event: actions may repeat.

    Raises ErasedError.
    """
    conversation = _locked(conversation)
    redactor = redactor_for(conversation.company_id, conversation.environment)
    return ComposerEvent.objects.create(
        company_id=conversation.company_id,
        conversation=conversation,
        type=type_,
        suggestions_id=suggestions_id,
        correction_id=correction_id,
        query=redactor.redact(query),
        text=redactor.redact(text),
    )


def _locked(conversation: Conversation) -> Conversation:
    """Lock the conversation, so that an erasure comes before or after. Raises ErasedError."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if conversation.erased_at is not None:
        raise ErasedError(conversation.pk)
    return conversation
