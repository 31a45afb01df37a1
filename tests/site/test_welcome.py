"""The text at the end of a start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from pytest_django import Settings

from asapp_site.supervisor.welcome import address, host_header, welcome


@dataclass
class ConversationDetails:
    logins: list[tuple[str, str, str]] = field(
        default_factory=lambda: [("Agent", "robin", "one two three"), ("Second agent", "sam", "four five six")]
    )
    api_id: str = "an-id"
    api_secret: str = "a-secret"
    environment: str = "production"
    chat_path: str = "/chat/acme"


EVERYWHERE = "0.0.0.0"  # noqa: S104 nothing listens there


def test_it_names_the_addresses_and_who_can_sign_in(settings: Settings) -> None:
    settings.HOST, settings.PORT, settings.PUBLIC_URL = "127.0.0.1", 8123, ""
    text = welcome(ConversationDetails())
    assert "http://127.0.0.1:8123/v1/health" in text
    assert ["Second agent", "sam", "four five six"] in [re.split(" {2,}", line.strip()) for line in text.splitlines()]
    assert "http://127.0.0.1:8123/chat/acme" in text
    assert "asapp-api-id:     an-id" in text
    assert "asapp-api-secret: a-secret" in text


def test_without_a_demo_company_it_is_not_mentioned() -> None:
    assert "login" not in welcome(None)


@pytest.mark.parametrize(
    ("host", "public_url", "expected"),
    [
        (EVERYWHERE, "", "http://127.0.0.1:8000"),
        ("10.0.0.7", "", "http://10.0.0.7:8000"),
        ("127.0.0.1", "https://desk.example.com", "https://desk.example.com"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(
    settings: Settings, host: str, public_url: str, expected: str
) -> None:
    settings.HOST, settings.PORT, settings.PUBLIC_URL = host, 8000, public_url
    assert address() == expected


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (["localhost", "127.0.0.1"], "127.0.0.1"),
        (["*"], "localhost"),
        ([".example.com", "desk.example.com"], "desk.example.com"),
    ],
)
def test_the_probe_uses_an_allowed_host_name(settings: Settings, allowed: list[str], expected: str) -> None:
    settings.ALLOWED_HOSTS = allowed
    assert host_header() == expected
