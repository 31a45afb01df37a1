"""Reads of the audit: a company's entries, newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import AuditEntry, Company

MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to read; "" and None select all. `since` is included, `until` is not.

    An actor or subject is a kind or type, and an id where it is one of them only.
    """

    actor_kind: str = ""
    actor_id: str = ""
    action: str = ""
    subject_type: str = ""
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditCursor:
    """The last entry of a page. The next page begins after it, whatever was written meanwhile."""

    at: datetime
    id: str

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditCursor:
        return cls(entry.at, entry.pk)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first. `next`: where the next page begins; None on the last page."""

    entries: list[AuditEntry]
    next: AuditCursor | None


ALL = AuditFilter()


def audit_entries(
    company: Company, filters: AuditFilter = ALL, *, after: AuditCursor | None = None, size: int = 50
) -> AuditPage:
    """Return a page of the company's entries, with at most MAX_PAGE of them. One query."""
    rows = _filtered(company, filters)
    if after is not None:
        # The first condition is implied; it is what the database finds in the index.
        rows = rows.filter(at__lte=after.at).filter(Q(at__lt=after.at) | Q(pk__lt=after.id))
    size = max(1, min(size, MAX_PAGE))
    entries = list(rows.order_by("-at", "-pk")[: size + 1])
    has_more = len(entries) > size
    entries = entries[:size]
    return AuditPage(entries, AuditCursor.of(entries[-1]) if has_more else None)


def _filtered(company: Company, filters: AuditFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(company=company)
    for name in ("actor_kind", "actor_id", "action", "subject_type", "subject_id"):
        if value := getattr(filters, name):
            rows = rows.filter(**{name: value})
    if filters.since is not None:
        rows = rows.filter(at__gte=filters.since)
    if filters.until is not None:
        rows = rows.filter(at__lt=filters.until)
    return rows
