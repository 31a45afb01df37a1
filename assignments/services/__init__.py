from assignments.dispatch import assign_waiting
from assignments.requeue import reconcile_external_changes, requeue_disconnected, requeue_unanswered
from assignments.services.desks import desk_closed, desk_opened, desk_seen, desks_seen
from assignments.services.endings import close_conversation, end_conversation, time_out, wrap_up
from assignments.services.queueing import enqueue, take
from assignments.services.statuses import (
    add_default_statuses,
    set_first_reply_limit,
    set_slots,
    set_status,
    set_wrap_up,
)
from assignments.services.transfers import check_transfer, transfer_to_agent, transfer_to_queue

__all__ = [
    "add_default_statuses",
    "assign_waiting",
    "check_transfer",
    "close_conversation",
    "desk_closed",
    "desk_opened",
    "desk_seen",
    "desks_seen",
    "end_conversation",
    "enqueue",
    "reconcile_external_changes",
    "requeue_disconnected",
    "requeue_unanswered",
    "set_first_reply_limit",
    "set_slots",
    "set_status",
    "set_wrap_up",
    "take",
    "time_out",
    "transfer_to_agent",
    "transfer_to_queue",
    "wrap_up",
]
