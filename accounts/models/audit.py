from __future__ import annotations

from django.db import models

from accounts.ids import ULID_LENGTH, new_ulid
from accounts.models.company import Company


class ActorKind(models.TextChoices):
    USER = "user"
    CREDENTIAL = "credential"
    CUSTOMER = "customer"
    SYSTEM = "system"


class AuditEntry(models.Model):
    """Records who changed what and when. Written in the transaction of the change; never updated."""

    id = models.CharField(primary_key=True, max_length=ULID_LENGTH, default=new_ulid, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="audit_entries")
    at = models.DateTimeField(auto_now_add=True)
    actor_kind = models.CharField(max_length=16, choices=ActorKind)
    actor_id = models.CharField(max_length=64, blank=True, help_text="Primary key of the user or credential.")
    action = models.CharField(max_length=64, help_text="Such as credential.created.")
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        # The audit page reads one company, newest first.
        indexes = [models.Index(fields=["company", "-at"], name="audit_by_company_newest")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"
