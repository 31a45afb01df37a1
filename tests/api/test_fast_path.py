"""The ASGI middleware in front of Django: what it answers itself, what it passes on, and what it limits."""

from __future__ import annotations

import asyncio
import json
import time
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from accounts.actors import Actor
from accounts.models import Company
from accounts.services import NewCredential, revoke_api_credential
from api.fast_path import FastPathMiddleware
from asapp_site.handler import SyncChainHandler
from composer.suggestions import contexts
from tests.factories import make_company, make_conversation, make_credential, make_list, say

pytestmark = pytest.mark.django_db(transaction=True)

PROFANITY = "/autocompose/v1/profanity/evaluation"
SPELLCHECK = "/autocompose/v1/spellcheck/correction"


@dataclass
class Result:
    status: int
    headers: dict[str, str]
    body: Any
    by_django: bool


class FastPath:
    """The middleware around Django, counting the calls that reach Django."""

    def __init__(self, credential: NewCredential) -> None:
        self.reached = 0
        self.django = SyncChainHandler()
        self.app = FastPathMiddleware(self._count)
        self.keys = [
            (b"asapp-api-id", credential.credential.api_id.encode()),
            (b"asapp-api-secret", credential.secret.encode()),
        ]

    async def _count(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached += 1
        await self.django(scope, receive, send)

    async def post(self, path: str, *chunks: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> Result:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), *self.keys, *headers],
        }
        before = self.reached
        communicator = ApplicationCommunicator(self.app, scope)
        parts = chunks or (b"",)
        for number, chunk in enumerate(parts, start=1):
            await communicator.send_input({"type": "http.request", "body": chunk, "more_body": number < len(parts)})
        start = await communicator.receive_output(timeout=10)
        body = b""
        while True:
            message = await communicator.receive_output(timeout=10)
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await communicator.wait(timeout=10)
        all_headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Result(start["status"], all_headers, json.loads(body) if body else None, self.reached > before)

    async def type(self, path: str, query: str) -> Result:
        return await self.post(path, json.dumps({"query": query}).encode())


@pytest.fixture
def company(transactional_db: None) -> Company:  # noqa: ARG001
    return make_company()


@pytest.fixture
def fast_path(company: Company) -> FastPath:
    return FastPath(make_credential(company))


@pytest.fixture
def path(company: Company) -> str:
    make_list(company, "Sure, one moment.", "Sure {NAME}.", "Hello!")
    return f"/autocompose/v1/conversations/{make_conversation(company).pk}/suggestions"


async def test_the_second_keystroke_does_not_reach_django(fast_path: FastPath, path: str) -> None:
    first = await fast_path.type(path, "Sure")
    second = await fast_path.type(path, "Sure")
    assert (first.by_django, second.by_django) == (True, False)
    assert first.body["suggestions"] == second.body["suggestions"] != []
    assert first.body["id"] != second.body["id"]
    assert second.headers["content-type"] == "application/json"
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    assert second.headers["content-length"] == str(len(json.dumps(second.body, separators=(",", ":"))))


async def test_text_checks_do_not_reach_django_either(fast_path: FastPath) -> None:
    event = {"text": "How is tihs ", "typingEvent": {"cursorStart": 11, "cursorEnd": 12}}
    for path, body in ((PROFANITY, {"text": "shit"}), (SPELLCHECK, event)):
        raw = json.dumps(body).encode()
        first, second = await fast_path.post(path, raw), await fast_path.post(path, raw)
        assert second.by_django is False
        first.body.pop("id", None)
        second.body.pop("id", None)
        assert first.body == second.body


async def test_the_next_keystroke_uses_a_new_message(fast_path: FastPath, company: Company, path: str) -> None:
    await fast_path.type(path, "S")
    assert (await fast_path.type(path, "Su")).by_django is False
    await sync_to_async(say)(await sync_to_async(make_conversation)(company), "hello")
    assert (await fast_path.type(path, "Sur")).by_django is True, "the copy was out of date"
    assert (await fast_path.type(path, "Sure")).by_django is False


async def test_a_new_list_is_used_within_two_seconds_and_nobody_waits_for_it(
    fast_path: FastPath, company: Company, path: str
) -> None:
    await fast_path.type(path, "S")
    await sync_to_async(make_list)(company, "Sorry to hear that.")
    deadline = time.monotonic() + 2
    texts: list[str] = []
    while texts != ["Sorry to hear that."]:
        assert time.monotonic() < deadline, texts
        answer = await fast_path.type(path, "S")
        assert answer.by_django is False
        texts = [row["text"] for row in answer.body["suggestions"]]
        await asyncio.sleep(0.01)


async def test_a_context_that_cannot_be_rebuilt_goes_to_django(
    fast_path: FastPath, company: Company, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fast_path.type(path, "S")
    await sync_to_async(make_list)(company, "Sorry to hear that.")
    monkeypatch.setattr(contexts, "context_for", lambda *_: 1 / 0)
    answer = await fast_path.type(path, "S")
    deadline = time.monotonic() + 2
    while not answer.by_django and time.monotonic() < deadline:
        monkeypatch.undo()
        answer = await fast_path.type(path, "S")
        await asyncio.sleep(0.01)
    assert [row["text"] for row in (await fast_path.type(path, "S")).body["suggestions"]] == ["Sorry to hear that."]


async def test_a_revoked_key_is_refused_at_once(company: Company) -> None:
    credential = await sync_to_async(make_credential)(company)
    revoked = FastPath(credential)
    assert (await revoked.post(PROFANITY, b'{"text": "a"}')).status == 200
    await sync_to_async(revoke_api_credential)(by=Actor.system(company.pk), credential=credential.credential)
    assert (await revoked.post(PROFANITY, b'{"text": "a"}')).status == 401


async def test_errors_come_from_django(fast_path: FastPath, path: str) -> None:
    await fast_path.type(path, "S")
    for body, status in ((b'{"query": null}', 400), (b"[]", 400), (b"{", 400), (b'{"query": "\\ud800"}', 400)):
        answer = await fast_path.post(path, body)
        assert (answer.status, answer.by_django) == (status, True)
        assert answer.body["error"]["requestId"] == answer.headers["x-request-id"]
    fast_path.keys[1] = (b"asapp-api-secret", b"wrong")
    assert (await fast_path.type(path, "S")).status == 401


async def test_the_fast_path_counts_calls_too(company: Company) -> None:
    fast_path = FastPath(await sync_to_async(make_credential)(company, rate_limit=5))
    await fast_path.post(PROFANITY, b"{}")
    answers = await asyncio.gather(*(fast_path.post(PROFANITY, b"{}") for _ in range(30)))
    assert len([answer for answer in answers if answer.status == 200]) <= 5 * 3
    refused = [answer for answer in answers if answer.status == 429]
    assert refused
    assert refused[0].body["error"]["code"] == "429-01"


async def test_bodies_over_the_limit_are_refused_however_they_are_sent(fast_path: FastPath, settings: Any) -> None:
    settings.API_MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2048
    told = await fast_path.post(PROFANITY, b"{}", headers=[(b"content-length", b"999999")])
    streamed = await fast_path.post(PROFANITY, *[b"x" * 1000] * 3)
    for answer in (told, streamed):
        assert (answer.status, answer.by_django) == (413, False)
        assert answer.body["error"]["code"] == "413-01"
        assert answer.body["error"]["requestId"] == answer.headers["x-request-id"]


async def test_a_long_text_does_not_block_the_event_loop(fast_path: FastPath) -> None:
    await fast_path.post(PROFANITY, b'{"text": "a"}')
    long = await fast_path.post(PROFANITY, json.dumps({"text": "f u c " * 5000}).encode())
    assert (long.status, long.by_django) == (200, True)


async def test_a_short_text_of_many_disguises_does_not_block_it_either(fast_path: FastPath) -> None:
    await fast_path.post(PROFANITY, b'{"text": "a"}')
    plain = await fast_path.post(
        PROFANITY, json.dumps({"text": "Let me look into this for you, one moment. " * 10}).encode()
    )
    assert (plain.body, plain.by_django) == ({"hasProfanity": False}, False)
    hostile = " ".join(f"{chr(97 + number % 26)}*%#{number}&^" for number in range(100))
    answer = await fast_path.post(PROFANITY, json.dumps({"text": hostile}).encode())
    assert (answer.status, answer.by_django) == (200, True)


async def test_the_fast_path_ignores_a_byte_order_mark_too(fast_path: FastPath) -> None:
    body = BOM_UTF8 + b'{"text": "shit"}'
    first, second = await fast_path.post(PROFANITY, body), await fast_path.post(PROFANITY, body)
    assert (first.by_django, second.by_django) == (True, False)
    assert first.body == second.body == {"hasProfanity": True}


async def test_a_body_in_several_chunks_arrives_whole(fast_path: FastPath, path: str) -> None:
    answer = await fast_path.post(path, b'{"que', b'ry": "He', b'llo"}')
    assert [row["text"] for row in answer.body["suggestions"]] == ["Hello!"]


async def test_cached_contexts_of_two_companies_are_separate(fast_path: FastPath, path: str) -> None:
    await fast_path.type(path, "S")
    stranger = FastPath(await sync_to_async(lambda: make_credential(make_company("globex")))())
    await stranger.post(PROFANITY, b"{}")
    assert (await stranger.type(path, "S")).status == 404


async def test_plain_http_is_not_answered_from_memory_behind_tls(fast_path: FastPath, path: str, settings: Any) -> None:
    await fast_path.type(path, "S")
    settings.BEHIND_TLS = settings.TRUST_PROXY = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert (await fast_path.type(path, "S")).status == 403
    secure = await fast_path.post(path, b'{"query": "S"}', headers=[(b"x-forwarded-proto", b"https")])
    assert (secure.status, secure.by_django) == (200, False)
