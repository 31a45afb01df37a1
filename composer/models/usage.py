from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Company
from conversations.models import Conversation

MAX_ID_LENGTH = 256


class Augmentation(models.TextChoices):
    """How AutoCompose helped with a message (contract README section 2, `augmentationType`)."""

    FREEHAND = "FREEHAND"
    AUTOSUGGEST = "AUTOSUGGEST"
    AUTOCOMPLETE = "AUTOCOMPLETE"
    PHRASE_AUTOCOMPLETE = "PHRASE_AUTOCOMPLETE"
    CUSTOM_DRAWER = "CUSTOM_DRAWER"
    CUSTOM_INSERT = "CUSTOM_INSERT"
    GLOBAL_INSERT = "GLOBAL_INSERT"
    FLUENCY_APPLY = "FLUENCY_APPLY"
    FLUENCY_UNDO = "FLUENCY_UNDO"


class MessageSent(models.Model):
    """How an agent made one message: the documented message-sent event. One for each message.

    `message_id` is stored as it was sent: an integration may report a message before it stores it here.
    Fields that were left out have the documented defaults, "" and 0. Times are seconds.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages_sent")
    message_id = models.CharField(max_length=MAX_ID_LENGTH)
    num_edits = models.PositiveIntegerField(default=0)
    selected_suggestion_text = models.TextField(blank=True)
    selected_suggestions_id = models.CharField(max_length=MAX_ID_LENGTH, blank=True)
    selected_suggestion_index = models.PositiveIntegerField(default=0, help_text="From 1; 0 when none was selected.")
    initial_suggestions_id = models.CharField(max_length=MAX_ID_LENGTH, blank=True)
    time_to_action = models.FloatField(default=0)
    crafting_time = models.FloatField(default=0)
    dwell_time = models.FloatField(default=0)
    phrases_presented = models.PositiveIntegerField(default=0)
    phrases_selected = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "messages sent"
        constraints = [
            models.UniqueConstraint(fields=["conversation", "message_id"], name="one_message_sent_per_message")
        ]
        indexes = [models.Index(fields=["company", "received_at"], name="message_sent_by_time")]

    def __str__(self) -> str:
        return self.message_id


class MessageAugmentation(models.Model):
    """One entry of `augmentationType`; order and repeats are kept as sent."""

    message_sent = models.ForeignKey(
        MessageSent, on_delete=models.CASCADE, db_constraint=False, related_name="augmentations"
    )
    position = models.PositiveIntegerField()
    type = models.CharField(max_length=24, choices=Augmentation)

    class Meta:
        ordering = ["message_sent", "position"]
        constraints = [
            models.UniqueConstraint(fields=["message_sent", "position"], name="augmentation_position_is_unique"),
            models.CheckConstraint(
                condition=Q(type__in=[kind.value for kind in Augmentation]), name="augmentation_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.type


class ComposerAction(models.TextChoices):
    """One action in the composer (contract README section 2, analytic event `type`)."""

    SUGGESTION_1 = "suggestion-1-inserted"
    SUGGESTION_2 = "suggestion-2-inserted"
    SUGGESTION_3 = "suggestion-3-inserted"
    PHRASE = "phrase-completion-accepted"
    SPELLCHECK_APPLIED = "spellcheck-applied"
    SPELLCHECK_UNDONE = "spellcheck-undone"
    CUSTOM_DRAWER = "custom-response-drawer-inserted"
    CUSTOM_PANEL = "custom-panel-inserted"
    GLOBAL_PANEL = "global-panel-inserted"


class ComposerEvent(models.Model):
    """The documented message analytic event: what an agent did while composing. Kept in order of arrival."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="composer_events")
    type = models.CharField(max_length=40, choices=ComposerAction)
    suggestions_id = models.CharField(max_length=MAX_ID_LENGTH)
    correction_id = models.CharField(max_length=MAX_ID_LENGTH, blank=True)
    query = models.TextField(blank=True)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["company", "received_at"], name="composer_event_by_time")]

    def __str__(self) -> str:
        return self.type
