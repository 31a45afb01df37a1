from __future__ import annotations

from django.db import models


class AgentEventType(models.TextChoices):
    """What can happen to an agent at a desk: types of `accounts.models.Event`, each with its `agent`.

    Played again in order, they give the intervals in `StatusPeriod`: a status ends when the next one starts, or with
    `STATUS_ENDED` when the agent is gone.
    """

    DESK_OPENED = "agent.desk_opened"
    DESK_CLOSED = "agent.desk_closed"
    STATUS_STARTED = "agent.status_started"
    STATUS_ENDED = "agent.status_ended"


class QueueEventType(models.TextChoices):
    """What can happen to a queue: types of `accounts.models.Event`, each with its `to_queue`.

    Played again in order, they give the intervals in `QueuePause`.
    """

    PAUSED = "queue.paused"
    RESUMED = "queue.resumed"
