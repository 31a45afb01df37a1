"""The registry of personal data: it knows every column that can hold what a customer said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from accounts.personal_data import Location, locations, register

IDS_OF_OURS = "an id that this desk made"
NAMES_OF_STAFF = "what the company says of its own people, queues and settings"
TEXTS_OF_STAFF = "written by the company or its agents for many customers; they delete it themselves"
IDS_OF_CALLERS = "the calling system's own id of a message or of offers"
# What no location covers, and why.
NO_PERSONAL_DATA = {
    "widget.Visitor.token_digest": "a digest of random bits; the row is deleted",
    "composer.PersonalWord.word": TEXTS_OF_STAFF,
    "composer.CompanyWord.word": TEXTS_OF_STAFF,
    "composer.OfferSet.id": IDS_OF_OURS,
    "composer.OfferedReply.source": "a fixed word",
    "composer.OfferedReply.response_key": IDS_OF_OURS,
    "composer.MessageSent.message_id": IDS_OF_CALLERS,
    "composer.MessageSent.selected_suggestions_id": IDS_OF_CALLERS,
    "composer.MessageSent.initial_suggestions_id": IDS_OF_CALLERS,
    "composer.ComposerEvent.suggestions_id": IDS_OF_CALLERS,
    "composer.ComposerEvent.correction_id": IDS_OF_CALLERS,
    "assignments.AgentStatus.name": NAMES_OF_STAFF,
    "accounts.Event.type": "a fixed word",
    "accounts.Event.conversation_id": IDS_OF_OURS,
    "accounts.Event.message_id": IDS_OF_OURS,
    "accounts.Event.actor_id": IDS_OF_OURS,
    "accounts.Event.payload": "holds facts about agents and queues only (docs/events.md)",
    "accounts.EventCursor.reader": "a name in the code",
}
# Rooms and models whose texts are the company's own.
OF_THE_COMPANY = ("responses.", "safety.", "configuration.", "accounts.Company.", "accounts.User.", "accounts.Queue.",
                  "accounts.Agent.", "accounts.ApiCredential.", "accounts.AuditEntry.")  # fmt: skip


def columns() -> Iterator[str]:
    """Every column of ours that can hold a text, but keys and choices."""
    texts = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    for model in apps.get_models():
        if not model.__module__.startswith(("django.", "axes.")):
            for field in model._meta.concrete_fields:
                if isinstance(field, texts) and not field.choices and not field.primary_key:
                    yield f"{model._meta.app_label}.{model.__name__}.{field.name}"


def test_every_column_is_covered_or_holds_nothing_of_a_customer() -> None:
    known = {column for location in locations() for column in location.columns} | set(NO_PERSONAL_DATA)
    missing = {column for column in columns() if not column.startswith(OF_THE_COMPANY)} - known
    assert not missing, "register a location (accounts/personal_data.py), or say here why it needs none"


def test_every_column_that_is_named_exists() -> None:
    existing = set(columns()) | {"composer.OfferSet.id"}
    named = {column for location in locations() for column in location.columns} | set(NO_PERSONAL_DATA)
    assert named <= existing


def test_names_of_locations_are_unique() -> None:
    [first, *_] = locations()
    with pytest.raises(ValueError, match="already"):
        register([Location(first.name, [], lambda _: 0)])
