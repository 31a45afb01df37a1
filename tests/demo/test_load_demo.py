"""The demo company: there after the first start, the same at every later one."""

from __future__ import annotations

import stat
from collections import Counter
from pathlib import Path

import pytest

from accounts.models import ApiCredential, User
from accounts.services import secret_digest
from assignments.models import QueueEntry, Seat, StatusPeriod
from conversations.models import Conversation, Event, Message, Metadata
from conversations.selectors import Scope
from demo.services import load_demo
from responses.engine.templates import insert_names
from responses.lists import load_global_list
from responses.models import CustomResponse
from responses.selectors import deployed_version
from tests.commanding import run

pytestmark = pytest.mark.django_db


def test_it_is_worth_looking_at(tmp_path: Path) -> None:
    facts = load_demo(data_dir=tmp_path)
    assert [label for label, _, _ in facts.logins] == ["agent", "second agent", "supervisor", "admin", "developer"]
    for _, username, password in facts.logins:
        assert User.objects.get(username=username).check_password(password)
    credential = ApiCredential.objects.get(api_id=facts.api_id)
    assert credential.secret_digest == secret_digest(facts.api_secret)
    company = credential.company
    version = deployed_version(Scope(company.pk, "production"))
    assert version is not None
    loaded = load_global_list(version)
    assert 200 <= len(loaded.responses) <= 220
    assert len(loaded.folders) >= 20
    assert sum(1 for item in loaded.responses if insert_names(item.text)) >= 30
    assert sum(1 for item in loaded.responses if item.metadata) >= 60
    assert Counter(Conversation.objects.values_list("status", flat=True)) == {"ended": 45, "live": 8, "waiting": 7}
    assert company.queues.count() == 3
    # Each who waits has a place, and nobody has a status without a desk.
    assert QueueEntry.objects.filter(left_at__isnull=True).count() == 7
    assert (company.agent_statuses.count(), StatusPeriod.objects.count()) == (6, 0)
    assert set(Seat.objects.values_list("agent__external_id", "slots")) == {("maya", 4), ("tom", 3)}
    assert CustomResponse.objects.count() >= 20


def test_sensitive_texts_are_masked_there_too(tmp_path: Path) -> None:
    load_demo(data_dir=tmp_path)
    assert not Message.objects.filter(text__contains="4111").exists()
    assert Message.objects.filter(text__contains="[CARD]").exists()


def test_its_events_have_no_gaps(tmp_path: Path) -> None:
    load_demo(data_dir=tmp_path)
    for conversation in Conversation.objects.all():
        numbers = list(Event.objects.filter(conversation=conversation).order_by("sequence").values_list("sequence"))
        assert numbers == [(number,) for number in range(1, conversation.last_sequence + 1)]
    assert Metadata.objects.filter(name="queue_name").count() == 60


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    first = load_demo(data_dir=tmp_path)
    before = (Message.objects.count(), ApiCredential.objects.count())
    assert load_demo(data_dir=tmp_path) == first
    assert (Message.objects.count(), ApiCredential.objects.count()) == before
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


def test_a_lost_file_gives_new_passwords(tmp_path: Path) -> None:
    first = load_demo(data_dir=tmp_path)
    (tmp_path / "demo.json").unlink()
    second = load_demo(data_dir=tmp_path)
    assert second.logins != first.logins
    _, username, password = second.logins[0]
    assert User.objects.get(username=username).check_password(password)
    assert Conversation.objects.count() == 60


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"logins": []}', "FOREIGN"])
def test_a_file_that_does_not_fit_gives_new_passwords(tmp_path: Path, content: str) -> None:
    first = load_demo(data_dir=tmp_path)
    file = tmp_path / "demo.json"
    file.write_text(content.replace("FOREIGN", file.read_text().replace(first.api_id, "0" * 32)), encoding="utf-8")
    second = load_demo(data_dir=tmp_path)
    _, username, password = second.logins[0]
    assert User.objects.get(username=username).check_password(password)
    assert load_demo(data_dir=tmp_path) == second


def test_a_crash_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("demo.services._load_conversations", crash)
    with pytest.raises(RuntimeError):
        load_demo(data_dir=tmp_path)
    assert not User.objects.exists()
    assert not (tmp_path / "demo.json").exists()


def test_the_command_prints_what_to_sign_in_with(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path  # type: ignore[attr-defined]
    said = run("load_demo")
    facts = load_demo(data_dir=tmp_path)
    assert facts.api_secret in said.out
    assert all(password in said.out for _, _, password in facts.logins)
