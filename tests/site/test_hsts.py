"""Strict-Transport-Security: for which host names browsers use only HTTPS for a year."""

from __future__ import annotations

import runpy

import pytest
from django.conf import settings as desk
from django.core.checks import run_checks
from django.test import Client
from pytest_django import Settings

KNOBS = ("HSTS_PRELOAD", "HSTS_SUBDOMAINS", "PUBLIC_URL")


@pytest.fixture
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Load the desk's settings again, with these environment variables only."""

    def read(**knobs: str) -> None:
        for name in KNOBS:
            monkeypatch.delenv(name, raising=False)
        for name, value in knobs.items():
            monkeypatch.setenv(name, value)
        loaded = runpy.run_path(str(desk.BASE_DIR / "asapp_site" / "settings.py"))
        for name in ("ALLOWED_HOSTS", "SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
            setattr(settings, name, loaded[name])
        for name in filter(lambda name: name.startswith("SECURE_HSTS"), loaded):
            setattr(settings, name, loaded[name])

    return read


def policy() -> str | None:
    """Return the header of a page over TLS."""
    return Client().get("/sign-in", secure=True, headers={"Host": "localhost"}).get("Strict-Transport-Security")


HTTPS = {"PUBLIC_URL": "https://desk.example.com"}


@pytest.mark.parametrize(
    ("knobs", "expected"),
    [
        ({}, None),
        ({"PUBLIC_URL": "http://desk.example.com", "HSTS_SUBDOMAINS": "on", "HSTS_PRELOAD": "on"}, None),
        (HTTPS, "max-age=31536000"),
        ({**HTTPS, "HSTS_SUBDOMAINS": "on"}, "max-age=31536000; includeSubDomains"),
        ({**HTTPS, "HSTS_SUBDOMAINS": "on", "HSTS_PRELOAD": "on"}, "max-age=31536000; includeSubDomains; preload"),
    ],
    ids=["no address", "http", "https", "subdomains", "preload"],
)
@pytest.mark.django_db
def test_hsts_covers_other_host_names_only_if_the_settings_say_so(
    configured, knobs: dict[str, str], expected: str | None
) -> None:
    configured(**knobs)
    assert policy() == expected


def test_the_deployment_check_does_not_ask_for_optional_settings(configured) -> None:
    configured(**HTTPS)
    message_ids = {message.id for message in run_checks(include_deployment_checks=True) if not message.is_silenced()}
    assert message_ids.isdisjoint({"security.W004", "security.W005", "security.W021"})
