from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Agent
from conversations.models import MAX_MESSAGE_LENGTH, Conversation, Message

MAX_DRAFT_LENGTH = MAX_MESSAGE_LENGTH
MAX_WORD_LENGTH = 64


class Draft(models.Model):
    """What an agent has written in a conversation and not sent. One row for each; the highest revision wins.

    A row whose text is empty stays: its revision keeps a late save from bringing back what was sent. Drafts are
    redacted as messages are: what a draft may not keep, the message that it becomes may not keep either.
    """

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField(blank=True, max_length=MAX_DRAFT_LENGTH)
    cursor = models.PositiveIntegerField(default=0, help_text="In UTF-16 units, as the browser counts.")
    revision = models.BigIntegerField(help_text="Given by the browser; grows with every change.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "conversation"], name="one_draft_per_agent_and_conversation"),
            models.CheckConstraint(condition=Q(revision__gte=0), name="draft_revision_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.conversation_id}"


class PersonalWord(models.Model):
    """A word that is never corrected for this agent: one whose correction was undone, or one that was added."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="personal_words")
    word = models.CharField(max_length=MAX_WORD_LENGTH)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "word"], name="personal_word_is_unique"),
            models.CheckConstraint(condition=~Q(word=""), name="personal_word_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.word


class UsageReport(models.Model):
    """A desk's report about one message, stored with the message and recorded by a worker later.

    The row is what makes the recording certain: it is written in the transaction of the message, and it is recorded
    in the transaction that sets `recorded_at`, however often it is delivered.
    """

    message = models.OneToOneField(
        Message, primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="usage_report"
    )
    payload = models.JSONField(help_text="As the desk sent it; emptied once it is recorded.")
    stored_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["stored_at"], condition=Q(recorded_at__isnull=True), name="usage_not_recorded"),
        ]

    def __str__(self) -> str:
        return self.message_id


class OfferSet(models.Model):
    """Replies that were on an agent's screen together while a message was written."""

    id = models.CharField(primary_key=True, max_length=32, help_text="The suggestions id of the analytics events.")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_constraint=False, related_name="offer_sets")
    typed = models.TextField(blank=True, help_text="What stood in the composer, redacted; empty for an autosuggest.")
    shown_at = models.DateTimeField()

    class Meta:
        ordering = ["message", "shown_at", "id"]

    def __str__(self) -> str:
        return self.id


class OfferedReply(models.Model):
    """One reply of a set, and where it came from."""

    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, db_constraint=False, related_name="+", db_index=False
    )
    offer_set = models.ForeignKey(OfferSet, on_delete=models.CASCADE, db_constraint=False, related_name="replies")
    position = models.PositiveIntegerField(help_text="From 1, as the analytics events count.")
    source = models.CharField(max_length=16)
    response_key = models.CharField(max_length=64, blank=True, help_text="Of the list entry, where it is one.")
    text = models.TextField()
    score = models.FloatField()

    class Meta:
        verbose_name_plural = "offered replies"
        ordering = ["offer_set", "position"]
        constraints = [
            models.UniqueConstraint(fields=["message", "offer_set", "position"], name="offered_position_is_unique"),
            models.CheckConstraint(
                condition=Q(source__in=["global", "custom", "organic", "company"]), name="offer_source_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_set_id} {self.position}"


class GreetingState(models.TextChoices):
    """A greeting ends once: whoever moves it away from `counting` decides."""

    COUNTING = "counting"
    SENT = "sent"
    CANCELLED = "cancelled"


class GreetingRun(models.Model):
    """The auto-pilot greeting of one assignment: at most one, counted down by the server.

    Source: seed autocompose__feature-releases__auto-pilot-greetings-for-autocompose. `previewed_at` is when the
    preview and its countdown appear, `due_at` when the text is sent.
    """

    participant = models.OneToOneField(
        "conversations.Participant", primary_key=True, on_delete=models.CASCADE, related_name="greeting_run"
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="greeting_runs")
    text = models.TextField()
    previewed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=GreetingState, default=GreetingState.COUNTING)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="counting", ended_at__isnull=True)
                | (~Q(state="counting") & Q(ended_at__isnull=False)),
                name="greeting_ends_with_its_state",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="greeting_has_text"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="counting"), name="greeting_due")]

    def __str__(self) -> str:
        return f"{self.participant_id} {self.state}"
