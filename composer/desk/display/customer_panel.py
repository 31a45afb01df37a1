"""The customer panel of the desk: who the customer is, their earlier conversations, and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accounts.models import User
from composer.desk.display.conversation_panel import ConversationDetails, details_of
from composer.desk.display.labels import metadata_label
from composer.desk.display.participants import participants_of
from conversations.models import Conversation

# Usual names of these facts in a conversation's metadata, as lower-case labels.
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
    """One known fact of the customer. `address`: the link that its value opens, or ""."""

    label: str
    value: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class CustomerPanel:
    """`contact`: e-mail address, page and device, where known. `details`: the rest of the metadata, in words."""

    conversation: ConversationDetails
    contact: list[Detail]
    details: list[Detail]


def customer_panel(conversation: Conversation, reader: User) -> CustomerPanel:
    """Return the panel in at most seven queries, see `composer.desk.display.conversation_panel`."""
    shown = details_of(conversation, participants_of(conversation, reader), reader=reader, last_messages=True)
    details = [_detail(name, value) for name, value in shown.metadata if value]
    first = EMAIL_LABELS, PAGE_LABELS, DEVICE_LABELS
    contact = [detail for labels in first for detail in details if detail.label.casefold() in labels]
    return CustomerPanel(
        conversation=shown,
        contact=contact,
        details=[detail for detail in details if detail not in contact],
    )


def _detail(name: str, value: str) -> Detail:
    label = metadata_label(name)
    kind = _kind(label.casefold(), value)
    return Detail(label, value, {"email": f"mailto:{value}", "page": value}.get(kind, ""))


def _kind(label: str, value: str) -> Literal["email", "page", ""]:
    if label in EMAIL_LABELS and "@" in value and not any(letter.isspace() or letter in "?&" for letter in value):
        return "email"
    return "page" if value.startswith(("https://", "http://")) else ""
