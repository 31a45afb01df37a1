"""What the suggestion engine is given and what it answers. Plain, immutable values; no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

Role = Literal["agent", "customer", "system"]
Source = Literal["global", "custom", "organic", "company"]

# An answer holds at most three replies (API contract, section 2).
MAX_OFFERS = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the conversation, redacted. `at`: seconds since the epoch.

    `automatic`: the desk sent it in the agent's name, as a greeting. Nobody chose these words.
    """

    role: Role
    text: str
    at: float = 0.0
    automatic: bool = False


class RecentText(NamedTuple):
    """A text that an agent lately sent or was offered.

    `weight`: 1 for a message, more for an offer that was taken as it was; below 0 for one that was passed over.
    `customer`: whose conversation it was sent in; "" for an offer that was not sent.
    """

    text: str
    weight: float
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One response of a list.

    `filters`: pairs of a metadata name and the values of which the conversation must have one; all must match.
    """

    key: str
    text: str
    title: str = ""
    source: Source = "global"
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class SuggestionContext:
    """Everything that suggestions depend on, except the typed text.

    `inserts`: the inserts that have a value in this conversation; `metadata`: the conversation's own keys.
    `customs`: the responses of the agent's own list, by title.
    `recent`: what this agent lately sent, newest first; then what was offered and changed or passed over.
    `customer_name`, `agent_name`: first names, "" where unknown. `day_part`: morning, afternoon or evening in the
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


class FeatureShare(NamedTuple):
    """What one feature adds to a score: `value` x `weight`."""

    value: float
    weight: float

    @property
    def share(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class FilterCheck:
    """One filter of a response: the values it wants, and the value the conversation has (None for none)."""

    wanted: frozenset[str]
    found: str | None

    @property
    def matches(self) -> bool:
        return self.found in self.wanted


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """What the score of a candidate is made of, and what it lacks to be offered.

    `score` is in log units. `first_stage` and `reranker` hold the share of each feature by its name; the re-ranker
    weighs the best candidates only, and is empty for the others. `missing_inserts`: names of inserts without a value;
    `missing_slots`: kinds of slots that nothing said in the conversation fills.
    """

    source: Source
    score: float
    first_stage: Mapping[str, FeatureShare] = field(default_factory=dict)
    reranker: Mapping[str, FeatureShare] = field(default_factory=dict)
    filters: Mapping[str, FilterCheck] = field(default_factory=dict)
    missing_inserts: tuple[str, ...] = ()
    missing_slots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One reply offered to the agent. `text` has the inserts filled in, `template` has not.

    `parts`: what the score is made of. None in answers to keystrokes, where nobody looks at it; sessions fill it in on
    demand (`serve.explain`).
    """

    text: str
    template: str
    title: str
    source: Source
    key: str = ""
    score: float = 0.0
    parts: ScoreParts | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """At most MAX_OFFERS replies, and the whole composer text with its phrase completed ("" for none)."""

    replies: tuple[Offer, ...] = ()
    phrase: str = ""


class SuggestionSession(Protocol):
    """A prepared context, asked at every keystroke."""

    def suggest(self, query: str) -> Offers:
        """Return offers for the typed text. Pure, thread-safe, never raises for any text."""


class SuggestionEngine(Protocol):
    """An immutable engine for one company and environment, shared by all its conversations."""

    def prepare(self, context: SuggestionContext) -> SuggestionSession:
        """Prepare a context; done once for each change of the conversation, not for each keystroke."""
