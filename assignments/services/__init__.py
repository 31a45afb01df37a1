from assignments.services.desks import desk_closed, desk_opened, desk_seen, desks_seen
from assignments.services.pauses import pause_queue, resume_queue
from assignments.services.statuses import (
    add_default_statuses,
    set_first_reply_limit,
    set_slots,
    set_status,
    set_wrap_up,
)

__all__ = [
    "add_default_statuses",
    "desk_closed",
    "desk_opened",
    "desk_seen",
    "desks_seen",
    "pause_queue",
    "resume_queue",
    "set_first_reply_limit",
    "set_slots",
    "set_status",
    "set_wrap_up",
]
