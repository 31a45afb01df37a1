"""The door in front of Django: reads API bodies up to the limit, and answers keystrokes from memory.

A keystroke is answered here when its credential and its scene are in this process's memory and Redis says
that both are current (one shared trip, `freshness.trips`). Everything else, first calls and every kind of
error included, goes on to Django, which answers it and fills the memory. So there is one place for each
rule, and the fast way is only ever a short cut.
"""

from __future__ import annotations

import json
import uuid
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import redis
from django.conf import settings
from pydantic import BaseModel, ValidationError

from accounts.selectors import CredentialFacts
from api import gate
from api.autocompose import keystrokes
from api.docs import too_large
from api.errors import envelope
from api.middleware import REQUEST_ID_HEADER
from api.paths import is_api
from composer.suggestions import checks, contexts
from composer.suggestions.checks import Checks, KeptChecks
from freshness.stamps import Stamp
from freshness.trips import trips

Message = Mapping[str, Any]
AsgiScope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

FAMILY = "autocompose"
# What is longer than anybody types goes to a thread: so many bytes are checked in 2 ms, whatever stands in them.
LARGEST_SHORT_CUT = 1024
_SUGGESTIONS = ("/autocompose/v1/conversations/", "/suggestions")
_PROFANITY = "/autocompose/v1/profanity/evaluation"
_SPELLCHECK = "/autocompose/v1/spellcheck/correction"


class KeystrokeFront:
    """ASGI middleware around Django's handler."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _declared_length(scope) > settings.API_MAX_BODY_BYTES:
            await _refuse_too_large(send)
            return
        if not is_api(scope["path"]):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            await _refuse_too_large(send)
            return
        answer = await _short_cut(scope, body)
        if answer is not None:
            await _send_json(send, 200, answer, str(uuid.uuid4()))
            return
        await self.app(scope, _replay(body, receive), send)


def _declared_length(scope: AsgiScope) -> int:
    """The body's length in bytes as the client tells it; 0 where it tells none."""
    return max(
        (int(value) for name, value in scope["headers"] if name == b"content-length" and value.isdigit()), default=0
    )


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body; None when it is over the limit without having said so."""
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
    """A `receive` that gives the body that was read, then what comes after it."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _short_cut(scope: AsgiScope, body: bytes) -> bytes | None:
    """The answer to a keystroke, if everything it needs is at hand; None sends the call on to Django."""
    path: str = scope["path"]
    body = body.removeprefix(BOM_UTF8)
    if (
        len(body) > LARGEST_SHORT_CUT
        or scope["method"] != "POST"
        or (settings.BEHIND_TLS and not _came_by_https(scope))
    ):
        return None
    if path == _PROFANITY:
        return await _text_answer(scope, body, keystrokes.parse_profanity, keystrokes.evaluate_at_once)
    if path == _SPELLCHECK:
        return await _text_answer(scope, body, keystrokes.parse_spellcheck, keystrokes.correct)
    if path.startswith(_SUGGESTIONS[0]) and path.endswith(_SUGGESTIONS[1]):
        return await _suggestions(scope, body, path[len(_SUGGESTIONS[0]) : -len(_SUGGESTIONS[1])])
    return None


def _came_by_https(scope: AsgiScope) -> bool:
    if scope.get("scheme") == "https":
        return True
    return settings.TRUST_PROXY and (b"x-forwarded-proto", b"https") in scope["headers"]


def _credential(scope: AsgiScope) -> tuple[CredentialFacts, gate.KeptCredential] | None:
    """The caller's credential from memory, its secret checked; None when Django has to look."""
    api_id = secret = ""
    for name, value in scope["headers"]:
        if name == b"asapp-api-id":
            api_id = value.decode("latin-1")
        elif name == b"asapp-api-secret":
            secret = value.decode("latin-1")
    copy = gate.find(api_id) if api_id and secret else None
    if copy is None or not gate.secret_matches(copy.value, secret) or FAMILY not in copy.value.families:
        return None
    return copy.value, copy


async def _text_answer(
    scope: AsgiScope, body: bytes, parse: Callable[[bytes], Any], answer: Callable[[Checks, Any], BaseModel | None]
) -> bytes | None:
    found = _credential(scope)
    if found is None:
        return None
    credential, copy = found
    own = checks.find(gate.scope_of(credential))
    if own is None:
        return None
    try:
        parsed = parse(body)
    except ValidationError:
        return None
    stamps = await _stamps(scope, credential, [copy, own])
    if stamps is None or not copy.is_current(stamps[0]) or not own.is_current(stamps[1]):
        return None
    answered = answer(own.value, parsed)
    return None if answered is None else _render(answered)


async def _suggestions(scope: AsgiScope, body: bytes, conversation_id: str) -> bytes | None:
    found = _credential(scope)
    if found is None:
        return None
    credential, copy = found
    scene = contexts.find(gate.scope_of(credential), conversation_id)
    if scene is None:
        return None
    try:
        parsed = keystrokes.parse_suggestions(body) if body else None
    except ValidationError:
        return None
    if parsed and parsed.message:
        return None  # a message to store
    stamps = await _stamps(scope, credential, [copy, scene])
    if stamps is None or not copy.is_current(stamps[0]):
        return None
    if not scene.is_current(stamps[1]):
        if not contexts.serves_meanwhile(scene, stamps[1]):
            return None
        contexts.renew_later(gate.scope_of(credential), conversation_id)
    return _render(keystrokes.suggest(scene.value, (parsed.query if parsed else None) or ""))


async def _stamps(
    scope: AsgiScope, credential: CredentialFacts, copies: list[gate.KeptCredential | contexts.KeptCopy | KeptChecks]
) -> list[Sequence[Stamp]] | None:
    """Ask Redis for the stamps of each copy and count the call, in one trip; None sends the call on to Django."""
    topics = [topic for copy in copies for topic in copy.topics]
    try:
        stamps, place = await trips().ask(topics, counter=gate.counter_key(credential))
    except redis.RedisError:
        gate.forget()
        contexts.forget()
        return None
    if place > credential.rate_limit > 0:
        return None  # Django counts it once more and answers 429
    scope[gate.COUNTED] = True
    found: list[Sequence[Stamp]] = []
    for copy in copies:
        found.append(stamps[: len(copy.topics)])
        stamps = stamps[len(copy.topics) :]
    return found


def _render(answer: BaseModel) -> bytes:
    return answer.__pydantic_serializer__.to_json(answer, by_alias=True, exclude_none=True)


async def _refuse_too_large(send: Send) -> None:
    request_id = str(uuid.uuid4())
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
