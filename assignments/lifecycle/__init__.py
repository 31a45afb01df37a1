"""The life of a conversation: each transition is one function, and nobody else writes these rows.

A transition writes the conversation, its participants, assignment, queue entry, transfer and disposition, the events
and, where a person acted on somebody else's conversation, an audit entry, in one transaction. Hints follow the commit.

    create_or_update_conversation   create; another system assigns an agent; an API call reopens
    enqueue                         the customer waits; one who was timed out comes back (reopen)
    assign_waiting                  offer: match what waits with free agents
    take, transfer_to_agent         assign
    transfer_to_queue               transfer
    requeue_disconnected, requeue_unanswered
    end_conversation, close_conversation, end_elsewhere, time_out, wrap_up
    import_conversations            conversations that begin in the middle of their life

Locks are taken in one order: the conversation, then the capacities of agents, these by id. Two transactions that follow
it never deadlock.
"""

from assignments.lifecycle.creating import create_or_update_conversation
from assignments.lifecycle.endings import close_conversation, end_conversation, end_elsewhere, time_out, wrap_up
from assignments.lifecycle.importing import import_conversations
from assignments.lifecycle.offering import assign_after_commit, assign_waiting, queues_with_waiting
from assignments.lifecycle.queueing import enqueue, take
from assignments.lifecycle.requeueing import requeue_disconnected, requeue_unanswered
from assignments.lifecycle.transfers import check_transfer, transfer_to_agent, transfer_to_queue

__all__ = [
    "assign_after_commit",
    "assign_waiting",
    "check_transfer",
    "close_conversation",
    "create_or_update_conversation",
    "end_conversation",
    "end_elsewhere",
    "enqueue",
    "import_conversations",
    "queues_with_waiting",
    "requeue_disconnected",
    "requeue_unanswered",
    "take",
    "time_out",
    "transfer_to_agent",
    "transfer_to_queue",
    "wrap_up",
]
