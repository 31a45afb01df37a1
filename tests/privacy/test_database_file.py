"""What is erased is gone from the files of the desk too: SQLite's, its log, Redis, and models."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company
from caching.clients import sync_client
from composer.learning.training import train_suggestions
from composer.models import SuggestionModel
from conversations.history import History, PastConversation, PastMessage
from conversations.selectors import Scope
from conversations.services import Party
from privacy.database_file import overwrite_deleted_rows
from tests.commanding import run
from tests.factories import make_company, make_conversation, make_list, say

pytestmark = pytest.mark.django_db(transaction=True)

MARK = b"quillfeather"


@pytest.fixture
def company() -> Company:
    return make_company()


def holds_mark(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and MARK in path.read_bytes().lower()]


def database_files() -> list[str]:
    """Return those of SQLite's files in which the mark stands."""
    name = Path(connection.settings_dict["NAME"])
    return [path.name for path in name.parent.glob(f"{name.name}*") if MARK in path.read_bytes()]


def values_in_redis() -> bytes:
    client = sync_client()
    return b" ".join(key + (client.dump(key) or b"") for key in client.scan_iter())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reuses the space of deleted rows by itself")
class TestSqlite:
    def test_the_file_and_its_log_keep_no_deleted_text(self, company: Company) -> None:
        conversation = make_conversation(company, customer_name=MARK.decode())
        for number in range(50):
            say(conversation, f"{MARK.decode()} says it {number} times " * 20, after=number)
        say(make_conversation(company, "other", customer="2"), "This stays")
        assert database_files(), "the mark must be there, or its absence shows nothing"
        assert run("erase_customer", "--company", "acme", "11462").out.startswith("erased 1 ")
        assert database_files() == []

    def test_so_after_retention(self, company: Company) -> None:
        conversation = make_conversation(company)
        say(conversation, f"{MARK.decode()} " * 50)
        long_ago = timezone.now() - timedelta(days=400)
        conversation.messages.update(created_at=long_ago)
        type(conversation).objects.filter(pk=conversation.pk).update(started_at=long_ago, created_at=long_ago)
        run("apply_retention", "--company", "acme", "--days", "90")
        assert database_files() == []


@pytest.mark.django_db
def test_inside_a_transaction_it_does_nothing(company: Company) -> None:  # noqa: ARG001
    from django.db import transaction

    with transaction.atomic():
        assert not overwrite_deleted_rows()


def test_a_text_that_three_customers_were_told_goes_with_one_of_them(
    company: Company, settings: Any, tmp_path: Path
) -> None:
    """A model may hold what three customers were told. With one of them erased, the next one holds it no more."""
    settings.MODELS_DIR = tmp_path / "models"
    make_list(company, "Good day to you")
    scope, by = Scope(company.pk, "production"), Actor.system(company.pk)
    at = timezone.now() - timedelta(days=1)
    said = f"Please ask for {MARK.decode()} at the counter."
    rows = [
        PastConversation(
            f"past-{customer}",
            [
                PastMessage("customer", f"c-{customer}", "Where do I go?", at),
                PastMessage("agent", "a1", said, at + timedelta(seconds=1)),
            ],
            customer=Party(f"c-{customer}"),
            agent=Party("a1", "Robin Agent"),
        )
        for customer in range(3)
    ]
    History(by, scope).write(rows)
    train_suggestions(scope, by=by)
    assert holds_mark(settings.MODELS_DIR), "three customers were told: a model may hold it"
    run("erase_customer", "--company", "acme", "c-1")
    out = run("train_suggestions", "--company", "acme", "--environment", "production").out
    assert "1 earlier models with erased conversations are deleted" in out
    assert holds_mark(settings.MODELS_DIR) == []
    assert SuggestionModel.objects.filter(erased_since__isnull=False).count() == 0


def test_redis_holds_no_text_even_before(company: Company) -> None:
    conversation = make_conversation(company, customer=MARK.decode(), customer_name=MARK.decode())
    say(conversation, f"{MARK.decode()} is here")
    assert MARK not in values_in_redis()
