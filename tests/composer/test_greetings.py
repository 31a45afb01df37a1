"""The auto-pilot greeting: one for an assignment, sent or cancelled once."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.actors import Actor
from accounts.models import Agent, Company
from caching.cache import forget_all
from composer.desk.services import cancel_greeting, send_greeting, start_greeting, to_greet
from composer.desk.tasks import send_due_greetings
from composer.learning.training import train_suggestions
from composer.models import Feature, GreetingRun, GreetingState
from composer.setting_declarations import FEATURE_SETTINGS
from composer.suggestions import contexts
from conversations.models import Channel, Conversation, Message, Participant, Status
from conversations.selectors import Scope
from responses.services import set_greeting_texts, set_greetings_enabled
from tests.composer.conftest import hire
from tests.configuring import choose, set_greetings_of
from tests.factories import make_company, make_conversation, make_list, say


@pytest.fixture
def company() -> Company:
    company = make_company()
    set_greetings_of(
        company,
        enabled=True,
        generic_text="Welcome! How can I help?",
        named_text="Hello {NAME}, how can I help?",
        trigger_after_seconds=2,
        delay_seconds=12,
    )
    return company


@pytest.fixture
def conversation(company: Company) -> Conversation:
    conversation = make_conversation(company)
    Participant.objects.filter(conversation=conversation).update(joined_at=timezone.now())
    return conversation


def started(conversation: Conversation) -> GreetingRun:
    run = start_greeting(conversation=conversation)
    assert run is not None
    return run


def texts(conversation: Conversation) -> list[str]:
    return list(Message.objects.filter(conversation=conversation, role="agent").values_list("text", flat=True))


@pytest.mark.django_db
class TestStart:
    def test_it_greets_by_name_and_counts_from_the_assignment(self, conversation: Conversation) -> None:
        run = started(conversation)
        assert run.text == "Hello Sarah, how can I help?"
        assert run.due_at - run.previewed_at == timedelta(seconds=12)
        assert run.previewed_at - run.participant.joined_at == timedelta(seconds=2)

    def test_a_second_desk_finds_the_same_countdown(self, conversation: Conversation) -> None:
        assert started(conversation) == started(conversation)
        assert GreetingRun.objects.count() == 1

    def test_a_nameless_customer_is_greeted_without_a_name(self, company: Company) -> None:
        assert started(make_conversation(company, customer_name="")).text == "Welcome! How can I help?"

    def test_a_desk_that_comes_late_shows_the_whole_countdown(self, conversation: Conversation) -> None:
        Participant.objects.update(joined_at=timezone.now() - timedelta(hours=1))
        left = started(conversation).due_at - timezone.now()
        assert timedelta(seconds=11) < left <= timedelta(seconds=12)

    def test_the_agents_own_text_counts(self, conversation: Conversation) -> None:
        by = Actor.system(conversation.company_id)
        set_greeting_texts(by=by, agent=Agent.objects.get(), generic="Hi", named="Hi {NAME}")
        assert started(conversation).text == "Hi Sarah"

    def test_the_agents_own_switch_counts(self, conversation: Conversation) -> None:
        set_greetings_enabled(by=Actor.system(conversation.company_id), agent=Agent.objects.get(), enabled=False)
        assert start_greeting(conversation=conversation) is None

    @pytest.mark.parametrize("feature", [Feature.AUTOPILOT_GREETINGS, Feature.AUTOCOMPOSE])
    def test_a_switched_off_feature_greets_nobody(self, conversation: Conversation, feature: Feature) -> None:
        choose(conversation.company, {FEATURE_SETTINGS[feature].name: False}, environment="production")
        assert start_greeting(conversation=conversation) is None

    def test_an_agent_who_has_written_greets_no_more(self, conversation: Conversation) -> None:
        Participant.objects.update(joined_at="2021-01-01T00:00:00Z")
        say(conversation, "Hello there", role="agent")
        assert start_greeting(conversation=conversation) is None

    def test_nobody_greets_where_no_agent_is(self, company: Company) -> None:
        assert start_greeting(conversation=make_conversation(company, "alone", agent=None)) is None


@pytest.mark.django_db
class TestWhomToGreet:
    @pytest.fixture
    def live(self, conversation: Conversation) -> Conversation:
        Conversation.objects.update(status=Status.LIVE)
        return conversation

    def test_a_customer_whom_nobody_has_answered(self, live: Conversation) -> None:
        say(live, "Hi", role="customer")
        assert to_greet(Agent.objects.get()) == [live]

    def test_nobody_whose_conversation_another_system_runs(self, live: Conversation) -> None:
        Conversation.objects.update(channel=Channel.API)
        assert to_greet(Agent.objects.get()) == []
        live.refresh_from_db()
        assert start_greeting(conversation=live) is None

    def test_nobody_while_a_countdown_runs_or_has_run(self, live: Conversation) -> None:
        run = started(live)
        assert to_greet(Agent.objects.get()) == []
        cancel_greeting(run=run)
        assert to_greet(Agent.objects.get()) == []

    def test_nobody_to_whom_the_agent_has_written(self, live: Conversation) -> None:
        Participant.objects.update(joined_at="2021-01-01T00:00:00Z")
        say(live, "Hello there", role="agent")
        assert to_greet(Agent.objects.get()) == []

    def test_what_was_said_before_the_agent_came_does_not_count(self, live: Conversation) -> None:
        say(live, "Hello there", role="agent")
        assert to_greet(Agent.objects.get()) == [live]

    @pytest.mark.usefixtures("live")
    def test_nobody_where_greetings_are_off(self, company: Company) -> None:
        set_greetings_of(company, enabled=False)
        assert to_greet(Agent.objects.get()) == []


@pytest.mark.django_db
class TestEnd:
    def test_it_is_sent_once(self, conversation: Conversation) -> None:
        run = started(conversation)
        assert send_greeting(run=run) is not None
        assert send_greeting(run=run) is None
        assert texts(conversation) == ["Hello Sarah, how can I help?"]

    def test_a_cancelled_one_is_not_sent(self, conversation: Conversation) -> None:
        run = started(conversation)
        assert [cancel_greeting(run=run), cancel_greeting(run=run)] == [True, False]
        assert send_greeting(run=run) is None
        assert texts(conversation) == []

    def test_a_sent_one_is_not_cancelled(self, conversation: Conversation) -> None:
        run = started(conversation)
        send_greeting(run=run)
        assert not cancel_greeting(run=run)

    def test_one_who_may_not_sign_in_any_more_does_not_greet(
        self, company: Company, conversation: Conversation
    ) -> None:
        gone = hire(company, "gone")
        agent = Agent.objects.get(user=gone, environment="production")
        Participant.objects.filter(conversation=conversation, role="agent").update(agent=agent)
        run = started(conversation)
        gone.is_active = False
        gone.save()
        assert send_greeting(run=run) is None
        assert texts(conversation) == []

    def test_an_agent_who_left_does_not_greet(self, conversation: Conversation) -> None:
        run = started(conversation)
        Participant.objects.filter(pk=run.pk).update(left_at=timezone.now())
        assert send_greeting(run=run) is None
        assert GreetingRun.objects.get().state == GreetingState.CANCELLED
        assert texts(conversation) == []


@pytest.mark.django_db
def test_replies_go_by_the_question_before_it(
    company: Company, conversation: Conversation, settings: Settings, tmp_path: Path
) -> None:
    settings.MODELS_DIR = tmp_path / "models"
    scope = Scope(company.pk, "production")
    make_list(
        company, "Each QR code works only once.", "Could you run a speed test?", "Is the light of the router red?"
    )
    train_suggestions(scope, by=Actor.system(company.pk))
    set_greetings_of(company, named_text="One moment, I look at the speed and the light of your router.")

    def replies() -> list[str]:
        forget_all()
        context = contexts.context_for(scope, conversation.pk)
        assert context is not None
        return [reply.text for reply in context.session.suggest("").replies]

    say(conversation, "I scanned the QR code and nothing happened")
    assert replies() == ["Each QR code works only once."]
    assert send_greeting(run=started(conversation)) is not None
    assert replies() == ["Each QR code works only once."]


@pytest.mark.django_db
def test_a_countdown_that_nobody_watches_is_sent(conversation: Conversation) -> None:
    started(conversation)
    assert send_due_greetings() == 0
    GreetingRun.objects.update(due_at=timezone.now() - timedelta(seconds=3))
    assert [send_due_greetings(), send_due_greetings()] == [1, 0]
    assert len(texts(conversation)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_timers_send_one_greeting(conversation: Conversation) -> None:
    run = started(conversation)
    sent: list[bool] = []

    def fire() -> None:
        sent.append(send_greeting(run=run) is not None)
        connection.close()

    threads = [threading.Thread(target=fire) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 1
    assert len(texts(conversation)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_while_it_sends_leaves_the_countdown(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(**_: object) -> None:
        raise KilledError

    run = started(conversation)
    with monkeypatch.context() as patch:
        patch.setattr("composer.desk.services.greetings.send_automatic", killed)
        with pytest.raises(KilledError):
            send_greeting(run=run)
    assert GreetingRun.objects.get().state == GreetingState.COUNTING
    assert send_greeting(run=run) is not None
    assert len(texts(conversation)) == 1
