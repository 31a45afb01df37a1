"""What an agent lately said: read for that agent alone, weighed by how offers were taken, forgotten with time."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Company
from caching import cache
from caching.cache import forget_all
from composer.learning.training import train_suggestions
from composer.suggestions import agent_history, contexts
from composer.suggestions.agent_history import agent_histories
from composer.usage.events import SentFigures, record_message_sent
from conversations.models import Conversation, Message, MessageKind
from conversations.selectors import Scope, customers_of
from conversations.services import NewMessage, add_messages
from tests.factories import make_company, make_conversation, make_list, offer, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"


@pytest.fixture
def company() -> Company:
    return make_company()


def speak(conversation: Conversation, text: str, agent: str = "671", after: int = 0, days_ago: float = 0) -> str:
    id_ = say(conversation, text, role="agent", after=after)
    at = timezone.now() - timedelta(days=days_ago)
    Message.objects.filter(pk=id_).update(sender_external_id=agent, sent_at=at)
    return id_


def agent_of(company: Company, external_id: str = "671") -> Agent:
    return Agent.objects.get(company=company, environment="production", external_id=external_id)


def recent(company: Company) -> list[tuple[str, float]]:
    return [(one.text, one.weight) for one in agent_histories.get(agent_of(company))]


def test_the_agents_own_newest_messages(company: Company) -> None:
    conversation = make_conversation(company)
    speak(conversation, "old", after=1, days_ago=agent_history.MAX_AGE_DAYS + 1)
    speak(conversation, "first", after=2, days_ago=1)
    speak(conversation, "second", after=3)
    speak(conversation, "of another agent", agent="672", after=4)
    note = speak(conversation, "a note", after=5)
    Message.objects.filter(pk=note).update(kind=MessageKind.NOTE)
    assert recent(company) == [("second", 1.0), ("first", 1.0)]
    assert {one.customer for one in agent_histories.get(agent_of(company))} == set(
        customers_of([conversation.pk]).values()
    )


def test_what_the_desk_sent_in_the_agents_name_is_not_the_agents(company: Company) -> None:
    conversation = make_conversation(company)
    message = NewMessage(role="agent", sender="671", text="Welcome to Acme!", sent_at=timezone.now())
    add_messages(by=Actor.system(company.pk), conversation=conversation, messages=[message])
    assert agent_histories.get(agent_of(company)) == ()


def test_nothing_of_other_companies_and_environments(company: Company) -> None:
    make_conversation(company)
    speak(make_conversation(make_company("globex")), "theirs")
    speak(make_conversation(company, environment="sandbox"), "only a trial")
    assert agent_histories.get(agent_of(company)) == ()


@pytest.mark.parametrize(("edits", "weight"), [(0, 2.0), (3, 0.5)])
def test_offers_that_were_taken_weigh_more_and_changed_ones_less(company: Company, edits: int, weight: float) -> None:
    conversation = make_conversation(company)
    id_ = speak(conversation, "Hello there")
    figures = SentFigures(selected_suggestion_text="Hello there", selected_suggestion_index=1, num_edits=edits)
    record_message_sent(conversation=conversation, message_id=id_, augmentations=["AUTOSUGGEST"], figures=figures)
    assert recent(company)[0] == ("Hello there", weight)


def test_offers_that_were_passed_over_weigh_less_than_nothing(company: Company) -> None:
    conversation = make_conversation(company)
    id_ = speak(conversation, "One moment please", after=1)
    for _ in range(2):  # however often they were on screen for one message
        offer(id_, "Goodbye", "one moment  please", "Hi there")
    figures = SentFigures(selected_suggestion_text="Hi there", selected_suggestion_index=3, num_edits=9)
    record_message_sent(conversation=conversation, message_id=id_, augmentations=["AUTOSUGGEST"], figures=figures)
    theirs = speak(conversation, "Yes", agent="672", after=2)
    offer(theirs, "No")
    assert recent(company) == [("One moment please", 0.5), ("Goodbye", -0.25), ("Hi there", 0.25)]


def test_what_an_agent_passes_over_moves_down_for_that_agent_alone(company: Company) -> None:
    others = [f"Answer number {number}" for number in range(5)]
    make_list(company, *others, "Let me check that for you", "Let me see what I can do")
    train_suggestions(Scope(company.pk, "production"), by=Actor.system(company.pk))

    def first(conversation: Conversation) -> str:
        forget_all()
        kept = contexts.context_for(Scope(company.pk, "production"), conversation.pk)
        assert kept is not None
        return kept.session.suggest("let me").replies[0].text

    own, other = make_conversation(company, "c1"), make_conversation(company, "c2", agent="672")
    before = first(own)
    for number in range(12):
        offer(speak(own, f"Something else, number {number}", after=number), before)
    after = first(own)
    assert after != before
    assert first(other) == before


def test_kept_for_a_minute_and_no_longer(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = make_conversation(company)
    assert agent_histories.get(agent_of(company)) == ()
    speak(conversation, "Hello there")
    assert agent_histories.get(agent_of(company)) == (), "from memory"
    later = time.monotonic() + 61
    monkeypatch.setattr(cache.time, "monotonic", lambda: later)
    assert recent(company) == [("Hello there", 1.0)]


def test_habits_reach_the_offers_of_that_agent_alone(company: Company) -> None:
    make_list(company, "Good day to you")
    train_suggestions(Scope(company.pk, "production"), by=Actor.system(company.pk))
    for number in range(3):
        speak(
            make_conversation(company, f"c{number}", customer=f"k{number}"), "Splendid, consider it done!", after=number
        )
    other = make_conversation(company, "c9", agent="672")
    for conversation, offered in ((make_conversation(company, "c8"), ["Splendid, consider it done!"]), (other, [])):
        kept = contexts.context_for(Scope(company.pk, "production"), conversation.pk)
        assert kept is not None
        assert [offer.text for offer in kept.session.suggest("splen").replies] == offered
