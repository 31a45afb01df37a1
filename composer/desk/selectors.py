"""Who sees which conversation on the desk. Pages and sockets reach conversations through here."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Lower

from accounts.models import Agent, Environment, Queue, QueueMembership, Role, User
from assignments.models import QueueEntry
from conversations.models import Conversation, Participant
from conversations.selectors import Scope, conversations, with_unanswered_since

# Roles that work with conversations. A person who is only a developer reads no conversation.
DESK_ROLES = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)
# Everybody who is or was in a conversation: one query more, however many conversations are read.
PARTICIPANTS = Prefetch(
    "participants",
    queryset=Participant.objects.select_related("agent__user", "customer").order_by("joined_at", "pk"),
)


def with_wait_times(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add `unanswered_since` (`conversations.selectors`), and `queued_since` for customers who wait in a queue."""
    entry = QueueEntry.objects.filter(conversation=OuterRef("pk"), left_at__isnull=True)
    return with_unanswered_since(rows).annotate(queued_since=Subquery(entry.values("waits_since")[:1]))


def works_on_desk(user: User) -> bool:
    """May this person see conversations at all? Reads `user.roles`."""
    return not user.role_names().isdisjoint(DESK_ROLES)


def sees_whole_company(user: User) -> bool:
    """Does this person see every queue? Supervisors and admins do, agents see their own. Reads `user.roles`."""
    return not user.role_names().isdisjoint({Role.SUPERVISOR, Role.ADMIN})


def visible_conversations(user: User) -> QuerySet[Conversation]:
    """Return the conversations that this person may open: none, those of their queues and their own, or all.

    Their own conversations are those of which they are or were the agent: after a transfer they may still read them.
    """
    rows = conversations(Scope.of_user(user))
    if sees_whole_company(user):
        return rows
    if not works_on_desk(user):
        return rows.none()
    queues = QueueMembership.objects.filter(user_id=user.pk).values("queue_id")
    own = Participant.objects.filter(conversation_id=OuterRef("pk"), agent__user_id=user.pk)
    return rows.filter(Q(queue__in=queues) | Exists(own))


def visible_queues(user: User) -> QuerySet[Queue]:
    """Return the queues whose figures this person sees, by name."""
    queues = Queue.objects.filter(company_id=user.company_id).order_by(Lower("name"), "pk")
    if sees_whole_company(user):
        return queues
    if not works_on_desk(user):
        return queues.none()
    return queues.filter(memberships__user_id=user.pk)


def conversation_for(user: User, conversation_id: str) -> Conversation:
    """Return the conversation with its queue, its people and its wait.

    Raises Conversation.DoesNotExist for a conversation that does not exist and for one that this person may not see:
    the two must look the same from outside.
    """
    rows = with_wait_times(visible_conversations(user)).select_related("queue").prefetch_related(PARTICIPANTS)
    return rows.get(pk=conversation_id)


def desk_agent(user: User) -> Agent | None:
    """Return the agent as whom this person answers customers; None for other people. Reads `user.roles`."""
    if Role.AGENT not in user.role_names():
        return None
    return Agent.objects.filter(user=user, environment=Environment.PRODUCTION, company_id=user.company_id).first()
