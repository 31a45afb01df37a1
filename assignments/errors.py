"""Errors of queues and assignments. The text is for the agent whose request failed."""

from __future__ import annotations

from accounts.models import Agent, Queue


class AssignmentError(Exception):
    """Base of the errors of this room. `code` is for programs."""

    code = "refused"


class NotHoldingError(AssignmentError):
    """The conversation went to somebody else, or it has ended."""

    code = "not_yours"

    def __init__(self) -> None:
        super().__init__("This conversation is no longer yours.")


class NotWaitingError(AssignmentError):
    """Another agent was faster, or the customer left."""

    code = "not_waiting"

    def __init__(self, holder: Agent | None = None) -> None:
        who = holder.display_name if holder is not None else None
        taken = f"{who} has already taken this conversation."
        super().__init__(taken if who else "This customer is no longer waiting.")


class NotYourQueueError(AssignmentError):
    """The conversation waits in a queue that the agent does not work in."""

    code = "not_your_queue"

    def __init__(self) -> None:
        super().__init__("This conversation is waiting in a queue that you do not work in.")


class NoFreeSlotError(AssignmentError):
    """All slots of the agent are in use."""

    code = "no_free_slot"

    def __init__(self, agent: Agent, slots: int, *, own: bool) -> None:
        who = "You have" if own else f"{agent.display_name} has"
        full = "no slots for conversations" if slots == 0 else f"no free slot: all {slots} are in use"
        super().__init__(f"{who} {full}.")


class TargetAwayError(AssignmentError):
    """The agent is not at a desk, or in a status in which no conversations come."""

    code = "target_away"

    def __init__(self, agent: Agent) -> None:
        super().__init__(f"{agent.display_name} is not available now. Choose somebody else or a queue.")


class TargetIsSelfError(AssignmentError):
    """A transfer to the agent who has the conversation."""

    code = "target_is_self"

    def __init__(self) -> None:
        super().__init__("You already have this conversation. Choose somebody else or a queue.")


class EmptyQueueError(AssignmentError):
    """No agent of the queue could answer."""

    code = "empty_queue"

    def __init__(self, queue: Queue) -> None:
        super().__init__(f"Nobody else in {queue.label} is available now. Choose another queue or an agent.")


class PausedQueueError(AssignmentError):
    """A transfer to a queue from which nothing is assigned now."""

    code = "queue_paused"

    def __init__(self, queue: Queue) -> None:
        super().__init__(f"{queue.label} is paused. Choose another queue or an agent.")


class ForeignError(AssignmentError):
    """A row of another company or environment. Callers pass only rows that they may see: this is a bug."""

    code = "foreign"

    def __init__(self) -> None:
        super().__init__("This belongs to another company.")
