"""Who does a thing: a signed-in person, a customer, an API credential, or the system itself.

Every write names its actor.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import ActorKind, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """One acting party of one company."""

    company_id: int
    kind: ActorKind
    id: str = ""

    @classmethod
    def user(cls, user: User) -> Actor:
        return cls(user.company_id, ActorKind.USER, str(user.pk))

    @classmethod
    def system(cls, company_id: int) -> Actor:
        """Commands and timers: work that no single person asked for."""
        return cls(company_id, ActorKind.SYSTEM)


def record(actor: Actor, action: str, subject: object, *, detail: str = "") -> AuditEntry:
    """Write the audit row of a change; call it inside the transaction of the change.

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
