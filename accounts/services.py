"""Every write to companies, people, queues, agents and API credentials."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import add_agents, check_new_password, set_password
from accounts.actors import Actor, record
from accounts.events import tell_agents_changed, tell_login_changed
from accounts.models import (
    DEFAULT_RATE_LIMIT,
    Agent,
    ApiCredential,
    ApiCredentialFamily,
    ApiFamily,
    Company,
    Queue,
    QueueMembership,
    Role,
    User,
    UserRole,
)
from accounts.selectors import agent_key, credential_key
from caching import versions


@transaction.atomic
def create_company(*, marker: str, name: str, time_zone: str = "UTC") -> tuple[Company, bool]:
    """The company with this marker, made where there is none; True when it was made.

    An existing one gets the name. Raises ValidationError for a marker or a zone that cannot be.
    """
    company = Company.objects.filter(marker=marker).first()
    if company is None:
        company = Company(marker=marker, name=name, time_zone=time_zone)
        company.full_clean()
        company.save()
        record(Actor.system(company.pk), "company.created", company, detail=name)
        return company, True
    if company.name != name:
        company.name = name
        company.full_clean()
        company.save(update_fields=["name"])
        record(Actor.system(company.pk), "company.renamed", company, detail=name)
    return company, False


@transaction.atomic
def create_user(
    *,
    by: Actor,
    company: Company,
    username: str,
    password: str | None,
    roles: Collection[str],
    full_name: str = "",
    queues: Collection[Queue] = (),
) -> tuple[User, bool]:
    """A person with these roles, made or brought to this state; True when made.

    A person with the agent role gets an agent in each environment, with the user name as external id. `password`: None
    to leave that of somebody who is there.
    Raises ValidationError: unknown role, a new password that breaks a rule, name taken by another company's person,
    unusable name.
    """
    username = User.normalize_username(username)
    unknown = set(roles) - set(Role.values)
    if unknown or not roles:
        raise ValidationError({"role": f"choose from {', '.join(Role.values)}"})
    user = User.objects.select_for_update().filter(username=username).first()
    created = user is None
    if user is None:
        candidate = User(company=company, username=username, full_name=full_name, password="!")  # noqa: S106 replaced below
        candidate.full_clean()
        check_new_password(password or "", candidate)
        user = User.objects.create_user(
            company=company, username=username, password=password or "", full_name=full_name
        )
    elif user.company_id != company.pk:
        raise ValidationError({"username": f"{username!r} is taken; user names are unique across companies"})
    elif password is not None and not user.check_password(password):
        set_password(by=by, user=user, password=password)
    UserRole.objects.bulk_create([UserRole(user=user, role=role) for role in sorted(roles)], ignore_conflicts=True)
    QueueMembership.objects.bulk_create(
        [QueueMembership(queue=queue, user=user) for queue in queues], ignore_conflicts=True
    )
    if Role.AGENT in roles:
        add_agents(user)
    record(
        by,
        "user.created" if created else "user.updated",
        user,
        detail=f"{username}: {', '.join(sorted(roles))}",
    )
    if not created:
        tell_login_changed(user.pk)
        tell_agents_changed(Agent.objects.filter(user=user).values_list("pk", flat=True))
    return user, created


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set a new password; the caller has checked the old one and the rules for new ones."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(Actor.user(user), "user.password_changed", user)
    tell_login_changed(user.pk)


@transaction.atomic
def create_queue(*, by: Actor, company: Company, name: str) -> Queue:
    """The company's queue of this name, made where there is none. Raises ValidationError for an unusable name."""
    try:
        Queue(company=company, name=name).clean_fields()
    except ValidationError as error:
        raise ValidationError({"queue": error.messages}) from error
    queue, created = Queue.objects.get_or_create(company=company, name=name)
    if created:
        record(by, "queue.created", queue, detail=name)
    return queue


def known_agent(*, company_id: int, environment: str, external_id: str, name: str = "") -> Agent:
    """The agent of this external id; the first mention makes it known, a later name replaces the older."""
    agent, created = Agent.objects.get_or_create(
        company_id=company_id, environment=environment, external_id=external_id, defaults={"name": name}
    )
    if not created and name and agent.name != name and agent.user_id is None:
        agent.name = name
        agent.save(update_fields=["name"])
        versions.invalidate([agent_key(agent.pk)])
    return agent


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential just made. `secret` exists here and nowhere else: show it once."""

    credential: ApiCredential
    secret: str


def secret_digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def create_api_credential(
    *,
    by: Actor,
    company: Company,
    environment: str,
    name: str,
    rate_limit: int = DEFAULT_RATE_LIMIT,
    families: Collection[str] = tuple(ApiFamily.values),
) -> NewCredential:
    """A new pair of id and secret. Names need not be unique: that is how a secret is replaced without a gap."""
    secret = secrets.token_urlsafe(32)
    credential = ApiCredential(
        company=company,
        environment=environment,
        name=name,
        api_id=secrets.token_hex(16),
        secret_digest=secret_digest(secret),
        rate_limit=rate_limit,
    )
    credential.full_clean()
    credential.save()
    ApiCredentialFamily.objects.bulk_create(
        [ApiCredentialFamily(credential=credential, family=family) for family in families]
    )
    record(by, "credential.created", credential, detail=f"{name} ({environment})")
    versions.invalidate([credential_key(credential.api_id)])
    return NewCredential(credential, secret)


@transaction.atomic
def revoke_api_credential(*, by: Actor, credential: ApiCredential) -> None:
    """Refuse the credential from now on, in every process: the next call with it gets 401."""
    changed = ApiCredential.objects.filter(pk=credential.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    if changed:
        record(by, "credential.revoked", credential, detail=credential.name)
        versions.invalidate([credential_key(credential.api_id)])
