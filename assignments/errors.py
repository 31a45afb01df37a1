"""What can go wrong with queues and assignments. The text is for the agent who asked."""

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
    """Somebody was faster, or the customer left."""

    code = "not_waiting"

    def __init__(self, holder: Agent | None = None) -> None:
        who = holder.user or holder if holder is not None else None
        super().__init__(f"{who} has this conversation by now." if who else "This customer does not wait any more.")


class NotYourQueueError(AssignmentError):
    """The conversation waits in a queue that the agent does not work in."""

    code = "not_your_queue"

    def __init__(self) -> None:
        super().__init__("This conversation waits in a queue that you are not in.")


class NoFreeSlotError(AssignmentError):
    """The agent has as many conversations as they may."""

    code = "no_free_slot"

    def __init__(self, agent: Agent, slots: int, *, own: bool) -> None:
        who = "You have" if own else f"{agent.user or agent} has"
        full = "no slots for conversations" if slots == 0 else f"no free slot: all {slots} are in use"
        super().__init__(f"{who} {full}.")


class TargetAwayError(AssignmentError):
    """The agent is not at a desk, or in a status in which no conversations come."""

    code = "target_away"

    def __init__(self, agent: Agent) -> None:
        super().__init__(f"{agent.user or agent} is not available now. Choose somebody else or a queue.")


class TargetIsSelfError(AssignmentError):
    """A transfer to the agent who has it."""

    code = "target_is_self"

    def __init__(self) -> None:
        super().__init__("You have this conversation already. Choose somebody else or a queue.")


class EmptyQueueError(AssignmentError):
    """No agent of the queue could answer."""

    code = "empty_queue"

    def __init__(self, queue: Queue) -> None:
        super().__init__(f"Nobody else in {queue.label} is available now. Choose another queue or an agent.")


class ForeignError(AssignmentError):
    """A row of another company or environment; callers pass only what they may see, so this is their mistake."""

    code = "foreign"

    def __init__(self) -> None:
        super().__init__("That is not of this company.")
