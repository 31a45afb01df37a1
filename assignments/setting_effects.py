"""What happens when a setting of this room changes, in the transaction of the change."""

from __future__ import annotations

from accounts.events import tell_agents_changed
from accounts.models import Environment, Queue
from assignments.lifecycle.offering import assign_after_commit
from assignments.models import Assignment
from assignments.presence import queue_ids_of
from assignments.setting_declarations import ASKS_WRAP_UP, SLOTS
from configuration.registry import Change, after_change
from configuration.selectors import stored_settings
from conversations.selectors import Scope


@after_change(SLOTS)
def assign_to_new_slots(change: Change) -> None:
    """Assign what waits to slots that became free."""
    if change.owner.agent is not None:
        assign_after_commit(queue_ids_of(change.owner.agent))
    else:
        assign_after_commit(Queue.objects.filter(company=change.owner.company_id).values_list("pk", flat=True))


@after_change(ASKS_WRAP_UP)
def drop_wrap_ups(change: Change) -> None:
    """Take conversations that await a disposition off the desks for which it is not asked any more."""
    for environment in [change.owner.environment] if change.owner.environment else Environment.values:
        if stored_settings(Scope(change.owner.company_id, environment))[ASKS_WRAP_UP]:
            continue
        waiting = Assignment.objects.filter(
            agent__company=change.owner.company_id, agent__environment=environment, awaits_wrap_up=True
        )
        agents = set(waiting.values_list("agent_id", flat=True))
        waiting.update(awaits_wrap_up=False)
        tell_agents_changed(agents)
