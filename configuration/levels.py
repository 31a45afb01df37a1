"""The levels at which a setting has values, and whom a value is for."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Protocol

from accounts.models import Agent, Company, Queue
from configuration.errors import ForeignOwnerError


class Level(enum.StrEnum):
    """The levels from the widest to the narrowest. The value of the narrowest level counts."""

    COMPANY = "company"
    ENVIRONMENT = "environment"
    QUEUE = "queue"
    AGENT = "agent"


ALL_LEVELS = frozenset(Level)
COMPANY_LEVELS = frozenset({Level.COMPANY, Level.ENVIRONMENT})


class Scoped(Protocol):
    """Whatever belongs to a company and, unless `environment` is None, to one of its environments."""

    @property
    def company_id(self) -> int: ...

    @property
    def environment(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a value is for: a company, one of its environments, or a queue or an agent in an environment.

    A queue serves both environments, so that a queue's value names its environment. Raises ForeignOwnerError for a
    queue or an agent that is not of the company and the environment, and ValueError for one without environment.
    """

    company_id: int
    environment: str | None = None
    queue: Queue | None = None
    agent: Agent | None = None

    def __post_init__(self) -> None:
        narrow = [one for one in (self.queue, self.agent) if one is not None]
        if len(narrow) > 1 or (narrow and self.environment is None):
            raise ValueError("a value is for one queue or one agent, in one environment")
        if any(one.company_id != self.company_id for one in narrow):
            raise ForeignOwnerError
        if self.agent is not None and self.agent.environment != self.environment:
            raise ForeignOwnerError

    @classmethod
    def of_agent(cls, agent: Agent) -> Owner:
        return cls(agent.company_id, agent.environment, agent=agent)

    @property
    def level(self) -> Level:
        if self.agent is not None:
            return Level.AGENT
        if self.queue is not None:
            return Level.QUEUE
        return Level.COMPANY if self.environment is None else Level.ENVIRONMENT

    @property
    def subject(self) -> Company | Queue | Agent:
        """The model instance for audit entries. Of a company only the primary key is filled in."""
        return self.agent or self.queue or Company(pk=self.company_id)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of the owner's rows."""
        return {
            "company_id": self.company_id,
            "environment": self.environment,
            "queue": self.queue,
            "agent": self.agent,
        }
