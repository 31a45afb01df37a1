"""Authentication of API calls: credentials, API families and the spike arrest.

Credentials are cached under a version, so that a revoked one is refused by the next call in every process and a known
one costs no query. Source: contract README section 1, "Auth" and "Rate limits".
"""

from __future__ import annotations

import hmac
import logging
import time
from http import HTTPStatus

import redis
from django.http import HttpRequest
from ninja.security.base import AuthBase

from accounts.actors import Actor
from accounts.models import ActorKind, ApiCredential
from accounts.refusals import credential_refused
from accounts.selectors import CredentialFacts, credential_facts, credential_key
from accounts.services import secret_digest
from api.errors import ApiError
from api.schema import ID_HEADER, SECRET_HEADER
from caching.batching import COUNTER_LIFETIME_S
from caching.cache import CachedValue, VersionedCache
from caching.clients import key, sync_client
from caching.versions import Versions
from conversations.selectors import Scope

logger = logging.getLogger(__name__)

# Set in the ASGI scope by `api.fast_path` for a call that it counted and then handed on.
COUNTED = "desk.counted"

# A cached credential is read again after this time, even if Redis lost the news of its revocation.
MAX_CREDENTIAL_AGE_S = 60.0
MAX_ID_LENGTH = 64


class ApiRequest(HttpRequest):
    """A request whose credential was checked."""

    credential: CredentialFacts
    api_request_id: str

    @property
    def scope_(self) -> Scope:
        return scope_of(self.credential)


def scope_of(credential: CredentialFacts) -> Scope:
    """Return the company and environment that a credential may see."""
    return Scope(credential.company_id, credential.environment)


def actor_of(credential: CredentialFacts) -> Actor:
    """Return the credential as the actor of events and audit rows."""
    return Actor(credential.company_id, ActorKind.CREDENTIAL, str(credential.id))


def find(api_id: str) -> CachedValue[CredentialFacts] | None:
    """Return the cached credential of this process, current or not; None if there is none."""
    return _credentials.find(api_id)


def secret_matches(credential: CredentialFacts, secret: str) -> bool:
    """Return True if the secret is the credential's. Takes the same time for every wrong secret."""
    return hmac.compare_digest(secret_digest(secret), credential.secret_digest)


def counter_key(credential: CredentialFacts) -> str:
    """Return the Redis key that counts a credential's calls in this second; "" if it has no limit."""
    return key("rate", credential.api_id, int(time.time())) if credential.rate_limit else ""


def too_many(credential: CredentialFacts) -> ApiError:
    """Return the 429 of the spike arrest."""
    return ApiError(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Too Many Requests: more than {credential.rate_limit} in one second; wait a second and try again",
    )


def check(api_id: str, secret: str, family: str, *, counted: bool = False) -> CredentialFacts:
    """Return the credential of a call. Raises ApiError with the documented 401, 403 or 429.

    `counted` says that `api.fast_path` has counted this call already.
    """
    if not api_id or not secret:
        missing = ID_HEADER if not api_id else SECRET_HEADER
        if api_id:
            credential_refused(api_id=api_id, reason="secret")
        raise ApiError(HTTPStatus.UNAUTHORIZED, f"Unauthorized: the header {missing} is missing")
    credential = _credential(api_id)
    if credential is None or not secret_matches(credential, secret):
        credential_refused(api_id=api_id, reason="secret")
        raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized: the id or the secret is wrong, or it was revoked")
    if not counted and credential.rate_limit and _count(credential) > credential.rate_limit:
        raise too_many(credential)
    if family and family not in credential.families:
        credential_refused(api_id=api_id, reason="family")
        raise ApiError(HTTPStatus.FORBIDDEN, f"Forbidden Response: this key may not call the {family} API")
    return credential


def _credential(api_id: str) -> CredentialFacts | None:
    if len(api_id) > MAX_ID_LENGTH or "\x00" in api_id:
        return None
    try:
        return _credentials.get(api_id)
    except ApiCredential.DoesNotExist:
        return None


def _load(api_id: str, _: Versions) -> CredentialFacts:
    facts = credential_facts(api_id)
    if facts is None:
        raise ApiCredential.DoesNotExist
    return facts


_credentials: VersionedCache[str, CredentialFacts] = VersionedCache(
    size=10_000,
    load=_load,
    depends_on=lambda api_id: (credential_key(api_id),),
    max_age_s=MAX_CREDENTIAL_AGE_S,
    when_redis_is_away="forget_and_load",
)


def _count(credential: CredentialFacts) -> int:
    """Count this call and return the number of calls in this second.

    Returns 0 while Redis is away: an API without limits is better than none.
    """
    name = counter_key(credential)
    try:
        pipeline = sync_client().pipeline(transaction=False)
        pipeline.incr(name)
        pipeline.expire(name, COUNTER_LIFETIME_S)
        return int(pipeline.execute()[0])
    except redis.RedisError as error:
        logger.warning("rate limits are off: Redis is away", extra={"reason": type(error).__name__})
        return 0


class KeyPair(AuthBase):
    """Checks the two key headers of a call for django-ninja. `family` "" accepts every live credential (health)."""

    openapi_type = "apiKey"

    def __init__(self, family: str) -> None:
        self.family = family
        super().__init__()

    def __call__(self, request: HttpRequest) -> CredentialFacts:
        credential = check(
            request.headers.get(ID_HEADER, ""),
            request.headers.get(SECRET_HEADER, ""),
            self.family,
            counted=bool(getattr(request, "scope", {}).get(COUNTED)),
        )
        request.credential = credential  # type: ignore[attr-defined]
        return credential
