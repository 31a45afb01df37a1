"""The rows of a conversation on an agent's desk: texts masked by the rules for agents, events in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from conversations.events import About, EventRow, MessageRow, Person
from conversations.models import EventType
from safety.engine.masking import Redactor

UNKNOWN = "an agent"  # older events do not name their agents


class DeskRow(TypedDict):
    """A row of the desk's transcript. `words`: the sentence for an event without a message; "" shows nothing."""

    sequence: int
    type: str
    at: float
    message: MessageRow | None
    words: str


def desk_rows(rows: Sequence[EventRow], redactor: Redactor, *, me: str, customer: str) -> list[DeskRow]:
    return [desk_row(row, redactor, me=me, customer=customer) for row in rows]


def desk_row(row: EventRow, redactor: Redactor, *, me: str, customer: str) -> DeskRow:
    """Return one row. `me`: the reader's external id; `customer`: the customer's name."""
    message = row["message"]
    if message is not None:  # a rule may mask stored text for agents only, or be newer than the message
        message = {**message, "text": redactor.redact(message["text"])}
    return DeskRow(
        sequence=row["sequence"],
        type=row["type"],
        at=row["at"],
        message=message,
        words=_words(row["type"], row["about"], me, customer) if row["about"] is not None else "",
    )


def _words(type_: str, about: About, me: str, customer: str) -> str:
    if type_ == EventType.TRANSFERRED:
        return _transferred(about, me, customer)
    if type_ == EventType.AGENT_LEFT and (about["to_agent"] or about["to_queue"]):
        return ""  # the transfer says it
    agent = _name(about["agent"], me)
    say: Mapping[str, Callable[[], str]] = {
        EventType.QUEUED: lambda: f"{customer} waits in {about['to_queue'] or 'the queue'}",
        EventType.AGENT_JOINED: lambda: f"{agent} joined",
        EventType.AGENT_LEFT: lambda: f"{agent} left",
        EventType.RESUMED: lambda: f"{customer} came back",
        EventType.AUTHENTICATED: lambda: f"{customer} signed in",
        EventType.TIMED_OUT: lambda: f"Timed out: {customer} was silent",
        EventType.ENDED: lambda: f"{_doer(about, me, customer) or 'The system'} ended the chat",
    }
    return _sentence(say[type_]()) if type_ in say else ""


def _transferred(about: About, me: str, customer: str) -> str:
    to = _name(about["to_agent"], me) if about["to_agent"] else about["to_queue"] or "somebody else"
    doer = _doer(about, me, customer)
    if not doer:
        return f"The chat went back from {_name(about['agent'], me)} to {to}"
    start = _name(about["agent"], me) if about["by"] == "staff" else about["from_queue"]
    return _sentence(f"{doer} passed the chat from {start} to {to}" if start else f"{doer} passed the chat to {to}")


def _sentence(words: str) -> str:
    # Names begin as people write them.
    return words[:1].upper() + words[1:] if words.startswith(("you ", UNKNOWN)) else words


def _doer(about: About, me: str, customer: str) -> str:
    """Return who did it; "" for the desk itself and for other systems."""
    names = {"agent": _name(about["agent"], me), "customer": customer, "staff": about["by_name"] or UNKNOWN}
    return names.get(about["by"], "")


def _name(agent: Person | None, me: str) -> str:
    if agent is None:
        return UNKNOWN
    return "you" if agent["id"] == me else agent["name"]
