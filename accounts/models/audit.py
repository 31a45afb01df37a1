from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models.company import Company


class ActorKind(models.TextChoices):
    USER = "user"
    CREDENTIAL = "credential"
    CUSTOMER = "customer"
    SYSTEM = "system"
    UNKNOWN = "unknown"  # somebody who has not proved who they are


class AuditEntryIsFinalError(TypeError):
    """An audit entry is never changed and never deleted."""


class AuditEntries(models.QuerySet["AuditEntry"]):
    """Audit entries, which can be written and read only."""

    def update(self, **_: Any) -> NoReturn:
        raise AuditEntryIsFinalError

    def delete(self) -> NoReturn:
        raise AuditEntryIsFinalError


class AuditEntry(models.Model):
    """Records who changed what, when and from where. Written in the transaction of the change.

    An entry is final: it is never updated and never deleted. So it holds only what may stay for good: the facts of
    `accounts.audit_facts`, in `before` and `after` by their names, and no address of a customer.
    """

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="audit_entries", db_index=False)
    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind)
    actor_id = models.CharField(max_length=64, blank=True, help_text="Primary key of the user or credential.")
    ip = models.GenericIPAddressField(null=True, blank=True, help_text="The client's; empty for commands and tasks.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Also in the log and in X-Request-ID.")
    action = models.CharField(max_length=64, help_text="Such as credential.created.")
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    objects = AuditEntries.as_manager()

    class Meta:
        verbose_name_plural = "audit entries"
        # One for each way in which `accounts.audit_entries` reads a company, newest first. `id` orders entries of the
        # same microsecond, so that a page never begins between two of them.
        indexes = [
            models.Index(fields=["company", "-at", "-id"], name="audit_newest"),
            models.Index(fields=["company", "actor_kind", "actor_id", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["company", "action", "-at", "-id"], name="audit_by_action"),
            models.Index(fields=["company", "subject_type", "subject_id", "-at", "-id"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditEntryIsFinalError
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise AuditEntryIsFinalError
