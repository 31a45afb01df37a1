"""Reads of people and API credentials, and the cache keys of their rows."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import ApiCredential, Role, User
from caching.versions import CacheKey, cache_key


def credential_key(api_id: str) -> CacheKey:
    """Return the cache key of an API credential."""
    return cache_key("credential", api_id)


def agent_key(agent_id: str) -> CacheKey:
    """Return the cache key of an agent's name, own list and own settings."""
    return cache_key("agent", agent_id)


def landing_page(user: User) -> str:
    """Return the URL name of the person's first page: the desk for agents. Reads `user.roles`."""
    return "desk" if Role.AGENT in user.role_names() else "home"


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What an API call needs of its credential. The API caches it."""

    id: int
    api_id: str
    secret_digest: str
    company_id: int
    company_slug: str
    environment: str
    families: frozenset[str]
    rate_limit: int


def credential_facts(api_id: str) -> CredentialFacts | None:
    """Return the credential of this id; None if there is none or it was revoked. Two queries."""
    credential = (
        ApiCredential.objects.select_related("company")
        .prefetch_related("families")
        .filter(api_id=api_id, revoked_at__isnull=True)
        .first()
    )
    if credential is None:
        return None
    return CredentialFacts(
        id=credential.pk,
        api_id=credential.api_id,
        secret_digest=credential.secret_digest,
        company_id=credential.company_id,
        company_slug=credential.company.slug,
        environment=credential.environment,
        families=frozenset(row.family for row in credential.families.all()),
        rate_limit=credential.rate_limit,
    )
