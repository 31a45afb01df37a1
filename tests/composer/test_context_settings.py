"""A cached context when settings change: it has the new ones, and the rest of it is not made anew."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.actors import Actor
from accounts.models import Agent, Company
from composer.suggestions.contexts import CachedContext, context_for
from configuration.levels import Owner
from configuration.registry import setting_named
from configuration.services import set_settings
from conversations.models import Conversation
from conversations.selectors import Scope
from tests.factories import make_company, make_conversation, make_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    company = make_company()
    make_list(company, "Thanks for your patience", "Anything else?")
    return company


@pytest.fixture
def conversation(company: Company) -> Conversation:
    return make_conversation(company)


@pytest.fixture
def change(company: Company, django_capture_on_commit_callbacks: Any) -> Any:
    """Set values of the company, or of an agent, and commit."""

    def change(values: dict[str, Any], owner: Owner | None = None) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            by_setting = {setting_named(name): value for name, value in values.items()}
            set_settings(by=Actor.system(company.pk), owner=owner or Owner(company.pk), values=by_setting)

    return change


def context_of(conversation: Conversation) -> CachedContext:
    context = context_for(Scope(conversation.company_id, conversation.environment), conversation.pk)
    assert context is not None
    return context


def test_a_wider_change_costs_no_new_session(
    conversation: Conversation, change: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    before = context_of(conversation)
    assert before.features.spellcheck
    for value in (False, True):
        change({"autocompose.spellcheck": value})
        with django_assert_max_num_queries(2):  # who the agent is, and the company's values
            after = context_of(conversation)
        assert after.session is before.session
        assert after.features.spellcheck is value
        assert after.valid_for_s <= before.valid_for_s


def test_greetings_follow_in_both_directions(conversation: Conversation, change: Any) -> None:
    assert context_of(conversation).greeting is None
    change({"greetings.enabled": True, "greetings.named_text": "Hello {NAME}!", "greetings.delay_seconds": 7})
    greeting = context_of(conversation).greeting
    assert greeting is not None
    assert (greeting.offer.text, greeting.delay_seconds) == ("Hello Sarah!", 7)
    change({"greetings.enabled": False})
    assert context_of(conversation).greeting is None


def test_an_agents_own_change_reaches_that_agents_context_only(
    company: Company, conversation: Conversation, change: Any
) -> None:
    other = make_conversation(company, "other", agent="672")
    mine, theirs = context_of(conversation), context_of(other)
    change({"autocompose.spellcheck": False}, Owner.of_agent(Agent.objects.get(external_id="671")))
    assert not context_of(conversation).features.spellcheck
    assert mine.features.spellcheck
    assert context_of(other) is theirs
