"""What every call is checked for: keys, API families, the rate limit, body size, TLS. And the health check."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
import redis
from django.db import OperationalError

from accounts.actors import Actor
from accounts.models import ApiCredential, Company
from accounts.services import revoke_api_credential
from api import auth
from caching import clients, versions
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation, make_credential

CONVERSATIONS = "/conversation/v1/conversations?externalId=1"
SETTINGS = "/autocompose/v1/settings?agentId=1"
HEALTH = "/v1/health"


@pytest.mark.parametrize("path", [CONVERSATIONS, SETTINGS, HEALTH])
@pytest.mark.parametrize("missing", ["asapp-api-id", "asapp-api-secret", "both"])
def test_both_headers_are_needed(caller: Caller, path: str, missing: str) -> None:
    headers = {} if missing == "both" else {k: v for k, v in caller.headers.items() if k != missing}
    named = "asapp-api-id" if missing == "both" else missing
    assert_error(caller.call("GET", path, headers=headers), 401, says=f"the header {named} is missing")


def test_wrong_pairs_are_refused(caller: Caller, other: Caller) -> None:
    right = caller.headers
    for headers in (
        {**right, "asapp-api-secret": "wrong"},
        {**right, "asapp-api-secret": other.headers["asapp-api-secret"]},
        {**right, "asapp-api-id": "0" * 32},
        {**right, "asapp-api-id": "x" * 1000},
        {**right, "asapp-api-secret": "naïve"},
    ):
        assert_error(caller.call("GET", SETTINGS, headers=headers), 401, says="the id or the secret is wrong")


def test_keys_are_checked_before_everything_else(caller: Caller) -> None:
    response = caller.call("POST", "/conversation/v1/conversations/none/messages", b"{", headers={})
    assert_error(response, 401)


def test_a_revoked_credential_is_refused_by_the_next_call(caller: Caller, committing: Any) -> None:
    assert caller.get(SETTINGS).status_code == 200
    with committing(execute=True):
        credential = caller.credential.credential
        revoke_api_credential(by=Actor.system(credential.company_id), credential=credential)
    assert_error(caller.get(SETTINGS), 401)


def test_a_known_credential_costs_no_query(caller: Caller, django_assert_num_queries: Any) -> None:
    caller.get(HEALTH)
    with django_assert_num_queries(1):  # the health check's own
        caller.get(HEALTH)


def test_the_secret_is_not_stored(caller: Caller) -> None:
    row = ApiCredential.objects.get()
    assert caller.credential.secret not in str(row.__dict__)


def test_a_family_that_is_not_allowed_is_403(company: Company, committing: Any) -> None:
    only = Caller(make_credential(company, families=["conversation"]), committing)
    assert only.get(CONVERSATIONS).status_code == 200
    assert_error(only.get(SETTINGS), 403, says="may not call the autocompose API")
    assert only.get(HEALTH).status_code == 200


def test_more_calls_than_the_limit_in_a_second_are_429(company: Company, committing: Any) -> None:
    limited = Caller(make_credential(company, rate_limit=2), committing)
    answers = [limited.get(SETTINGS) for _ in range(10)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 10 - 2 * 3 <= len(refused) <= 8, "at most two in each of the seconds that ten calls touch"
    assert_error(refused[0], 429, says="more than 2 in one second")
    assert refused[0]["Retry-After"] == "1"


def test_a_wrong_secret_does_not_use_up_the_limit(company: Company, committing: Any) -> None:
    limited = Caller(make_credential(company, rate_limit=3), committing)
    for _ in range(10):
        limited.call("GET", SETTINGS, headers={**limited.headers, "asapp-api-secret": "wrong"})
    assert limited.get(SETTINGS).status_code == 200


def test_a_rate_limit_of_0_means_no_limit(caller: Caller) -> None:
    assert {caller.get(HEALTH).status_code for _ in range(150)} == {200}


def test_too_large_bodies_are_413(caller: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.API_MAX_BODY_BYTES = 1024
    response = caller.post("/conversation/v1/conversations", b'{"externalId": "' + b"x" * 2000 + b'"}')
    assert_error(response, 413, says="at most 1024 bytes")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/conversation/v1/conversations/%00"),
        ("GET", "/conversation/v1/conversations/%00/messages/%00"),
        ("PUT", "/autocompose/v1/responses/customs/response/%00?agentId=a"),
        ("DELETE", "/autocompose/v1/responses/customs/folder/%00?agentId=a"),
        ("GET", "/v1/health/"),
        ("POST", "/autosummary/v1/intent"),
    ],
)
def test_paths_with_impossible_ids_are_404(caller: Caller, method: str, path: str) -> None:
    assert_error(caller.call(method, path, {"text": "a", "title": "b"} if method == "PUT" else None), 404)


def test_unknown_paths_are_404_in_the_envelope(caller: Caller) -> None:
    assert_error(caller.get("/autocompose/v1/nothing"), 404)
    assert_error(caller.get("/conversation/v2/conversations"), 404)


def test_plain_http_is_refused_behind_tls_and_not_redirected(caller: Caller, settings: Any) -> None:
    settings.BEHIND_TLS = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    secure = Caller(caller.credential, caller.committing)
    assert_error(secure.get(SETTINGS), 403, says="HTTPS is required")
    answer = secure.call("GET", SETTINGS, headers={**secure.headers, "X-Forwarded-Proto": "https"})
    assert answer.status_code == 200


def test_a_database_that_is_away_is_503(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("api.conversation.views.selectors.conversations", away)
    assert_error(caller.get(CONVERSATIONS), 503, says="try again")


def test_a_bug_is_a_500_without_details(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.conversation.views.selectors.conversations", broken)
    response = caller.get(CONVERSATIONS)
    assert_error(response, 500)
    assert b"secret detail" not in response.content


def test_request_ids_are_unique_and_in_the_log(caller: Caller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="api.request"):
        ids = [caller.get(SETTINGS)["X-Request-ID"] for _ in range(3)]
    assert len({uuid.UUID(id_) for id_ in ids}) == 3
    assert [record.__dict__["request_id"] for record in caplog.records] == ids
    assert caplog.records[0].__dict__["company"] == "acme"


def test_message_text_is_never_logged(caller: Caller, company: Company, caplog: pytest.LogCaptureFixture) -> None:
    path = f"/conversation/v1/conversations/{make_conversation(company).pk}/messages"
    body = {"text": "my secret", "sender": {"role": "agent", "externalId": "1"}, "timestamp": "2021-11-23T12:13:14Z"}
    with caplog.at_level("DEBUG"):
        caller.post(path, body)
        caller.post(path, {**body, "timestamp": "my secret"})
    assert "my secret" not in caplog.text


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def away(self, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        caller.get(SETTINGS)  # caches the credential, which must not be trusted while Redis is away

        def nowhere() -> redis.Redis:
            return clients.connect("unix:///nonexistent/redis.sock")

        for module in ("caching.versions", "api.auth", "api.health"):
            monkeypatch.setattr(f"{module}.sync_client", nowhere)

    def test_calls_are_still_answered_and_revoked_keys_refused(self, caller: Caller, committing: Any) -> None:
        assert caller.get(SETTINGS).status_code == 200
        with committing(execute=True):
            credential = caller.credential.credential
            revoke_api_credential(by=Actor.system(credential.company_id), credential=credential)
        assert_error(caller.get(SETTINGS), 401)

    def test_a_revocation_while_redis_was_away_applies_when_it_is_back(
        self, caller: Caller, committing: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that made no call meanwhile still has the old value cached, under a version that is not current."""
        credential = caller.credential.credential
        cached = auth.find(credential.api_id)
        assert cached is not None
        with committing(execute=True):
            revoke_api_credential(by=Actor.system(credential.company_id), credential=credential)
        assert versions.pending
        with pytest.raises(redis.RedisError):
            versions.read(list(cached.keys))
        monkeypatch.undo()
        deadline = time.monotonic() + 5
        while versions.pending and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not cached.is_current(versions.read(list(cached.keys)))
        assert_error(caller.get(SETTINGS), 401)

    def test_suggestions_are_still_made(self, caller: Caller, company: Company) -> None:
        path = f"/autocompose/v1/conversations/{make_conversation(company).pk}/suggestions"
        assert caller.post(path, {"query": "a"}).status_code == 200

    def test_health_says_failed_with_200(self, caller: Caller) -> None:
        response = caller.get(HEALTH)
        assert (response.status_code, response.json()) == (200, {"healthCheck": "FAILED"})
        assert caller.call("GET", "/healthz", headers={}).status_code == 503


def test_health(caller: Caller) -> None:
    assert caller.get(HEALTH).json() == {"healthCheck": "SUCCESS"}
    assert caller.call("GET", "/healthz", headers={}).content == b"ok"
    assert_error(caller.post(HEALTH), 405)


def test_a_version_is_new_after_each_change(db: None, committing: Any) -> None:  # noqa: ARG001
    name = versions.cache_key("test", uuid.uuid4())
    seen = [versions.read([name])[name]]
    assert seen != [None], "a missing version is set: nothing is cached under none"
    assert versions.read([name]) == {name: seen[0]}
    for _ in range(3):
        with committing(execute=True):
            versions.invalidate([name])
        seen.append(versions.read([name])[name])
    clients.sync_client().delete(versions.version_key(name))
    seen.append(versions.read([name])[name])
    assert len(set(seen)) == 5, "after a loss too"
    clients.sync_client().delete(versions.version_key(name))
