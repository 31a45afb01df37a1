from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models.audit import ActorKind
from accounts.models.company import Company, Environment
from accounts.models.people import Agent, Queue

MAX_READER_LENGTH = 64


class Event(models.Model):
    """Something that happened in a company, written in the transaction of the change. It never changes afterwards.

    `company_sequence` numbers the events of a company without gaps. It is given after the commit
    (`accounts.event_log.numbering`), so that no writer waits for another one; until then it is empty. `sequence`
    numbers the events of one conversation without gaps, and is the catch-up cursor of every page; a message and its
    event share the number.

    `agent`: whom the event is about: who joined, left or changed status, or had the conversation when it was
    transferred or ended. `to_agent`, `to_queue`: where a conversation went; `from_queue`: where it was. `payload`:
    further facts as they were then, by the version of their form; never message text. docs/events.md lists them.

    Conversations and messages are known by id only: rooms above this one own them, and the log is kept in monthly
    partitions that no foreign key may point into.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    company_sequence = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    environment = models.CharField(max_length=16, choices=Environment, blank=True, help_text="Empty: of both.")
    type = models.CharField(max_length=40)
    # Null and not "": each null is another one for the unique constraint.
    conversation_id = models.CharField(max_length=ULID_LENGTH, null=True, blank=True)  # noqa: DJ001
    sequence = models.PositiveIntegerField(null=True, blank=True)
    message_id = models.CharField(max_length=ULID_LENGTH, blank=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind)
    actor_id = models.CharField(max_length=64, blank=True)
    # Nobody reads the events of an agent or a queue: no indexes.
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    to_agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    from_queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    to_queue = models.ForeignKey(Queue, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    payload = models.JSONField(default=dict, blank=True)
    payload_version = models.PositiveSmallIntegerField(default=1)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Both in each partition only, on PostgreSQL. The lock of the conversation, and that of the head of the log,
            # keep them unique across partitions. Nulls are distinct.
            models.UniqueConstraint(
                fields=["conversation_id", "sequence"], name="event_sequence_is_unique_in_conversation"
            ),
            models.UniqueConstraint(fields=["company", "company_sequence"], name="event_sequence_is_unique_in_company"),
            models.CheckConstraint(
                condition=Q(conversation_id__isnull=True, sequence__isnull=True)
                | Q(conversation_id__isnull=False, sequence__isnull=False),
                name="events_of_conversations_have_a_sequence",
            ),
            models.CheckConstraint(condition=Q(company_sequence__gte=1), name="event_company_sequence_is_positive"),
        ]
        indexes = [
            # What is to be numbered.
            models.Index(fields=["company", "id"], condition=Q(company_sequence__isnull=True), name="events_to_number"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class UserEventType(models.TextChoices):
    """What can happen to a person: types of `Event`. The actor is the person."""

    SIGNED_IN = "user.signed_in"
    SIGNED_OUT = "user.signed_out"


class EventLogHead(models.Model):
    """The highest sequence that a company's events have. Its row is the lock of those who number them."""

    company = models.OneToOneField(Company, primary_key=True, on_delete=models.CASCADE, related_name="event_log_head")
    company_sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.company_id} {self.company_sequence}"


class EventCursor(models.Model):
    """How far a reader of the log has come in a company. Its row is the lock of the process that reads.

    All events up to `company_sequence` are handled. A reader whose handling failed waits until `retry_at`.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="event_cursors", db_index=False)
    reader = models.CharField(max_length=MAX_READER_LENGTH)
    company_sequence = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    retry_at = models.DateTimeField(null=True, blank=True)
    advanced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "reader"], name="one_cursor_per_company_and_reader"),
            models.CheckConstraint(
                condition=Q(failures=0, retry_at__isnull=True) | Q(failures__gt=0, retry_at__isnull=False),
                name="failed_readers_retry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader} {self.company_id} {self.company_sequence}"
