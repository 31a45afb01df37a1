"""Every change of who may sign in, and as what. Each is on record, and open sockets of the person are told.

The sockets look by their own clock as well (`conversations.session_watch`), so a hint that is lost costs seconds.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator

from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.events import tell_agents_changed, tell_login_changed
from accounts.models import Agent, Company, Environment, Queue, QueueMembership, Role, User, UserRole

GENERATED_PASSWORD_BYTES = 12


@transaction.atomic
def sign_out(request: HttpRequest) -> None:
    """End the session of this request. Harmless for somebody who is not signed in."""
    if isinstance(request.user, User):
        record(Actor.user(request.user), "user.signed_out", request.user)
        tell_login_changed(request.user.pk)
    logout(request)


def generated_password() -> str:
    """One that no rule refuses and nobody guesses."""
    return secrets.token_urlsafe(GENERATED_PASSWORD_BYTES)


def check_new_password(password: str, user: User) -> None:
    """Raises ValidationError for a password that is empty or breaks a rule of the page for changing it."""
    if not password:
        raise ValidationError({"password": "it is empty, and nobody can sign in without one"})
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error


@transaction.atomic
def set_password(*, by: Actor, user: User, password: str) -> None:
    """Give the person a new password; every session of theirs ends. Raises ValidationError."""
    check_new_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record(by, "user.password_set", user)
    tell_login_changed(user.pk)


@transaction.atomic
def deactivate_user(*, by: Actor, user: User) -> bool:
    """Keep the person from signing in, and end every session of theirs; False for one who was deactivated before."""
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        return False
    user.is_active = False
    # They would be good again once the person is.
    delete_sessions([user.pk])
    record(by, "user.deactivated", user, detail=user.username)
    tell_login_changed(user.pk)
    return True


@transaction.atomic
def reactivate_user(*, by: Actor, user: User) -> bool:
    """Let the person sign in again; False for one who may."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        return False
    user.is_active = True
    record(by, "user.reactivated", user, detail=user.username)
    return True


@transaction.atomic
def change_roles(*, by: Actor, user: User, add: Collection[str] = (), remove: Collection[str] = ()) -> bool:
    """Give and take roles; False where nothing changed. Raises ValidationError for an unknown one.

    Who becomes an agent gets one in each environment, as `create_user` makes them.
    """
    if unknown := {*add, *remove} - set(Role.values):
        raise ValidationError({"role": f"no role {sorted(unknown)[0]!r}; choose from {', '.join(Role.values)}"})
    have = set(UserRole.objects.select_for_update().filter(user=user).values_list("role", flat=True))
    given, taken = set(add) - have, set(remove) & have
    if not given and not taken:
        return False
    UserRole.objects.filter(user=user, role__in=taken).delete()
    UserRole.objects.bulk_create([UserRole(user=user, role=role) for role in sorted(given)])
    if Role.AGENT in given:
        add_agents(user)
    record(by, "user.roles_changed", user, detail=_changes(user, given, taken))
    tell_login_changed(user.pk)
    return True


def add_agents(user: User) -> None:
    """An agent of this person in each environment, with the user name as external id, where there is none."""
    for environment in Environment:
        agent, _ = Agent.objects.get_or_create(
            company_id=user.company_id,
            environment=environment,
            external_id=user.username,
            defaults={"name": str(user), "user": user},
        )
        if agent.user_id != user.pk:
            # The other system mentioned this agent before the person was made here.
            agent.user = user
            agent.save(update_fields=["user"])


@transaction.atomic
def change_queues(*, by: Actor, user: User, add: Collection[Queue] = (), remove: Collection[Queue] = ()) -> bool:
    """Put the person into queues and take them out; False where nothing changed.

    Conversations that the person has stay: open desks are told to look again, and are not closed.
    """
    have = set(QueueMembership.objects.filter(user=user).values_list("queue_id", flat=True))
    given = {queue.pk: queue for queue in add if queue.pk not in have}
    taken = {queue.pk: queue for queue in remove if queue.pk in have}
    if not given and not taken:
        return False
    QueueMembership.objects.filter(user=user, queue__in=taken).delete()
    QueueMembership.objects.bulk_create(
        [QueueMembership(user=user, queue=queue) for queue in given.values()], ignore_conflicts=True
    )
    names = ({queue.name for queue in given.values()}, {queue.name for queue in taken.values()})
    record(by, "user.queues_changed", user, detail=_changes(user, *names))
    tell_agents_changed(Agent.objects.filter(user=user).values_list("pk", flat=True))
    return True


def _changes(user: User, given: Collection[str], taken: Collection[str]) -> str:
    return ", ".join([user.username, *(f"+{name}" for name in sorted(given)), *(f"-{name}" for name in sorted(taken))])


@transaction.atomic
def end_sessions(*, by: Actor, user: User) -> int:
    """End every session of the person, in all browsers; how many."""
    ended = delete_sessions([user.pk])
    record(by, "user.sessions_ended", user, detail=f"{user.username}: {ended}")
    tell_login_changed(user.pk)
    return ended


@transaction.atomic
def end_company_sessions(*, by: Actor, company: Company) -> int:
    """End every session of everybody in the company; how many."""
    people = list(User.objects.filter(company=company).values_list("pk", flat=True))
    ended = delete_sessions(people)
    record(by, "company.sessions_ended", company, detail=str(ended))
    for user_id in people:
        tell_login_changed(user_id)
    return ended


def delete_sessions(user_ids: Collection[int]) -> int:
    """Delete the sessions of these people; how many. Reads every live session: whose it is stands inside, signed."""
    wanted = {str(user_id) for user_id in user_ids}
    keys = [key for key, user_id in _live_sessions() if user_id in wanted]
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def _live_sessions() -> Iterator[tuple[str, str | None]]:
    """The key of each session that has not expired, and the id of the person who is signed in with it."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=1000):
        yield session.session_key, session.get_decoded().get(SESSION_KEY)
