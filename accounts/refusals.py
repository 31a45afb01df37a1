"""Audit entries of what was refused: sign-ins, pages for other roles, and API calls.

Each is written for somebody whose company is known. Attempts with a user name or an API id that nobody has belong to no
company: they are in the log only, by their address and request id, so that a stranger can fill no company's audit. What
was typed as a name or password is stored nowhere, as one is often typed in place of the other.

Refusals of one kind for one person or credential are written once in REPEAT_S seconds, over all processes: a client
that tries in a loop cannot fill the table. While Redis is away, all of them are written.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

import redis

from accounts.actors import Actor, Subject, record
from accounts.models import ActorKind, ApiCredential, User
from accounts.request_context import current
from caching.clients import key, sync_client

logger = logging.getLogger(__name__)

REPEAT_S = 60


def sign_in_failed(*, username: str) -> None:
    """Record a wrong password. The limits of signing in bound how often this can be (`accounts.sign_in_limits`)."""
    if user := _known(username, "wrong password"):
        record(Actor.unknown(user.company_id), "user.sign_in_failed", user, after={"is_active": user.is_active})


def sign_in_limited(*, username: str, reason: str) -> None:
    """Record that an attempt was refused without a look at the password: `wait` or `locked`."""
    user = _known(username, reason)
    if user and _is_first("sign-in", str(user.pk), reason):
        record(Actor.unknown(user.company_id), "user.sign_in_limited", user, after={"reason": reason})


def page_refused(*, user: User, page: str, roles: Collection[str]) -> None:
    """Record that a page or socket was refused to a signed-in person, who has none of the roles."""
    if _is_first("page", str(user.pk), page):
        record(Actor.user(user), "page.refused", Subject("page", page), after={"page": page, "roles": roles})


def credential_refused(*, api_id: str, reason: str) -> None:
    """Record that an API call was refused: `secret` (wrong or missing), `revoked`, or `family` (another API)."""
    credential = ApiCredential.objects.filter(api_id=api_id).first() if "\x00" not in api_id else None
    if credential is None:
        logger.warning("an API call was refused: unknown id", extra={"ip": current().ip})
        return
    if credential.revoked_at is not None:
        reason = "revoked"
    if not _is_first("credential", str(credential.pk), reason):
        return
    # Who has not shown the secret is not the credential.
    kind = ActorKind.CREDENTIAL if reason == "family" else ActorKind.UNKNOWN
    by = Actor(credential.company_id, kind, str(credential.pk) if reason == "family" else "")
    record(by, "credential.refused", credential, after={"reason": reason, "environment": credential.environment})


def _known(username: str, reason: str) -> User | None:
    """Return the person with this name. Logs an attempt with a name that nobody has, without the name."""
    user = None
    if "\x00" not in username:
        user = User.objects.filter(username=User.normalize_username(username)).first()
    if user is None:
        logger.warning("a sign-in failed: unknown name", extra={"ip": current().ip, "reason": reason})
    return user


def _is_first(*about: str) -> bool:
    """Return True once in REPEAT_S seconds."""
    try:
        return bool(sync_client().set(key("audit-refusal", *about), 1, nx=True, ex=REPEAT_S))
    except redis.RedisError as error:
        logger.warning("refusals are not counted: Redis is away", extra={"reason": type(error).__name__})
        return True
