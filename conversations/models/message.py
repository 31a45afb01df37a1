from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Company
from conversations.models.conversation import MAX_EXTERNAL_ID_LENGTH, Conversation

CLIENT_ID_LENGTH = 80
TEXT_DIGEST_BYTES = 16
# Characters of a text as it is sent; masks may make the stored one longer.
MAX_MESSAGE_LENGTH = 20_000


class SenderRole(models.TextChoices):
    """The sender's role. `system` is a virtual agent or the desk itself: a sender, not a participant."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"


class MessageKind(models.TextChoices):
    """Kinds of messages. Customers see `chat` only; every read for customers selects that kind."""

    CHAT = "chat"
    NOTE = "note"
    WHISPER = "whisper"


class Message(models.Model):
    """One message, redacted before it is stored. It never changes afterwards.

    `client_id` makes a resend harmless: it is the sender's own id of the message or, where there is none, a
    digest of what makes two messages the same (role, sender, time and text), see `conversations.identity`.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    # No index of their own: the indexes and constraints below begin with these columns.
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sequence = models.PositiveIntegerField()
    client_id = models.CharField(max_length=CLIENT_ID_LENGTH)
    kind = models.CharField(max_length=16, choices=MessageKind, default=MessageKind.CHAT)
    role = models.CharField(max_length=16, choices=SenderRole)
    sender_external_id = models.CharField(max_length=MAX_EXTERNAL_ID_LENGTH, blank=True)
    text = models.TextField()
    text_digest = models.BinaryField(
        null=True,
        max_length=TEXT_DIGEST_BYTES,
        help_text="Of the text as it was sent under its sender's own id: is it the same when it comes again?",
    )
    is_automatic = models.BooleanField(
        default=False, help_text="The desk sent it by itself in an agent's name, such as a greeting."
    )
    sent_at = models.DateTimeField(help_text="As the sender says (clientTimestamp).")
    created_at = models.DateTimeField(help_text="When we stored it (createdTimestamp).")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sequence"], name="message_sequence_is_unique"),
            models.UniqueConstraint(fields=["conversation", "client_id"], name="message_client_id_is_unique"),
            models.CheckConstraint(condition=~Q(text=""), name="message_has_text"),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in SenderRole]), name="sender_role_is_known"
            ),
        ]
        indexes = [
            # Training reads a company's agent messages in order of time.
            models.Index(fields=["company", "role", "sent_at"], name="message_by_role_and_time"),
            # Agent history: what one agent said lately.
            models.Index(
                fields=["company", "sender_external_id", "-sent_at"],
                condition=Q(role="agent", kind="chat"),
                name="message_by_agent_and_time",
            ),
        ]

    def __str__(self) -> str:
        return self.id
