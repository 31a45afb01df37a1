"""Who guesses passwords waits: by name longer and longer but never long, by address for an hour."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from accounts import sign_in_limits
from accounts.models import User
from accounts.sign_in_limits import (
    DEVICE_COOKIE,
    FREE_FAILURES_PER_NAME,
    MAX_FAILURES_PER_ADDRESS,
    MAX_WAIT_S,
    WINDOW_S,
    SignInAttempt,
    axes_address_of,
    network_of,
    remember_device,
)
from caching.clients import connect, sync_client


def request(name: str = "alice", address: str = "192.0.2.1", cookie: str = "") -> HttpRequest:
    made = RequestFactory().post(reverse("sign-in"), {"username": name}, REMOTE_ADDR=address)
    if cookie:
        made.COOKIES[DEVICE_COOKIE] = cookie
    return made


def tried(name: str = "alice", address: str = "192.0.2.1", cookie: str = "") -> SignInAttempt:
    return SignInAttempt.of(request(name, address, cookie))


def device_of(name: str) -> str:
    response = HttpResponse()
    remember_device(response, User(username=name))
    return response.cookies[DEVICE_COOKIE].value


def fail(count: int, name: str = "alice", address: str = "192.0.2.1") -> None:
    for _ in range(count):
        tried(name, address).count_failure()


class TestNames:
    def test_a_few_failures_are_free(self) -> None:
        fail(FREE_FAILURES_PER_NAME)
        assert tried().wait_s() == 0

    def test_then_each_one_makes_the_wait_longer_up_to_a_minute(self) -> None:
        fail(FREE_FAILURES_PER_NAME)
        waits = []
        for _ in range(9):
            fail(1)
            waits.append(tried().wait_s())
        assert waits == [2, 4, 8, 16, 32, MAX_WAIT_S, MAX_WAIT_S, MAX_WAIT_S, MAX_WAIT_S]

    def test_from_wherever_they_come(self) -> None:
        for number in range(FREE_FAILURES_PER_NAME + 1):
            fail(1, address=f"192.0.2.{number}")
        assert tried(address="198.51.100.1").wait_s() > 0

    def test_other_names_do_not_wait(self) -> None:
        fail(FREE_FAILURES_PER_NAME + 3)
        assert tried("bob").wait_s() == 0

    def test_a_success_forgets_the_failures_of_the_name(self) -> None:
        fail(FREE_FAILURES_PER_NAME + 3)
        tried().count_success()
        assert tried().wait_s() == 0
        fail(FREE_FAILURES_PER_NAME)
        assert tried().wait_s() == 0

    def test_spellings_of_one_name_count_together(self) -> None:
        fail(FREE_FAILURES_PER_NAME, name="andr\u00e9")
        fail(1, name="andre\u0301")
        assert tried("andr\u00e9").wait_s() > 0

    def test_no_name_is_stored_as_it_was_typed(self) -> None:
        fail(FREE_FAILURES_PER_NAME + 1, name="my secret password")
        assert not any(b"secret" in key for key in sync_client().scan_iter(match="*sign-in*"))


class TestDevices:
    def test_a_browser_of_the_person_does_not_wait(self) -> None:
        fail(FREE_FAILURES_PER_NAME + 5)
        assert tried(cookie=device_of("alice")).wait_s() == 0

    @pytest.mark.parametrize("cookie", ["", "nonsense", "alice:alice"])
    def test_a_cookie_that_is_none_helps_nobody(self, cookie: str) -> None:
        fail(FREE_FAILURES_PER_NAME + 5)
        assert tried(cookie=cookie).wait_s() > 0

    def test_a_browser_of_somebody_else_waits(self) -> None:
        fail(FREE_FAILURES_PER_NAME + 5)
        assert tried(cookie=device_of("bob")).wait_s() > 0

    def test_a_cookie_of_another_desk_helps_nobody(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        foreign = Signer(key="another desk's key", salt="accounts.device")
        with monkeypatch.context() as patch:
            patch.setattr(sign_in_limits, "_device", foreign)
            cookie = device_of("alice")
        assert settings.SECRET_KEY != "another desk's key"
        assert not tried(cookie=cookie).is_known_device

    def test_it_is_kept_from_scripts_and_from_other_pages(self, settings: Any) -> None:
        response = HttpResponse()
        remember_device(response, User(username="alice"))
        cookie = response.cookies[DEVICE_COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", reverse("sign-in"))
        assert bool(cookie["secure"]) is settings.SESSION_COOKIE_SECURE
        assert "alice" not in cookie.value


class TestAddresses:
    @pytest.fixture
    def many(self, monkeypatch: pytest.MonkeyPatch) -> int:
        """A limit that a test reaches quickly."""
        assert MAX_FAILURES_PER_ADDRESS > FREE_FAILURES_PER_NAME
        monkeypatch.setattr(sign_in_limits, "MAX_FAILURES_PER_ADDRESS", 4)
        return 4

    def test_over_all_names_so_many_are_enough_for_an_hour(self, many: int) -> None:
        for number in range(many):
            assert tried("new").wait_s() == 0
            fail(1, name=f"name {number}")
        assert WINDOW_S - 30 <= tried("new").wait_s() <= WINDOW_S

    def test_a_known_browser_waits_there_too(self, many: int) -> None:
        fail(many)
        assert tried(cookie=device_of("alice")).wait_s() > 0

    def test_a_success_forgives_the_address_nothing(self, many: int) -> None:
        fail(many)
        tried().count_success()
        assert tried().wait_s() > 0

    def test_other_addresses_do_not_wait(self, many: int) -> None:
        fail(many)
        assert tried(address="192.0.2.2").wait_s() == 0

    def test_one_network_of_ipv6_counts_as_one_address(self, many: int) -> None:
        for number in range(many):
            fail(1, name=f"{number}", address=f"2001:db8:0:1::{number + 1}")
        assert tried("x", address="2001:db8:0:1:ffff::9").wait_s() > 0
        assert tried("x", address="2001:db8:0:2::1").wait_s() == 0

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "2001:db8::/64"),
            ("2001:DB8:0:0:1::", "2001:db8::/64"),
            ("::1", "::/64"),
            ("unix:", "unix:"),
            ("", ""),
        ],
    )
    def test_what_counts_as_one(self, address: str, network: str) -> None:
        assert network_of(address) == network

    def test_a_login_without_a_network_request_has_none(self) -> None:
        assert axes_address_of(HttpRequest()) is None
        assert axes_address_of(request()) == "192.0.2.1"


def test_without_redis_nobody_waits_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unreachable = connect("unix:///nowhere/redis.sock")
    fail(FREE_FAILURES_PER_NAME + 2)
    monkeypatch.setattr(sign_in_limits, "sync_client", lambda: unreachable)
    one = tried()
    assert one.wait_s() == 0
    one.count_failure()
    one.count_success()
    assert [record.reason for record in caplog.records] == ["ConnectionError"] * 3  # type: ignore[attr-defined]
