"""What the login of a socket stands on, and whether it still holds: for one, for many, and beside another query.

A login holds while its session is there and has not expired, and its person may sign in, has the password with which
the session was opened, and answers customers. `composer.desk_login` says which of these is missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import CharField, F, QuerySet, Value
from django.utils import timezone

from accounts.models import Agent, Environment, Role

# Kinds of rows of `login_queries`.
SESSION, PERSON = "session", "person"
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class LoginSession:
    """`key`: of the session; `password`: the person's stored hash when the session was looked at."""

    key: str
    agent_id: str
    password: str


class LoginEndedError(Exception):
    """The login with which this was to be written holds no more."""


def login_queries(logins: Collection[LoginSession]) -> tuple[QuerySet[Any, Row], QuerySet[Any, Row]]:
    """The sessions and the people of these logins that still hold, to be asked with others in one UNION."""
    sessions = (
        Session.objects.order_by()
        .filter(session_key__in={one.key for one in logins}, expire_date__gt=timezone.now())
        .annotate(kind=_text(SESSION), value=_text(""))
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
        .annotate(kind=_text(PERSON))
        .values_list("kind", "pk", "user__password")
    )
    return sessions, people


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def holding(logins: Iterable[LoginSession], rows: Iterable[Row]) -> set[LoginSession]:
    """Those among these logins that hold, by rows of `login_queries`; others among the rows are passed over."""
    found = set(rows)
    return {one for one in logins if (SESSION, one.key, "") in found and (PERSON, one.agent_id, one.password) in found}


def ended(logins: Collection[LoginSession]) -> set[LoginSession]:
    """Those among these logins that hold no more. One query."""
    sessions, people = login_queries(logins)
    return set(logins) - holding(logins, sessions.union(people, all=True))


def require_login(login: LoginSession) -> None:
    """Call it inside the transaction that writes in this login's name. Raises LoginEndedError; one query."""
    if ended([login]):
        raise LoginEndedError
