"""The actor of a write: a signed-in person, a customer, an API credential, or the system.

Every write names its actor.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import ActorKind, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor of one company. `id` is the primary key of the person, customer or credential."""

    company_id: int
    kind: ActorKind
    id: str = ""

    @classmethod
    def user(cls, user: User) -> Actor:
        return cls(user.company_id, ActorKind.USER, str(user.pk))

    @classmethod
    def system(cls, company_id: int) -> Actor:
        """Return the actor of commands and scheduled tasks, which no single person asked for."""
        return cls(company_id, ActorKind.SYSTEM)


def record(actor: Actor, action: str, subject: object, *, detail: str = "") -> AuditEntry:
    """Write the audit row of a change. Call it in the transaction of the change.

    `subject` is a saved model instance. `detail` holds names and numbers, never message text or secrets.
    """
    return AuditEntry.objects.create(
        company_id=actor.company_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        subject_type=type(subject).__name__,
        subject_id=str(getattr(subject, "pk", "")),
        detail=detail[:500],
    )
