"""The participants of a conversation, as pages name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from accounts.models import Agent, User
from conversations.models import Conversation, Customer, Participant, ParticipantRole, Status

NAMELESS_CUSTOMER = "Visitor"


@dataclass(frozen=True, slots=True)
class Participants:
    """The people of one conversation. `agent` is empty when nobody has it; `agent_names` is by external id."""

    customer: Customer | None
    customer_name: str
    agent: str
    agent_names: dict[str, str]
    own_external_ids: frozenset[str]

    @property
    def customer_initials(self) -> str:
        """Return the initials for the customer's avatar; "" for a customer without a name."""
        return "" if self.customer_name == NAMELESS_CUSTOMER else initials(self.customer_name)

    def agent_name(self, external_id: str) -> str:
        """Return the name beside a message; "You" for the reader's own."""
        if external_id in self.own_external_ids:
            return "You"
        return self.agent_names.get(external_id) or external_id or "Agent"

    def knows(self, external_id: str) -> bool:
        """Is this one of the agents of the conversation?"""
        return external_id in self.agent_names


def participants_of(conversation: Conversation, reader: User) -> Participants:
    """Return the participants. Reads `conversation.participants` (prefetch them with PARTICIPANTS).

    `agent` is the present agent; in an ended conversation it is the last one.
    """
    people = list(conversation.participants.all())
    customers = [row for row in people if row.role == ParticipantRole.CUSTOMER]
    agents = [row for row in people if row.agent is not None]
    customer = max(customers, key=attrgetter("joined_at", "pk"), default=None)
    if conversation.status == Status.ENDED:
        agent = max(agents, key=attrgetter("joined_at", "pk"), default=None)
    else:
        agent = next((row for row in agents if row.left_at is None), None)
    return Participants(
        customer=customer.customer if customer else None,
        customer_name=(customer.name if customer else "") or NAMELESS_CUSTOMER,
        agent=_agent_name(agent) if agent else "",
        agent_names={row.external_id: _agent_name(row) for row in agents},
        own_external_ids=frozenset(
            row.external_id for row in agents if row.agent is not None and row.agent.user_id == reader.pk
        ),
    )


def with_visitors(participants: Participants, conversation: Conversation, senders: Iterable[str]) -> Participants:
    """Return the participants, and the names of those who only left a note: a supervisor is no participant.

    One query, none when every sender took part.
    """
    unknown = {sender for sender in senders if sender and not participants.knows(sender)}
    if not unknown:
        return participants
    agents = Agent.objects.select_related("user").filter(
        company_id=conversation.company_id, environment=conversation.environment, external_id__in=unknown
    )
    names = {agent.external_id: agent.display_name for agent in agents}
    return replace(participants, agent_names={**names, **participants.agent_names})


def _agent_name(participant: Participant) -> str:
    agent = participant.agent
    user = agent.user if agent else None
    return str(user) if user else participant.name or str(agent)


def initials(name: str) -> str:
    """Return one or two letters for an avatar; "" for a name without letters."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return ""
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
