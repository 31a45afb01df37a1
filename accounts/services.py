"""All writes to companies, people, queues, agents and API credentials, except those in `accounts.access`."""

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
from accounts.audit_facts import changed
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
def create_company(*, slug: str, name: str, time_zone: str = "UTC") -> tuple[Company, bool]:
    """Create the company with this slug and return it, and True; rename an existing one, and return it and False.

    Raises ValidationError for an invalid slug, name or time zone.
    """
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        company = Company(slug=slug, name=name, time_zone=time_zone)
        company.full_clean()
        company.save()
        facts = {"name": name, "time_zone": time_zone}
        record(Actor.system(company.pk), "company.created", company, after=facts)
        return company, True
    if company.name != name:
        before, company.name = company.name, name
        company.full_clean()
        company.save(update_fields=["name"])
        record(Actor.system(company.pk), "company.renamed", company, before={"name": before}, after={"name": name})
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
    """Create a person and return it, and True; for an existing one, add roles and queues and return it and False.

    A person with the agent role gets an agent in each environment, with the user name as external id. `password` None
    keeps the password of an existing person. Raises ValidationError for an unknown role, a new password that breaks a
    rule, an invalid user name, and one that a person of another company has.
    """
    username = User.normalize_username(username)
    unknown = set(roles) - set(Role.values)
    if unknown or not roles:
        raise ValidationError({"role": f"choose from {', '.join(Role.values)}"})
    user = User.objects.select_for_update().filter(username=username).first()
    created = user is None
    before = _user_facts(user) if user is not None else None
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
    _record_user(by, user, before)
    if not created:
        tell_login_changed(user.pk)
        tell_agents_changed(Agent.objects.filter(user=user).values_list("pk", flat=True))
    return user, created


def _user_facts(user: User) -> dict[str, object]:
    queues = QueueMembership.objects.filter(user=user).values_list("queue__name", flat=True)
    roles = UserRole.objects.filter(user=user).values_list("role", flat=True)
    return {"username": user.username, "full_name": user.full_name, "roles": list(roles), "queues": list(queues)}


def _record_user(by: Actor, user: User, before: dict[str, object] | None) -> None:
    after = _user_facts(user)
    if before is None:
        record(by, "user.created", user, after=after)
        return
    was, now = changed(before, after)
    record(by, "user.updated", user, before=was, after=now)


@transaction.atomic
def change_password(*, user: User, password: str) -> None:
    """Set a new password. The caller has checked the old one and the rules for new ones."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(Actor.user(user), "user.password_changed", user)
    tell_login_changed(user.pk)


@transaction.atomic
def create_queue(*, by: Actor, company: Company, name: str) -> Queue:
    """Return the company's queue of this name; create it if it is missing. Raises ValidationError for a bad name."""
    try:
        Queue(company=company, name=name).clean_fields()
    except ValidationError as error:
        raise ValidationError({"queue": error.messages}) from error
    queue, created = Queue.objects.get_or_create(company=company, name=name)
    if created:
        record(by, "queue.created", queue, after={"name": name})
    return queue


def known_agent(*, company_id: int, environment: str, external_id: str, name: str = "") -> Agent:
    """Return the agent of this external id; create it on first mention. A name replaces an earlier name."""
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
    """A new credential with its secret, which is stored nowhere: show it once."""

    credential: ApiCredential
    secret: str


def secret_digest(secret: str) -> str:
    """Return the digest that is stored instead of a secret."""
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
    """Create a pair of id and secret. Names need not be unique, so that a secret can be replaced without a gap."""
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
    facts = {"name": name, "environment": environment, "rate_limit": rate_limit, "families": families}
    record(by, "credential.created", credential, after=facts)
    versions.invalidate([credential_key(credential.api_id)])
    return NewCredential(credential, secret)


@transaction.atomic
def revoke_api_credential(*, by: Actor, credential: ApiCredential) -> None:
    """Revoke the credential in all processes: the next call with it gets 401."""
    changed = ApiCredential.objects.filter(pk=credential.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
    if changed:
        facts = {"name": credential.name, "environment": credential.environment}
        record(by, "credential.revoked", credential, before=facts)
        versions.invalidate([credential_key(credential.api_id)])
