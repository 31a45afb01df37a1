"""Audit entries: final, closed in what they may say, and read by company, page by page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.audit_entries import ALL, AuditFilter, audit_entries
from accounts.audit_facts import FACTS, AuditFactError, changed, text_facts
from accounts.models import ActorKind, AuditEntry, Company
from accounts.models.audit import AuditEntryIsFinalError
from tests.factories import make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


class TestFacts:
    @pytest.mark.parametrize(
        "facts",
        [
            {"password": "x"},
            {"text": "hello"},
            {"message": "hello"},
            {"secret": "x"},
            {"environment": "a sentence with spaces"},
            {"reason": "x" * 101},
            {"rate_limit": "many"},
            {"rate_limit": True},
            {"enabled": 1},
            {"enabled": "on"},
            {"roles": "admin"},
            {"name": 7},
            {"name": {"nested": "x"}},
        ],
    )
    def test_what_is_not_in_the_list_is_refused_and_not_repeated(self, by: Actor, company: Company, facts: Any) -> None:
        with pytest.raises(AuditFactError) as refused:
            record(by, "thing.changed", company, after=facts)
        [value] = facts.values()
        assert str(value) not in str(refused.value).replace("not true or false", "")
        with pytest.raises(AuditFactError):
            record(by, "thing.changed", company, before=facts)

    def test_no_fact_is_called_like_a_secret_or_a_text(self) -> None:
        words = ("password", "secret", "token", "cookie", "text", "message", "email", "phone", "draft", "note")
        harmless = {"messages", "from_transcripts", "text_digest", "text_length"}
        assert not [name for name in set(FACTS) - harmless if any(word in name for word in words)]

    def test_a_text_leaves_its_length_and_a_digest_that_needs_the_key(self, settings: Any) -> None:
        facts = text_facts(text="hello")
        assert (facts["text_length"], len(str(facts["text_digest"]))) == (5, 32)
        assert text_facts(text="hello") == facts
        settings.SECRET_KEY = "another key"
        assert text_facts(text="hello")["text_digest"] != facts["text_digest"]
        assert text_facts(text=None) == {"text_digest": None, "text_length": None}

    def test_only_what_differs_is_a_change(self) -> None:
        assert changed({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2, "c": None}, {"b": 3, "c": 4})


class TestFinal:
    def test_an_entry_is_never_changed_or_deleted(self, by: Actor, company: Company) -> None:
        entry = record(by, "thing.changed", company)
        entry.action = "thing.else"
        for change in (
            entry.save,
            entry.delete,
            AuditEntry.objects.filter(pk=entry.pk).delete,
            lambda: AuditEntry.objects.filter(pk=entry.pk).update(action="thing.else"),
            lambda: AuditEntry.objects.bulk_update([entry], ["action"]),
        ):
            with pytest.raises(AuditEntryIsFinalError), transaction.atomic():
                change()
        entry.refresh_from_db()
        assert entry.action == "thing.changed"

    def test_a_company_with_entries_is_not_deleted(self, company: Company) -> None:
        with pytest.raises(ProtectedError):
            company.delete()


class TestReading:
    @pytest.fixture(autouse=True)
    def twelve(self, company: Company, by: Actor) -> list[str]:
        """Entries of a minute each, oldest first; every third by an admin, of another action and subject."""
        unguarded = QuerySet(AuditEntry)
        unguarded.delete()
        start = timezone.now() - timedelta(hours=1)
        admin = Actor(company.pk, ActorKind.USER, "7")
        rows = []
        for minute in range(12):
            special = minute % 3 == 0
            row = record(admin if special else by, "queue.created" if special else "user.updated", company)
            unguarded.filter(pk=row.pk).update(at=start + timedelta(minutes=minute // 2 * 2))
            rows.append(row.pk)
        other = make_company("globex")
        record(Actor.system(other.pk), "queue.created", other)
        return rows

    def read(self, company: Company, filters: AuditFilter = ALL, size: int = 5) -> list[str]:
        """Return the ids of all pages."""
        found, cursor = [], None
        while True:
            page = audit_entries(company, filters, after=cursor, size=size)
            found += [entry.pk for entry in page.entries]
            if page.next is None:
                return found
            assert len(page.entries) == size
            cursor = page.next

    @pytest.mark.parametrize("size", [1, 2, 5, 12, 50])
    def test_pages_hold_each_entry_once_newest_first(self, company: Company, size: int) -> None:
        found = self.read(company, size=size)
        rows = AuditEntry.objects.filter(company=company)
        assert found == [row.pk for row in sorted(rows, key=lambda row: (row.at, row.pk), reverse=True)]
        assert len(found) == 12

    def test_a_new_entry_moves_no_page(self, company: Company, by: Actor) -> None:
        first = audit_entries(company, size=5)
        before = audit_entries(company, after=first.next, size=5)
        record(by, "user.updated", company)
        assert audit_entries(company, after=first.next, size=5) == before

    def test_another_companys_are_never_read(self, company: Company) -> None:
        page = audit_entries(company, AuditFilter(action="queue.created"), size=50)
        assert {entry.company_id for entry in page.entries} == {company.pk}

    def test_by_actor_action_subject_and_time(self, company: Company) -> None:
        assert len(self.read(company, AuditFilter(actor_kind="user", actor_id="7"))) == 4
        assert len(self.read(company, AuditFilter(action="user.updated"))) == 8
        assert len(self.read(company, AuditFilter(subject_type="Company", subject_id=str(company.pk)))) == 12
        assert self.read(company, AuditFilter(subject_type="Company", subject_id="0")) == []
        times = sorted(AuditEntry.objects.filter(company=company).values_list("at", flat=True))
        assert len(self.read(company, AuditFilter(since=times[4], until=times[8]))) == 4
        assert len(self.read(company, AuditFilter(since=times[4], action="queue.created"))) == 2

    def test_it_takes_one_query(self, company: Company, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            audit_entries(company, AuditFilter(action="user.updated"), size=50)
