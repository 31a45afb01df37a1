"""What the suggestion engine is told and what it answers. Plain, immutable values; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

Role = Literal["agent", "customer", "system"]
Source = Literal["global", "custom", "organic", "company"]

# The reply shows at most three (contract README section 2).
MAX_OFFERS = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation, redacted. `at` is seconds since the epoch.

    `automatic`: the desk sent it in the agent's name, as a greeting. Nobody chose these words.
    """

    role: Role
    text: str
    at: float = 0.0
    automatic: bool = False


class RecentText(NamedTuple):
    """A text that an agent lately sent or was offered.

    `weight`: 1 for a message, more for an offer that was taken as it was; below 0 for what was passed over.
    `customer`: whose conversation it was sent in; "" for an offer that was not sent.
    """

    text: str
    weight: float
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One response of a list.

    `filters`: metadata name to the values of which the conversation must have one; all must match.
    """

    key: str
    text: str
    title: str = ""
    source: Source = "global"
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SuggestionContext:
    """Everything a suggestion may depend on, except the typed text.

    `inserts` holds the inserts that have a value here; `metadata` the conversation's own keys.
    `customs` are the responses of the agent's own list, in the order of their titles.
    `recent`: what this agent lately sent, newest first; then what was offered and changed or passed over.
    `customer_name`, `agent_name`: first names, "" where unknown. `day_part`: morning, afternoon or evening by the
    customer's time zone, "" where unknown.
    """

    company: str
    environment: str
    agent: str
    turns: tuple[Turn, ...] = ()
    inserts: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    customs: tuple[Entry, ...] = ()
    queue: str = ""
    customer_name: str = ""
    agent_name: str = ""
    day_part: str = ""
    recent: tuple[RecentText, ...] = ()
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """One reply offered to the agent. `text` has the inserts filled in, `template` has not.

    `parts` says what the score is made of, for the sandbox's "why".
    """

    text: str
    template: str
    title: str
    source: Source
    key: str = ""
    score: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offers:
    """At most three replies and perhaps the whole composer text with its phrase finished ("" for none)."""

    replies: tuple[Offer, ...] = ()
    phrase: str = ""


class SuggestionSession(Protocol):
    """A scene made ready once, asked at every keystroke."""

    def suggest(self, query: str) -> Offers:
        """Offers for the typed text. Pure, thread-safe, never raises for any text."""


class SuggestionEngine(Protocol):
    """An immutable engine for one company and environment, shared by all its conversations."""

    def prepare(self, scene: SuggestionContext) -> SuggestionSession:
        """Make a scene ready; done once for each change of the conversation, not for each keystroke."""
