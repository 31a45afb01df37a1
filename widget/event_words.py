"""What a chat page says of an event, in the customer's words."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.models import EventType
from widget.moves import Moves

_WORDS: Mapping[str, str] = {
    EventType.ENDED: "The conversation has ended",
    EventType.TIMED_OUT: "We did not hear from you. Write to go on",
}


def event_words(type_: str, sequence: int, moves: Moves) -> str:
    """Return the sentence for an event that is no message; "" shows nothing.

    An agent who was away for a moment only was there all the time for the customer (`widget.moves`).
    """
    if type_ == EventType.AGENT_JOINED:
        name, arrival = moves.joined.get(sequence, ("", "new"))
        return {
            "new": f"{name or 'Somebody'} joined the chat",
            "back": f"{name or 'Your agent'} is back",
            "at_once": "",
        }[arrival]
    if type_ == EventType.AGENT_LEFT:
        return "You are being connected to a colleague" if sequence in moves.passed_on else ""
    return _WORDS.get(type_, "")
