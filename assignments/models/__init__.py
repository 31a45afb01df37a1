from assignments.models.holding import (
    MAX_NOTES_LENGTH,
    Assignment,
    AssignmentEnd,
    AssignmentOrigin,
    Disposition,
    Transfer,
    TransferExit,
)
from assignments.models.rules import DeskRules
from assignments.models.seats import DeskConnection, Seat
from assignments.models.statuses import AgentStatus, StatusKind, StatusPeriod
from assignments.models.waiting import QueueEntry, QueueOutcome

__all__ = [
    "MAX_NOTES_LENGTH",
    "AgentStatus",
    "Assignment",
    "AssignmentEnd",
    "AssignmentOrigin",
    "DeskConnection",
    "DeskRules",
    "Disposition",
    "QueueEntry",
    "QueueOutcome",
    "Seat",
    "StatusKind",
    "StatusPeriod",
    "Transfer",
    "TransferExit",
]
