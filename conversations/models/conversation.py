from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models import Agent, Company, Environment, Queue

MAX_EXTERNAL_ID_LENGTH = 256
MAX_NAME_LENGTH = 256
MAX_METADATA_NAME_LENGTH = 256
MAX_METADATA_VALUE_LENGTH = 4096
# Metadata entries of one conversation: all are read for its suggestions.
MAX_METADATA_ENTRIES = 200


class Channel(models.TextChoices):
    """How the customer reaches us; `api` is a conversation that another system runs."""

    API = "api"
    WEB = "web"
    IOS = "ios"
    ANDROID = "android"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    IMPORT = "import"


class Status(models.TextChoices):
    """The state of a conversation. `automated`: with the virtual agent, not in a queue yet."""

    AUTOMATED = "automated"
    WAITING = "waiting"
    LIVE = "live"
    ENDED = "ended"


class Resolution(models.TextChoices):
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    TIMED_OUT = "timed_out"


class Customer(models.Model):
    """A person who writes to the company, in one environment. It links that person's conversations.

    The name is not here but on the participant: an id shared by several visitors must not carry a name
    from one conversation into another.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="customers")
    environment = models.CharField(max_length=16, choices=Environment)
    external_id = models.CharField(max_length=MAX_EXTERNAL_ID_LENGTH)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "external_id"], name="customer_external_id_is_unique"
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class Conversation(models.Model):
    """One conversation about one issue.

    `last_sequence` is the sequence of the newest event. Messages and other events of a conversation are numbered 1, 2,
    3 ... without gaps; a page that has seen number n asks for the rows after n.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="conversations")
    environment = models.CharField(max_length=16, choices=Environment)
    external_id = models.CharField(max_length=MAX_EXTERNAL_ID_LENGTH)
    channel = models.CharField(max_length=16, choices=Channel, default=Channel.API)
    status = models.CharField(max_length=16, choices=Status)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="conversations")
    started_at = models.DateTimeField(help_text="As the caller says; created_at is ours.")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=16, choices=Resolution, blank=True)
    last_sequence = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When its messages and all else that a customer said were deleted."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "environment", "external_id"], name="conversation_external_id_is_unique"
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at__isnull=True)),
                name="only_ended_conversations_have_an_end",
            ),
            models.CheckConstraint(
                condition=Q(status="ended") | Q(resolution=""), name="only_ended_conversations_are_resolved"
            ),
            models.CheckConstraint(
                condition=Q(status="ended") | Q(erased_at__isnull=True), name="only_ended_conversations_are_erased"
            ),
        ]
        indexes = [
            # Lists: waiting of a queue, live ones, ended ones newest first.
            models.Index(fields=["company", "environment", "status", "-started_at"], name="conversation_lists"),
            # Who waits, of all companies: the sweep of the queues looks every few seconds.
            models.Index(fields=["queue"], condition=Q(status="waiting"), name="conversation_waiting"),
            # "Ended today", and the ended ones by their end.
            models.Index(fields=["company", "environment", "status", "-ended_at"], name="conversation_ends"),
        ]

    def __str__(self) -> str:
        return self.id


class Metadata(models.Model):
    """One key and value that the caller knows about the conversation: for inserts and for filters."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="metadata")
    name = models.CharField(max_length=MAX_METADATA_NAME_LENGTH)
    value = models.CharField(max_length=MAX_METADATA_VALUE_LENGTH, blank=True)

    class Meta:
        verbose_name_plural = "metadata"
        constraints = [models.UniqueConstraint(fields=["conversation", "name"], name="one_metadata_value_per_name")]

    def __str__(self) -> str:
        return self.name


class ParticipantRole(models.TextChoices):
    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"


class Participant(models.Model):
    """A person's time in a conversation, from `joined_at` to `left_at` (empty: still in it, or until its end).

    The constraint that at most one agent is in a conversation at a time is what makes it impossible for two
    agents to hold the same one.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    role = models.CharField(max_length=16, choices=ParticipantRole)
    agent = models.ForeignKey(Agent, null=True, blank=True, on_delete=models.PROTECT, related_name="participations")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="participations"
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH, blank=True, help_text="As given for this conversation.")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "role"],
                condition=Q(left_at__isnull=True),
                name="one_present_participant_per_role",
            ),
            models.CheckConstraint(
                condition=Q(role="agent", agent__isnull=False, customer__isnull=True)
                | Q(role="customer", agent__isnull=True, customer__isnull=False)
                | Q(role="bot", agent__isnull=True, customer__isnull=True),
                name="participant_is_what_its_role_says",
            ),
        ]
        indexes = [
            # "My conversations": the agent's present ones.
            models.Index(fields=["agent"], condition=Q(left_at__isnull=True), name="present_agents"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.name}".strip()

    @property
    def name_for_customers(self) -> str:
        """An agent's first name; "" for one without a name: another system's id is no name. Reads `self.agent.user`."""
        if self.agent is not None and self.agent.user is not None:
            return self.agent.user.first_name
        words = (self.name or (self.agent.name if self.agent is not None else "")).split()
        return words[0] if words else ""

    @property
    def external_id(self) -> str:
        """The id in the caller's system; reads `self.agent` or `self.customer`."""
        if self.agent is not None:
            return self.agent.external_id
        return self.customer.external_id if self.customer is not None else ""


class CustomerAuthentication(models.Model):
    """The customer proved who they are. The proof itself (token, cookies, headers) is never stored."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="authentications")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="authentications")
    stream_id = models.CharField(max_length=MAX_EXTERNAL_ID_LENGTH, blank=True)
    authenticated_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.customer_id}"
