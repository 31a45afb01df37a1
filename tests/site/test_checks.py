"""The system checks: errors, warnings, and settings without a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from asapp_site.checks import DESK

EVERYWHERE = "0.0.0.0"  # noqa: S104 nothing listens there


def ids(*, deploy: bool = False) -> list[str]:
    return sorted(str(message.id) for message in run_checks(tags=[DESK], include_deployment_checks=deploy))


@pytest.fixture(autouse=True)
def clean(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", tmp_path / "desk.sqlite3")
    settings.HOST, settings.PUBLIC_URL, settings.DEBUG, settings.BEHIND_TLS = "127.0.0.1", "", False, False


def test_the_defaults_give_no_message(settings: Settings) -> None:
    settings.WEB_PROCESSES = 4
    assert ids() == []


@pytest.mark.parametrize(
    ("host", "public_url", "refused"),
    [
        ("127.0.0.1", "", False),
        ("localhost", "http://localhost:8000", False),
        (EVERYWHERE, "https://desk.example.com", True),
        ("127.0.0.1", "https://desk.example.com", True),
        ("desk.internal", "https://desk.example.com", True),
    ],
)
def test_debug_is_refused_on_a_public_address(settings: Settings, host: str, public_url: str, refused: bool) -> None:
    settings.DEBUG, settings.HOST, settings.PUBLIC_URL = True, host, public_url
    assert ids() == (["desk.E001"] if refused else [])


def test_an_open_port_without_a_public_url_gets_a_warning(settings: Settings) -> None:
    settings.HOST = EVERYWHERE
    assert ids() == ["desk.W001"]
    settings.PUBLIC_URL = "https://desk.example.com"
    assert ids() == []


def test_a_secret_key_that_others_can_read_gets_a_warning(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    key.write_text("k")
    key.chmod(0o640)
    assert ids() == ["desk.W002"]
    key.chmod(0o600)
    assert ids() == []


def test_deployment_without_https_gets_a_warning(settings: Settings) -> None:
    assert ids(deploy=True) == ["desk.W003"]
    settings.PUBLIC_URL, settings.BEHIND_TLS = "https://desk.example.com", True
    assert ids(deploy=True) == []


def test_data_that_others_can_read_gets_a_warning(tmp_path: Path) -> None:
    database = tmp_path / "desk.sqlite3"
    database.touch()
    database.chmod(0o644)
    assert ids() == ["desk.W004"]
    tmp_path.chmod(0o755)
    assert ids() == ["desk.W004", "desk.W004"]
    database.chmod(0o600)
    tmp_path.chmod(0o700)
    assert ids() == []
