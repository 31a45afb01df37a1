"""Sign-ins and what is refused, as the audit has it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from accounts import refusals
from accounts.models import AuditEntry, Company, User
from accounts.services import revoke_api_credential
from accounts.sign_in_limits import FREE_FAILURES_PER_NAME
from caching.clients import sync_client
from tests.factories import PASSWORD, make_company, make_credential, make_user

pytestmark = pytest.mark.django_db

WRONG = "wrong-quagga-password"


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def alice(company: Company) -> User:
    return make_user(company, "alice")


def sign_in(username: str = "alice", password: str = PASSWORD, address: str = "203.0.113.7") -> int:
    data = {"username": username, "password": password}
    return Client(REMOTE_ADDR=address).post("/sign-in", data).status_code


def entries(prefix: str) -> list[tuple[str, str, str, Any]]:
    rows = AuditEntry.objects.filter(action__startswith=prefix).order_by("at")
    return [(row.action, row.actor_kind, row.subject_id, row.after) for row in rows]


class TestSigningIn:
    def test_it_is_on_record(self, alice: User) -> None:
        assert sign_in() == 302
        assert entries("user.sign") == [("user.signed_in", "user", str(alice.pk), None)]

    def test_a_wrong_password_is_on_record_without_the_password(self, alice: User) -> None:
        assert sign_in(password=WRONG) == 422
        assert entries("user.sign") == [("user.sign_in_failed", "unknown", str(alice.pk), {"is_active": True})]
        entry = AuditEntry.objects.get(action="user.sign_in_failed")
        assert (entry.company, entry.actor_id, entry.ip) == (alice.company, "", "203.0.113.7")
        assert WRONG not in str(list(AuditEntry.objects.values()))

    def test_so_is_that_of_somebody_who_is_deactivated(self, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(is_active=False)
        assert sign_in() == 422
        assert entries("user.sign_in_failed") == [
            ("user.sign_in_failed", "unknown", str(alice.pk), {"is_active": False})
        ]

    @pytest.mark.parametrize("name", ["nobody-quagga", WRONG, "x" * 200, "Ω" * 20])
    def test_a_name_that_nobody_has_is_in_the_log_only_and_not_by_name(
        self, alice: User, caplog: pytest.LogCaptureFixture, name: str
    ) -> None:
        before = AuditEntry.objects.count()
        with caplog.at_level(logging.INFO):
            assert sign_in(name, WRONG) == 422
        assert AuditEntry.objects.count() == before
        [line] = [line for line in caplog.records if line.name == "accounts.refusals"]
        assert line.__dict__["ip"] == "203.0.113.7"
        assert name not in str(line.__dict__)
        assert alice.username not in str(line.__dict__)

    def test_a_lock_is_on_record_once_a_minute(self, alice: User, settings: Any) -> None:
        settings.AXES_FAILURE_LIMIT = 2
        statuses = [sign_in(password=WRONG) for _ in range(5)]
        assert statuses == [422, 429, 429, 429, 429]
        assert [action for action, *_ in entries("user.sign")] == ["user.sign_in_failed", "user.sign_in_limited"]
        assert entries("user.sign_in_limited")[0][2:] == (str(alice.pk), {"reason": "locked"})

    def test_so_is_a_wait(self, alice: User) -> None:
        addresses = [f"203.0.113.{last}" for last in range(1, FREE_FAILURES_PER_NAME + 4)]
        statuses = [sign_in(password=WRONG, address=address) for address in addresses]
        assert statuses[-2:] == [429, 429]
        assert entries("user.sign_in_limited") == [
            ("user.sign_in_limited", "unknown", str(alice.pk), {"reason": "wait"})
        ]


class TestPages:
    def test_a_page_for_other_roles(self, company: Company) -> None:
        admin = make_user(company, "ada", ["admin"])
        browser = Client(REMOTE_ADDR="203.0.113.7")
        browser.force_login(admin)
        for _ in range(3):
            assert browser.get("/desk").status_code == 403
        [entry] = AuditEntry.objects.filter(action="page.refused")
        assert (entry.actor_kind, entry.actor_id, entry.ip) == ("user", str(admin.pk), "203.0.113.7")
        assert (entry.subject_type, entry.subject_id) == ("page", "desk")
        assert entry.after == {"page": "desk", "roles": ["agent"]}

    def test_another_page_and_another_person_have_entries_of_their_own(self, company: Company) -> None:
        ada, bo = (make_user(company, name, ["admin"]) for name in ("ada", "bo"))
        for user in (ada, bo, ada):
            for page in ("desk", "conversation"):
                refusals.page_refused(user=user, page=page, roles=["agent"])
        assert AuditEntry.objects.filter(action="page.refused").count() == 4

    def test_without_redis_all_are_written(self, alice: User, own_redis: Any) -> None:
        own_redis.stop()
        for _ in range(2):
            refusals.page_refused(user=alice, page="desk", roles=["agent"])
        assert AuditEntry.objects.filter(action="page.refused").count() == 2


class TestCredentials:
    def call(self, api_id: str, secret: str, path: str = "/conversation/v1/conversations?externalId=1") -> int:
        headers = {"asapp-api-id": api_id, "asapp-api-secret": secret}
        return Client(REMOTE_ADDR="203.0.113.7").get(path, headers={k: v for k, v in headers.items() if v}).status_code

    def test_a_wrong_secret(self, company: Company) -> None:
        made = make_credential(company)
        assert [self.call(made.credential.api_id, secret) for secret in ("wrong-quagga", "", "wrong-quagga")] == [
            401
        ] * 3
        assert entries("credential.refused") == [
            (
                "credential.refused",
                "unknown",
                str(made.credential.pk),
                {"reason": "secret", "environment": "production"},
            )
        ]
        assert "quagga" not in str(list(AuditEntry.objects.values()))

    def test_one_that_was_revoked(self, company: Company, django_capture_on_commit_callbacks: Any) -> None:
        from accounts.actors import Actor

        made = make_credential(company)
        with django_capture_on_commit_callbacks(execute=True):
            revoke_api_credential(by=Actor.system(company.pk), credential=made.credential)
        assert self.call(made.credential.api_id, made.secret) == 401
        assert [after["reason"] for *_, after in entries("credential.refused")] == ["revoked"]

    def test_one_that_is_for_another_api(self, company: Company) -> None:
        made = make_credential(company, families=["autocompose"])
        assert self.call(made.credential.api_id, made.secret) == 403
        [entry] = AuditEntry.objects.filter(action="credential.refused")
        assert (entry.actor_kind, entry.actor_id) == ("credential", str(made.credential.pk))
        assert entry.after["reason"] == "family"

    @pytest.mark.parametrize("api_id", ["0" * 32, "x" * 1000, "nobody"])
    def test_an_id_that_nobody_has_is_in_the_log_only(
        self, company: Company, caplog: pytest.LogCaptureFixture, api_id: str
    ) -> None:
        before = AuditEntry.objects.filter(company=company).count()
        with caplog.at_level(logging.INFO):
            assert self.call(api_id, "wrong") == 401
        assert AuditEntry.objects.count() == before
        assert [line.__dict__["ip"] for line in caplog.records if line.name == "accounts.refusals"] == ["203.0.113.7"]

    def test_the_next_minute_has_the_next_entry(self, company: Company) -> None:
        made = make_credential(company)
        self.call(made.credential.api_id, "wrong")
        [key] = [name for name in sync_client().scan_iter() if b"audit-refusal" in name]
        assert 0 < sync_client().ttl(key) <= refusals.REPEAT_S
        sync_client().delete(key)
        self.call(made.credential.api_id, "wrong")
        assert AuditEntry.objects.filter(action="credential.refused").count() == 2
