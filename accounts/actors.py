"""The actor of a write: a signed-in person, a customer, an API credential, or the system.

Every write names its actor.
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts import request_context
from accounts.audit_facts import Facts, checked
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

    @classmethod
    def unknown(cls, company_id: int) -> Actor:
        """Return the actor of an attempt whose author has not proved who they are."""
        return cls(company_id, ActorKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of an entry that is about no row, such as a page."""

    type: str
    id: str


def record(
    by: Actor,
    action: str,
    subject: object,
    *,
    before: Facts | None = None,
    after: Facts | None = None,
) -> AuditEntry:
    """Write the audit entry of a change. Services call it, in the transaction of the change.

    `subject` is a saved model instance or a `Subject`. `before` and `after` hold what the change was, by the names in
    `accounts.audit_facts`; AuditFactError is raised for any other. The address and the id of the request are added,
    except the address of a customer, which could never be erased again.
    """
    context = request_context.current()
    about = subject if isinstance(subject, Subject) else Subject(type(subject).__name__, str(subject.pk))  # type: ignore[attr-defined]
    return AuditEntry.objects.create(
        company_id=by.company_id,
        actor_kind=by.kind,
        actor_id=by.id,
        ip=None if by.kind == ActorKind.CUSTOMER else context.ip,
        request_id=context.request_id,
        action=action,
        subject_type=about.type,
        subject_id=about.id,
        before=checked(before),
        after=checked(after),
    )
