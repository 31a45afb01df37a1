"""What agents do at the desk: every write of it is one function here."""

from composer.desk.services.drafts import keep_draft
from composer.desk.services.greetings import cancel_greeting, send_greeting, start_greeting, to_greet
from composer.desk.services.reading import mark_read
from composer.desk.services.sending import AgentSending, Outgoing, send_message

__all__ = [
    "AgentSending",
    "Outgoing",
    "cancel_greeting",
    "keep_draft",
    "mark_read",
    "send_greeting",
    "send_message",
    "start_greeting",
    "to_greet",
]
