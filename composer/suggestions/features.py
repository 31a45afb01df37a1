"""Which features are on for an agent: agent over queue over company; a feature without a row is on."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Agent
from composer.models import Feature, FeatureSwitch
from conversations.selectors import Scope
from freshness.stamps import Topic, topic


def features_topic(scope: Scope) -> Topic:
    """The scope's switches: of the company, its queues and its agents."""
    return topic("features", f"{scope.company_id}:{scope.environment}")


@dataclass(frozen=True, slots=True)
class Features:
    """True means on. `autocompose` off (the control group) overrides the others for whoever shows them."""

    suggestions_while_typing: bool = True
    phrase_completions: bool = True
    spellcheck: bool = True
    autopilot_greetings: bool = True
    autocompose: bool = True


def features_for(scope: Scope, agent: Agent | None, queue_id: int | None = None) -> Features:
    """The resolved features. One query."""
    here = Q(queue__isnull=True, agent__isnull=True)
    if queue_id is not None:
        here |= Q(queue_id=queue_id)
    if agent is not None:
        here |= Q(agent=agent)
    rows = FeatureSwitch.objects.filter(here, company_id=scope.company_id, environment=scope.environment)
    # The company's rows first, the agent's last: the later one wins.
    ordered = sorted(rows, key=lambda row: (row.agent_id is not None, row.queue_id is not None))
    return Features(**{Feature(row.feature).value: row.enabled for row in ordered})
