from assignments.dispatch import assign_waiting
from assignments.returns import return_of_the_disconnected, return_unanswered, settle_what_others_did
from assignments.services.desks import desk_closed, desk_opened, desk_seen
from assignments.services.endings import close_conversation, end_conversation, time_out
from assignments.services.queueing import enqueue, take
from assignments.services.statuses import add_default_statuses, set_first_reply_limit, set_slots, set_status
from assignments.services.transfers import transfer_to_agent, transfer_to_queue

__all__ = [
    "add_default_statuses",
    "assign_waiting",
    "close_conversation",
    "desk_closed",
    "desk_opened",
    "desk_seen",
    "end_conversation",
    "enqueue",
    "return_of_the_disconnected",
    "return_unanswered",
    "set_first_reply_limit",
    "set_slots",
    "set_status",
    "settle_what_others_did",
    "take",
    "time_out",
    "transfer_to_agent",
    "transfer_to_queue",
]
