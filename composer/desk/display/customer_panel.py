"""The customer, as the desk's right side shows them: who they are, what was said before, what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accounts.models import User
from composer.desk.display.conversation_panel import ConversationDetails, details_of
from composer.desk.display.labels import metadata_label
from composer.desk.display.participants import Participants, participants_of
from composer.desk.display.summaries import last_lines, said_last
from conversations.models import Conversation

# What callers name these in a conversation's metadata, by their labels in small letters.
EMAIL_LABELS = {"email", "e mail", "mail", "email address", "customer email"}
PAGE_LABELS = {"page", "page url", "url", "current page", "current url", "referrer", "landing page"}
DEVICE_LABELS = {
    "device",
    "device type",
    "browser",
    "user agent",
    "os",
    "operating system",
    "platform",
    "app version",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is known of the customer. `address`: what a press on it opens, or ""."""

    label: str
    value: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class EarlierSummary:
    """One earlier conversation. `last_line` is what was said last, with its speaker."""

    id: str
    opening: str
    last_line: str
    when: str
    queue: str
    status_label: str


@dataclass(frozen=True, slots=True)
class CustomerPanel:
    """`contact`: e-mail address, page and device, where known. `details`: the rest of the metadata, in words."""

    facts: ConversationDetails
    contact: list[Detail]
    details: list[Detail]
    earlier: list[EarlierSummary]


def customer_panel(conversation: Conversation, reader: User) -> CustomerPanel:
    """Six queries at most, see `composer.desk.display.conversation_panel`."""
    facts = details_of(conversation, participants_of(conversation, reader), reader=reader)
    details = [_detail(name, value) for name, value in facts.metadata if value]
    first = EMAIL_LABELS, PAGE_LABELS, DEVICE_LABELS
    contact = [detail for labels in first for detail in details if detail.label.casefold() in labels]
    return CustomerPanel(
        facts=facts,
        contact=contact,
        details=[detail for detail in details if detail not in contact],
        earlier=_earlier(facts, reader),
    )


def _detail(name: str, value: str) -> Detail:
    label = metadata_label(name)
    kind = _kind(label.casefold(), value)
    return Detail(label, value, {"email": f"mailto:{value}", "page": value}.get(kind, ""))


def _kind(label: str, value: str) -> Literal["email", "page", ""]:
    if label in EMAIL_LABELS and "@" in value and not any(letter.isspace() or letter in "?&" for letter in value):
        return "email"
    return "page" if value.startswith(("https://", "http://")) else ""


def _earlier(facts: ConversationDetails, reader: User) -> list[EarlierSummary]:
    found = list(
        Conversation.objects.filter(pk__in=[row.id for row in facts.earlier]).prefetch_related(
            "participants__agent__user"
        )
    )
    lines = last_lines(found)
    casts: dict[str, Participants] = {row.pk: participants_of(row, reader) for row in found}
    rows = []
    for row in facts.earlier:
        said = said_last(lines.get(row.id), casts[row.id]) if row.id in casts else ""
        rows.append(EarlierSummary(row.id, row.opening, said, row.when, row.queue, row.status_label))
    return rows
