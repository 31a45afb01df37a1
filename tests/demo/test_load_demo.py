"""The demo company: loaded by the first start, and unchanged by later ones."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.actors import Actor
from accounts.models import Agent, ApiCredential, Company, Event, Queue, User
from accounts.services import secret_digest
from assignments.lifecycle import assign_waiting
from assignments.models import Assignment, QueueEntry, StatusPeriod
from assignments.presence import queue_ids_of, slots_of
from assignments.services import desk_opened
from composer.engine.types import Offer
from composer.learning.training import train_suggestions
from composer.suggestions import contexts
from configuration.models import SettingValue
from conversations.models import Conversation, Message, Metadata
from conversations.selectors import Scope
from demo.services import load_demo
from responses.engine.templates import insert_names
from responses.lists import load_global_list
from responses.models import CustomResponse
from responses.selectors import deployed_version
from tests.commanding import run
from widget.services import start_chat

pytestmark = pytest.mark.django_db


def test_it_has_people_lists_and_conversations(tmp_path: Path) -> None:
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
    assert Counter(Conversation.objects.values_list("status", flat=True)) == {"ended": 49, "live": 8, "waiting": 3}
    assert company.queues.count() == 3
    # Each waiting conversation is in a queue, and no agent has a status without an open desk.
    assert QueueEntry.objects.filter(left_at__isnull=True).count() == 3
    assert (company.agent_statuses.count(), StatusPeriod.objects.count()) == (6, 0)
    slots = SettingValue.objects.filter(name="desk.slots")
    assert set(slots.values_list("agent__external_id", "value")) == {("maya", 9), ("tom", 9)}
    assert CustomResponse.objects.count() >= 20


@pytest.mark.parametrize("username", ["maya", "tom"])
@pytest.mark.parametrize("queue", ["internet", "mobile", "billing"])
def test_a_new_customer_gets_the_agent_who_is_signed_in(tmp_path: Path, username: str, queue: str) -> None:
    load_demo(data_dir=tmp_path)
    agent = Agent.objects.select_related("user").get(user__username=username, environment="production")
    desk_opened(by=Actor.user(agent.user), agent=agent)
    assign_waiting(queue_ids=queue_ids_of(agent))
    assert slots_of(agent).free >= 2
    company = Company.objects.get(slug="larkline")
    chosen = Queue.objects.get(company=company, name=queue)
    visitor = start_chat(company=company, token="a-newcomer", queue=chosen, name="Ada")
    assign_waiting(queue_ids=[chosen.pk])
    assert visitor.conversation is not None
    assert Assignment.objects.get(conversation=visitor.conversation, ended_at__isnull=True).agent == agent


def test_no_first_reply_repeats_the_agent_or_greets_again(tmp_path: Path, settings: Settings) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    load_demo(data_dir=tmp_path)
    scope = Scope(Company.objects.get(slug="larkline").pk, "production")
    train_suggestions(scope, by=Actor.system(scope.company_id))
    openings = Conversation.objects.filter(status="live")
    offered = {opening: [reply.text for reply in offers_in(scope, opening)] for opening in openings}
    assert len([replies for replies in offered.values() if replies]) == 8
    assert [reply for replies in offered.values() for reply in replies if GREETING.match(reply)] == []
    assert [reply for opening, replies in offered.items() for reply in replies if repeats(opening, reply)] == []


GREETING = re.compile(r"(hi|hello|hey|welcome|good (morning|afternoon|evening))\b", re.IGNORECASE)


def offers_in(scope: Scope, conversation: Conversation) -> Sequence[Offer]:
    context = contexts.context_for(scope, conversation.pk)
    assert context is not None
    return context.session.suggest("").replies


def repeats(conversation: Conversation, reply: str) -> bool:
    """Return True if runs of five words that the agent has written make up half of the reply."""
    messages = conversation.messages.filter(role="agent")
    said = " ".join(" ".join(words(message.text)) for message in messages)
    own = words(reply)
    again = {at + n for at in range(len(own) - 4) if " ".join(own[at : at + 5]) in said for n in range(5)}
    return 2 * len(again) >= len(own)


def words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.casefold())


def test_its_sensitive_texts_are_masked(tmp_path: Path) -> None:
    load_demo(data_dir=tmp_path)
    assert not Message.objects.filter(text__contains="4111").exists()
    assert Message.objects.filter(text__contains="[CARD]").exists()


def test_its_events_have_no_gaps(tmp_path: Path) -> None:
    load_demo(data_dir=tmp_path)
    for conversation in Conversation.objects.all():
        numbers = list(
            Event.objects.filter(conversation_id=conversation.pk).order_by("sequence").values_list("sequence")
        )
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


def test_a_failed_load_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
