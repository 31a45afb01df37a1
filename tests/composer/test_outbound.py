"""The one door for all that is sent to customers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.actors import Actor
from accounts.models import Company
from composer.desk.services import send_greeting, start_greeting
from composer.models import GreetingRun, GreetingState
from composer.suggestions.contexts import context_for
from conversations.selectors import Scope
from safety.models import TermKind
from safety.services import add_term
from tests.composer.test_greetings import company, started, texts  # noqa: F401 a fixture
from tests.factories import make_conversation

# Rules are read anew after a commit.
pytestmark = pytest.mark.django_db(transaction=True)

GENERIC = "Welcome! How can I help?"
# A message is stored by these alone: what others said elsewhere, notes for staff, and the door.
BESIDE_THE_DOOR = {
    "api/autocompose/views.py",
    "api/conversation/views.py",
    "assignments/lifecycle/transfers.py",
    "composer/suggestions/outbound.py",
    "conversations/adding.py",
    "conversations/services.py",
}


def greeted(company: Company, name: str) -> str:  # noqa: F811
    return started(make_conversation(company, customer_name=name)).text


@pytest.mark.parametrize(
    "name",
    [
        "Fuckface McShit",
        "<img src=x onerror=alert(1)>",
        "{NAME} http://evil.example",
        "http://evil.example",
        "evil.example",
        "nora@example.org",
        "123 456",
        "\u200b\u2060",
        "👍",
        "A" * 200,
        "4111 1111 1111 1111",
    ],
    ids=ascii,
)
def test_a_name_that_is_unfit_is_not_said(company: Company, name: str) -> None:  # noqa: F811
    assert greeted(company, name) == GENERIC


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Sarah Jones", "Sarah"),
        ("Dick Smith", "Dick"),
        ("Nora http://evil.example", "Nora"),
        ("שרה כהן", "שרה"),
        ("محمد", "محمد"),
        ("J.R. Ewing", "J.R."),
        ("Zoë2", "Zoë2"),
    ],
    ids=ascii,
)
def test_a_fit_one_is(company: Company, name: str, first: str) -> None:  # noqa: F811
    assert greeted(company, name) == f"Hello {first}, how can I help?"


def test_a_bidi_control_turns_nothing_round(company: Company) -> None:  # noqa: F811
    assert greeted(company, "\u202eadA nosirraM") == "Hello adA, how can I help?"


def test_a_greeting_whose_own_text_is_blocked_falls_back_and_then_is_none(company: Company) -> None:  # noqa: F811
    by = Actor.system(company.pk)
    add_term(by=by, kind=TermKind.BLOCK, term="hello")
    assert greeted(company, "Sarah") == GENERIC
    add_term(by=by, kind=TermKind.BLOCK, term="welcome")
    assert start_greeting(conversation=make_conversation(company, "other")) is None


def test_a_word_that_is_blocked_during_the_countdown_is_not_said(company: Company) -> None:  # noqa: F811
    run = started(make_conversation(company, customer_name="Sarah"))
    add_term(by=Actor.system(company.pk), kind=TermKind.BLOCK, term="sarah")
    assert send_greeting(run=run) is not None
    assert texts(run.conversation) == [GENERIC]


def test_without_any_fit_text_nothing_is_sent(company: Company) -> None:  # noqa: F811
    run = started(make_conversation(company, customer_name="Sarah"))
    for term in ("sarah", "welcome"):
        add_term(by=Actor.system(company.pk), kind=TermKind.BLOCK, term=term)
    assert send_greeting(run=run) is None
    assert GreetingRun.objects.get().state == GreetingState.CANCELLED
    assert texts(run.conversation) == []


@pytest.mark.parametrize("name", ["Fuckface McShit", "{NAME}"])
def test_no_suggestion_says_it(company: Company, name: str) -> None:  # noqa: F811
    conversation = make_conversation(company, customer_name=name)
    context = context_for(Scope(company.pk, "production"), conversation.pk)
    assert context is not None
    assert "NAME" not in context.inserts


def test_nothing_is_stored_beside_the_door() -> None:
    root = Path(settings.BASE_DIR)
    rooms = ["accounts", "admin_console", "api", "assignments", "composer", "conversations", "responses", "widget"]
    files = [path for room in rooms for path in (root / room).rglob("*.py")]
    adding = {
        path.relative_to(root).as_posix()
        for path in files
        if re.search(r"\badd_messages\b", path.read_text(encoding="utf-8"))
    }
    assert adding == BESIDE_THE_DOOR
