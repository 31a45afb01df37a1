"""ASGI middleware in front of Django: limits the size of API bodies, and answers keystrokes from memory.

A keystroke is answered here when its credential and its context are cached in this process and Redis says that both are
current (one shared trip, `caching.batching`). Everything else, including first calls and all errors, goes on to Django,
which answers it and fills the caches. So each rule is in one place, and this middleware is only a shortcut.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import redis
from django.conf import settings
from pydantic import BaseModel, ValidationError

from accounts.request_context import REQUEST_ID_HEADER, request_id_for
from accounts.selectors import CredentialFacts
from api import auth
from api.autocompose import keystrokes
from api.errors import envelope, too_large
from api.paths import is_api
from caching.batching import batcher
from caching.cache import CachedValue, forget_all
from caching.versions import Versions
from composer.suggestions import checks, contexts
from composer.suggestions.checks import Checks

Message = Mapping[str, Any]
AsgiScope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

FAMILY = "autocompose"
# Any text of this length is checked within 2 ms. A longer body goes to Django and its threads.
MAX_FAST_BODY_BYTES = 1024
_SUGGESTIONS = ("/autocompose/v1/conversations/", "/suggestions")
_PROFANITY = "/autocompose/v1/profanity/evaluation"
_SPELLCHECK = "/autocompose/v1/spellcheck/correction"


class FastPathMiddleware:
    """ASGI middleware around Django's handler."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _declared_length(scope) > settings.API_MAX_BODY_BYTES:
            await _refuse_too_large(scope, send)
            return
        if not is_api(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            await _refuse_too_large(scope, send)
            return
        answer = await _fast_response(scope, body)
        if answer is not None:
            await _send_json(send, 200, answer, _request_id(scope))
            return
        await self.app(scope, _replay(body, receive), send)


def _declared_length(scope: AsgiScope) -> int:
    """Return the body's length in bytes as the client declares it; 0 if it declares none."""
    return max(
        (int(value) for name, value in scope["headers"] if name == b"content-length" and value.isdigit()), default=0
    )


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body; None if it is longer than the limit, whatever length was declared."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > settings.API_MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that returns the body that was read, and then what comes after it."""
    is_replayed = False

    async def replay() -> Message:
        nonlocal is_replayed
        if is_replayed:
            return await receive()
        is_replayed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _fast_response(scope: AsgiScope, body: bytes) -> bytes | None:
    """Return the response to a keystroke if everything for it is in memory; None sends the call on to Django."""
    path: str = scope["path"]
    body = body.removeprefix(BOM_UTF8)
    if (
        len(body) > MAX_FAST_BODY_BYTES
        or scope["method"] != "POST"
        or (settings.BEHIND_TLS and not _came_by_https(scope))
    ):
        return None
    if path == _PROFANITY:
        return await _text_response(scope, body, keystrokes.parse_profanity, keystrokes.evaluate_at_once)
    if path == _SPELLCHECK:
        return await _text_response(scope, body, keystrokes.parse_spellcheck, keystrokes.correct)
    if path.startswith(_SUGGESTIONS[0]) and path.endswith(_SUGGESTIONS[1]):
        return await _suggestions(scope, body, path[len(_SUGGESTIONS[0]) : -len(_SUGGESTIONS[1])])
    return None


def _came_by_https(scope: AsgiScope) -> bool:
    if scope.get("scheme") == "https":
        return True
    return settings.TRUST_PROXY and (b"x-forwarded-proto", b"https") in scope["headers"]


def _credential(scope: AsgiScope) -> CachedValue[CredentialFacts] | None:
    """Return the caller's cached credential if the secret is right; None sends the call on to Django."""
    api_id = secret = ""
    for name, value in scope["headers"]:
        if name == b"asapp-api-id":
            api_id = value.decode("latin-1")
        elif name == b"asapp-api-secret":
            secret = value.decode("latin-1")
    cached = auth.find(api_id) if api_id and secret else None
    if cached is None or not auth.secret_matches(cached.value, secret) or FAMILY not in cached.value.families:
        return None
    return cached


async def _text_response(
    scope: AsgiScope, body: bytes, parse: Callable[[bytes], Any], answer: Callable[[Checks, Any], BaseModel | None]
) -> bytes | None:
    credential = _credential(scope)
    if credential is None:
        return None
    company_checks = checks.find(auth.scope_of(credential.value))
    if company_checks is None:
        return None
    try:
        parsed = parse(body)
    except ValidationError:
        return None
    versions = await _count_and_read(scope, credential, company_checks)
    if versions is None or not company_checks.is_current(versions):
        return None
    answered = answer(company_checks.value, parsed)
    return None if answered is None else _render(answered)


async def _suggestions(scope: AsgiScope, body: bytes, conversation_id: str) -> bytes | None:
    credential = _credential(scope)
    if credential is None:
        return None
    owner = auth.scope_of(credential.value)
    context = contexts.find(owner, conversation_id)
    if context is None:
        return None
    try:
        parsed = keystrokes.parse_suggestions(body) if body else None
    except ValidationError:
        return None
    if parsed and parsed.message:
        return None  # a message to store
    versions = await _count_and_read(scope, credential, context)
    if versions is None:
        return None
    if not context.is_current(versions):
        if not contexts.is_usable_meanwhile(context, versions, owner):
            return None
        contexts.rebuild_later(owner, conversation_id)
    return _render(keystrokes.suggest(context.value, (parsed.query if parsed else None) or ""))


async def _count_and_read(
    scope: AsgiScope, credential: CachedValue[CredentialFacts], cached: CachedValue[Any]
) -> Versions | None:
    """Count the call and read the versions of both values, in one trip to Redis.

    Returns None, which sends the call on to Django, if Redis is away, if the credential is not current, or if the call
    is over the limit.
    """
    facts = credential.value
    try:
        versions, rank = await batcher().read([*credential.keys, *cached.keys], counter=auth.counter_key(facts))
    except redis.RedisError:
        forget_all()
        return None
    if rank > facts.rate_limit > 0:
        return None  # Django counts it again and answers 429
    scope[auth.COUNTED] = True
    return versions if credential.is_current(versions) else None


def _render(answer: BaseModel) -> bytes:
    return answer.__pydantic_serializer__.to_json(answer, by_alias=True, exclude_none=True)


def _request_id(scope: AsgiScope) -> str:
    claimed = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return request_id_for(claimed.decode("latin-1"))


async def _refuse_too_large(scope: AsgiScope, send: Send) -> None:
    request_id = _request_id(scope)
    error = too_large()
    body = json.dumps(envelope(request_id, error.message, error.code)).encode()
    await _send_json(send, 413, body, request_id)


async def _send_json(send: Send, status: int, body: bytes, request_id: str) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (REQUEST_ID_HEADER.lower().encode(), request_id.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
