from assignments.models.assignments import (
    MAX_NOTES_LENGTH,
    Assignment,
    AssignmentEnd,
    AssignmentOrigin,
    Disposition,
    Transfer,
    TransferExit,
)
from assignments.models.capacity import AgentCapacity, DeskConnection
from assignments.models.event_type import AgentEventType
from assignments.models.pauses import QueuePause
from assignments.models.statuses import AgentStatus, StatusKind, StatusPeriod
from assignments.models.waiting import QueueEntry, QueueOutcome

__all__ = [
    "MAX_NOTES_LENGTH",
    "AgentCapacity",
    "AgentEventType",
    "AgentStatus",
    "Assignment",
    "AssignmentEnd",
    "AssignmentOrigin",
    "DeskConnection",
    "Disposition",
    "QueueEntry",
    "QueueOutcome",
    "QueuePause",
    "StatusKind",
    "StatusPeriod",
    "Transfer",
    "TransferExit",
]
