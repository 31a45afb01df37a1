"""The login of a socket, and whether it is still valid: for one login and for many.

A login is valid while its session exists and has not expired, and its person may sign in, still has the password with
which the session was opened, and answers customers. `composer.desk.socket.login` says which of these is missing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db.models import CharField, F, Value
from django.utils import timezone

from accounts.models import Agent, Environment, Role

# Sessions of one query.
SESSION, PERSON = "session", "person"
TEXT = CharField()


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A login. `key`: the session's key; `password`: the person's stored hash when the session was read."""

    key: str
    agent_id: str
    password: str


class LoginEndedError(Exception):
    """The login in whose name this was to be written is no longer valid."""


def ended(logins: Collection[LoginSession]) -> set[LoginSession]:
    """Return those of these logins that are no longer valid. At most one query."""
    if not logins:
        return set()
    sessions = (
        Session.objects.order_by()
        .filter(session_key__in={one.key for one in logins}, expire_date__gt=timezone.now())
        .annotate(kind=Value(SESSION, TEXT), value=Value("", TEXT))
        .values_list("kind", "session_key", "value")
    )
    people = (
        Agent.objects.order_by()
        .filter(
            pk__in={one.agent_id for one in logins},
            environment=Environment.PRODUCTION,
            company=F("user__company"),
            user__is_active=True,
            user__roles__role=Role.AGENT,
        )
        .annotate(kind=Value(PERSON, TEXT))
        .values_list("kind", "pk", "user__password")
    )
    found = set(sessions.union(people, all=True))
    held = {one for one in logins if (SESSION, one.key, "") in found and (PERSON, one.agent_id, one.password) in found}
    return set(logins) - held


def require_login(login: LoginSession) -> None:
    """Raise LoginEndedError where the login is no longer valid. Call it in the transaction of the write. One query."""
    if ended([login]):
        raise LoginEndedError
