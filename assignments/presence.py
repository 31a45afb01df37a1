"""Which agents could take a conversation now: at a desk, in an active status, with a free slot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Agent, QueueMembership, Role, UserRole
from assignments.models import DeskConnection, StatusKind, StatusPeriod
from assignments.setting_declarations import SLOTS
from configuration.expressions import agent_setting
from conversations.models import Channel, Participant, Status

# A desk's process renews its row every 15 s (`composer.desk.socket.heartbeat`). A row that was not renewed for this
# long belongs to a process that died.
DEAD_AFTER = timedelta(seconds=45)


class Load(TypedDict):
    """The columns that `with_load` adds to an agent."""

    load: int
    slots: int


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    LoadedAgent = WithAnnotations[Agent, Load]


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of an agent: how many are in use, and how many there are."""

    used: int
    total: int

    @property
    def free(self) -> int:
        return max(0, self.total - self.used)


def with_load(agents: QuerySet[Agent]) -> QuerySet[LoadedAgent]:
    """Annotate `load`, the live conversations that each agent has now, and `slots`, how many each may have.

    A conversation that another system runs takes no slot: that system never reports its end.
    """
    held = (
        Participant.objects.filter(agent=OuterRef("pk"), left_at__isnull=True, conversation__status=Status.LIVE)
        .exclude(conversation__channel=Channel.API)
        .order_by()
        .values("agent")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return agents.annotate(load=Coalesce(Subquery(held), Value(0)), slots=agent_setting(SLOTS))


def slots_of(agent: Agent) -> Slots:
    """Return the agent's slots. One query."""
    used, total = with_load(Agent.objects.filter(pk=agent.pk)).values_list("load", "slots").get()
    return Slots(used, total)


def at_desk(agents: QuerySet[Agent], now: datetime) -> QuerySet[Agent]:
    """Filter agents with an open desk, in an active status, who may still sign in and answer customers."""
    connected = DeskConnection.objects.filter(agent=OuterRef("pk"), seen_at__gt=now - DEAD_AFTER)
    active = StatusPeriod.objects.filter(
        agent=OuterRef("pk"), ended_at__isnull=True, status__kind=StatusKind.ACTIVE.value
    )
    answers = UserRole.objects.filter(user=OuterRef("user"), role=Role.AGENT)
    return agents.filter(Exists(connected), Exists(active), Exists(answers), user__is_active=True)


def queue_ids_of(agent: Agent) -> list[int]:
    """Return the ids of the queues in which the agent works."""
    if agent.user_id is None:
        return []  # an agent of another system
    return list(QueueMembership.objects.filter(user_id=agent.user_id).values_list("queue_id", flat=True))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent with a free slot, for one of the queues in question."""

    queue_id: int
    agent_id: str
    environment: str


def candidates(queue_ids: Collection[int], now: datetime) -> list[Candidate]:
    """Return the agents with a free slot for each queue, best first: the smallest share of slots in use, idle longest.

    One query.
    """
    rows = (
        with_load(at_desk(Agent.objects.filter(user__queue_memberships__queue__in=queue_ids), now))
        .filter(load__lt=F("slots"))
        .values_list("user__queue_memberships__queue", "pk", "environment", "load", "slots", "capacity__busy_at")
    )
    wanted = set(queue_ids)
    # An agent who was never busy counts as idle longest. The id makes the order total.
    ordered = sorted(
        (row for row in rows if row[0] in wanted),
        key=lambda row: (row[3] / row[4], row[5] is not None, row[5] or now, row[1]),
    )
    return [Candidate(queue_id, agent_id, environment) for queue_id, agent_id, environment, *_ in ordered]
