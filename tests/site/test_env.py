"""The readers of environment variables: good values are read, and bad ones are refused."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from asapp_site import env


@pytest.mark.parametrize(
    ("value", "expected"), [("True", True), ("1", True), ("on", True), ("false", False), ("0", False), ("", True)]
)
def test_flags(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("KNOB", value)
    assert env.flag("KNOB", default=True) is expected


@pytest.mark.parametrize("value", ["maybe", "2", "TRUE!", " "])
def test_flags_refuse_other_values(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KNOB", value)
    with pytest.raises(ImproperlyConfigured, match="KNOB"):
        env.flag("KNOB", default=True)


@pytest.mark.parametrize(("value", "expected"), [("7", 7), ("", 3), ("1", 1), ("9", 9)])
def test_numbers(monkeypatch: pytest.MonkeyPatch, value: str, expected: int) -> None:
    monkeypatch.setenv("KNOB", value)
    assert env.number("KNOB", 3, minimum=1, maximum=9) == expected


@pytest.mark.parametrize("value", ["seven", "1.5", "0", "-1", "10"])
def test_numbers_refuse_words_and_values_out_of_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KNOB", value)
    with pytest.raises(ImproperlyConfigured, match="KNOB"):
        env.number("KNOB", 3, minimum=1, maximum=9)


def test_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOB", "")
    assert env.choice("KNOB", "text", ["text", "json"]) == "text"
    monkeypatch.setenv("KNOB", "xml")
    with pytest.raises(ImproperlyConfigured, match="KNOB: 'xml' is not one of text, json"):
        env.choice("KNOB", "text", ["text", "json"])


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOB", "a, b,,c ")
    assert env.words("KNOB") == ["a", "b", "c"]


def test_a_text_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "knob").write_text("from the file\n")
    monkeypatch.setenv("KNOB", "from the environment")
    monkeypatch.setenv("KNOB_FILE", str(tmp_path / "knob"))
    assert env.text("KNOB") == "from the file"
    monkeypatch.setenv("KNOB_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="KNOB_FILE: cannot read"):
        env.text("KNOB")


def test_a_stored_secret_is_private_and_does_not_change(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    secret = env.stored_secret(path)
    assert len(secret) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert env.stored_secret(path) == secret
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: env.stored_secret(tmp_path / "secret_key"), range(32)))
    assert len(secrets) == 1
    assert "" not in secrets


def test_a_secret_that_cannot_be_stored_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for path in (tmp_path / "file" / "secret_key", tmp_path / "file" / "var" / "secret_key"):
        with pytest.raises(ImproperlyConfigured, match="Set DATA_DIR to a writable folder"):
            env.stored_secret(path)
