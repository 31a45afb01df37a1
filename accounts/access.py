"""All changes of who may sign in, and with which roles.

Each change writes an audit row and sends a hint to the person's open sockets. The sockets also check their sessions
every few seconds (`conversations.session_watch`), so a lost hint delays the change by seconds only.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator

from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.event_log.writing import write_event
from accounts.events import tell_agents_changed, tell_login_changed
from accounts.models import Agent, Company, Environment, Queue, QueueMembership, Role, User, UserEventType, UserRole

GENERATED_PASSWORD_BYTES = 12


@transaction.atomic
def sign_in(request: HttpRequest, user: User) -> None:
    """Open a session for a person whose password was checked."""
    login(request, user)
    record(Actor.user(user), "user.signed_in", user)
    write_event(Actor.user(user), UserEventType.SIGNED_IN)


@transaction.atomic
def sign_out(request: HttpRequest) -> None:
    """End the session of this request. Does nothing for somebody who is not signed in."""
    if isinstance(request.user, User):
        record(Actor.user(request.user), "user.signed_out", request.user)
        write_event(Actor.user(request.user), UserEventType.SIGNED_OUT)
        tell_login_changed(request.user.pk)
    logout(request)


def generated_password() -> str:
    """Return a random password that passes all rules."""
    return secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)


def check_new_password(password: str, user: User) -> None:
    """Raise ValidationError for a password that is empty or breaks one of Django's password rules."""
    if not password:
        raise ValidationError({"password": "it is empty; enter a password"})
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


@transaction.atomic
def set_password(*, by: Actor, user: User, password: str) -> None:
    """Set a new password and end all sessions of the person. Raises ValidationError as `check_new_password` does."""
    check_new_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record(by, "user.password_set", user)
    tell_login_changed(user.pk)


@transaction.atomic
def deactivate_user(*, by: Actor, user: User) -> bool:
    """Keep the person from signing in and end all their sessions; False if they are deactivated already."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    user.is_active = False
    # Otherwise old sessions would work again after `reactivate_user`.
    delete_sessions([user.pk])
    record(by, "user.deactivated", user, before={"is_active": True}, after={"is_active": False})
    tell_login_changed(user.pk)
    return True


@transaction.atomic
def reactivate_user(*, by: Actor, user: User) -> bool:
    """Let the person sign in again; False if they are active already."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return False
    user.is_active = True
    record(by, "user.reactivated", user, before={"is_active": False}, after={"is_active": True})
    return True


@transaction.atomic
def change_roles(*, by: Actor, user: User, add: Collection[str] = (), remove: Collection[str] = ()) -> bool:
    """Add and remove roles; False if nothing changed. Raises ValidationError for an unknown role.

    A person who becomes an agent gets an `Agent` row in each environment, as in `create_user`.
    """
    if unknown := {*add, *remove} - set(Role.values):
        raise ValidationError({"role": f"no role {sorted(unknown)[0]!r}; choose from {', '.join(Role.values)}"})
    roles = set(UserRole.objects.select_for_update().filter(user=user).values_list("role", flat=True))
    added, removed = set(add) - roles, set(remove) & roles
    if not added and not removed:
        return False
    UserRole.objects.filter(user=user, role__in=removed).delete()
    UserRole.objects.bulk_create([UserRole(user=user, role=role) for role in sorted(added)])
    if Role.AGENT in added:
        add_agents(user)
    record(by, "user.roles_changed", user, before={"roles": roles}, after={"roles": (roles | added) - removed})
    tell_login_changed(user.pk)
    return True


def add_agents(user: User) -> None:
    """Add the person's missing agents: one in each environment, with the user name as external id."""
    for environment in Environment:
        agent, _ = Agent.objects.get_or_create(
            company_id=user.company_id,
            environment=environment,
            external_id=user.username,
            defaults={"name": str(user), "user": user},
        )
        if agent.user_id != user.pk:
            # A call of another system mentioned this agent before the person was created here.
            agent.user = user
            agent.save(update_fields=["user"])


@transaction.atomic
def change_queues(*, by: Actor, user: User, add: Collection[Queue] = (), remove: Collection[Queue] = ()) -> bool:
    """Add the person to queues and remove them from queues; False if nothing changed.

    The person keeps the conversations they have. Open desks reload and stay open.
    """
    names = dict(QueueMembership.objects.filter(user=user).values_list("queue_id", "queue__name"))
    added = {queue.pk: queue for queue in add if queue.pk not in names}
    removed = {queue.pk: queue for queue in remove if queue.pk in names}
    if not added and not removed:
        return False
    QueueMembership.objects.filter(user=user, queue__in=removed).delete()
    QueueMembership.objects.bulk_create(
        [QueueMembership(user=user, queue=queue) for queue in added.values()], ignore_conflicts=True
    )
    now = [name for pk, name in names.items() if pk not in removed] + [queue.name for queue in added.values()]
    record(by, "user.queues_changed", user, before={"queues": names.values()}, after={"queues": now})
    tell_agents_changed(Agent.objects.filter(user=user).values_list("pk", flat=True))
    return True


@transaction.atomic
def end_sessions(*, by: Actor, user: User) -> int:
    """End all sessions of the person, in all browsers, and return how many."""
    ended = delete_sessions([user.pk])
    record(by, "user.sessions_ended", user, after={"ended_sessions": ended})
    tell_login_changed(user.pk)
    return ended


@transaction.atomic
def end_company_sessions(*, by: Actor, company: Company) -> int:
    """End all sessions of all people of the company, and return how many."""
    people = list(User.objects.filter(company=company).values_list("pk", flat=True))
    ended = delete_sessions(people)
    record(by, "company.sessions_ended", company, after={"ended_sessions": ended})
    for user_id in people:
        tell_login_changed(user_id)
    return ended


def delete_sessions(user_ids: Collection[int]) -> int:
    """Delete the sessions of these people and return how many.

    Reads every live session, because its person is only in its encoded data.
    """
    wanted = {str(user_id) for user_id in user_ids}
    keys = [key for key, user_id in _live_sessions() if user_id in wanted]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def _live_sessions() -> Iterator[tuple[str, str | None]]:
    """Yield the key of each session that has not expired, and the id of its signed-in person."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=1000):
        yield session.session_key, session.get_decoded().get(SESSION_KEY)
