from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models import Agent, Queue
from conversations.models import Conversation, Message, Participant, Resolution

MAX_NOTES_LENGTH = 4000


class AssignmentOrigin(models.TextChoices):
    """How a conversation came to its agent.

    `transfer`: from another agent, directly or through a queue. `returned`: from an agent who was gone or did not
    answer. `outside`: another system assigned the agent.
    """

    AUTOMATIC = "automatic"
    TAKEN = "taken"
    TRANSFER = "transfer"
    RETURNED = "returned"
    OUTSIDE = "outside"


class AssignmentEnd(models.TextChoices):
    """How an assignment ended. `returned`: the agent was gone or did not answer. `outside`: by another system."""

    ENDED = "ended"
    TIMED_OUT = "timed_out"
    TRANSFERRED = "transferred"
    RETURNED = "returned"
    OUTSIDE = "outside"


class Assignment(models.Model):
    """One agent's time with one conversation: what the desk knows in addition to the participant.

    The present participant alone says who has a conversation, and the database allows one; this row holds how it came
    to the agent and how it ended.
    """

    participant = models.OneToOneField(
        Participant, primary_key=True, on_delete=models.CASCADE, related_name="assignment"
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="assignments")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments")
    origin = models.CharField(max_length=16, choices=AssignmentOrigin)
    assigned_at = models.DateTimeField()
    first_reply_due_at = models.DateTimeField(null=True, blank=True, help_text="Empty: no limit, or it was met.")
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=16, choices=AssignmentEnd, blank=True)
    awaits_wrap_up = models.BooleanField(
        default=False, help_text="The conversation ended without its agent, who has yet to say how it went."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(awaits_wrap_up=True), name="one_wrap_up_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(awaits_wrap_up=False) | Q(ended_at__isnull=False),
                name="only_ended_assignments_await_wrap_up",
            ),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(ended_at__isnull=True), name="one_open_assignment_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="assignment_ends_in_some_way",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("assigned_at")),
                name="assignment_ends_after_its_start",
            ),
        ]
        indexes = [
            # "My past conversations", newest first.
            models.Index(fields=["agent", "-ended_at"], name="assignment_by_agent_newest"),
            # The sweep: open assignments, and first replies that are due.
            models.Index(fields=["agent"], condition=Q(ended_at__isnull=True), name="open_assignments"),
            # "My wrap-ups", read by every desk.
            models.Index(fields=["agent"], condition=Q(awaits_wrap_up=True), name="assignments_to_wrap_up"),
            models.Index(
                fields=["first_reply_due_at"],
                condition=Q(ended_at__isnull=True, first_reply_due_at__isnull=False),
                name="first_replies_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.conversation_id}"


class Disposition(models.Model):
    """The agent's disposition of a conversation. Notes are redacted before they are stored."""

    assignment = models.OneToOneField(
        Assignment, primary_key=True, on_delete=models.CASCADE, related_name="disposition"
    )
    resolution = models.CharField(max_length=16, choices=Resolution)
    notes = models.TextField(blank=True, max_length=MAX_NOTES_LENGTH)
    disposed_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="dispositions")
    disposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resolution__in=[resolution.value for resolution in Resolution]),
                name="disposition_resolution_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.resolution}"


class TransferExit(models.TextChoices):
    """How a transfer ended (contract desk-facts section 5)."""

    ACCEPTED = "TRANSFER_ACCEPTED"
    CONVERSATION_END = "CONVERSATION_END"
    SUPERSEDED = "SUPERSEDED"


class Transfer(models.Model):
    """A transfer: what was requested (`requested_*`) and what happened (`actual_*`).

    `is_automatic`: the desk moved it because its agent was gone or did not answer. `exit` is empty while the
    customer waits.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="transfers")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="transfers")
    requested_queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    requested_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actual_queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actual_agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="+",
        help_text="What the agent left for the next one; staff only.",
    )
    is_automatic = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    exit = models.CharField(max_length=24, choices=TransferExit, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(ended_at__isnull=True), name="one_open_transfer_per_conversation"
            ),
            models.CheckConstraint(
                condition=Q(requested_queue__isnull=False, requested_agent__isnull=True)
                | Q(requested_queue__isnull=True, requested_agent__isnull=False),
                name="transfer_is_to_a_queue_or_an_agent",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, exit="") | (Q(ended_at__isnull=False) & ~Q(exit="")),
                name="transfer_ends_with_an_exit",
            ),
            models.CheckConstraint(
                condition=~Q(exit="TRANSFER_ACCEPTED") | Q(actual_agent__isnull=False),
                name="accepted_transfer_has_an_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.exit or 'open'}"

    @property
    def is_accepted(self) -> bool:
        return self.exit == TransferExit.ACCEPTED
