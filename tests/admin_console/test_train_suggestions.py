"""train_suggestions: says what there is to learn from, and makes running processes read the lists again."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.selectors import Scope
from freshness import stamps
from responses.selectors import list_topic
from tests.commanding import run
from tests.factories import make_company, make_conversation, make_list, say

pytestmark = pytest.mark.django_db


def test_it_counts_and_makes_processes_reload(django_capture_on_commit_callbacks: Any) -> None:
    company, other = make_company(), make_company("globex")
    make_list(company, "Hello", "Goodbye")
    conversation = make_conversation(company)
    say(conversation, "Hi", role="customer")
    say(conversation, "Hello", role="agent", after=1)
    topics = [list_topic(Scope(row.pk, name)) for row in (company, other) for name in ("production", "sandbox")]
    before = stamps.read(topics)
    with django_capture_on_commit_callbacks(execute=True):
        said = run("train_suggestions", "--company", "acme")
    assert "production: 2 deployed responses, 1 agent messages in 1 conversations" in said.out
    assert "sandbox: 0 deployed responses, 0 agent messages in 0 conversations" in said.out
    assert "needs no training" in said.out
    after = stamps.read(topics)
    assert [old != new for old, new in zip(before, after, strict=True)] == [True, True, False, False]


def test_one_environment_alone() -> None:
    make_company()
    said = run("train_suggestions", "--company", "acme", "--environment", "sandbox")
    assert "sandbox: " in said.out
    assert "production: " not in said.out


def test_mistakes_are_one_line() -> None:
    assert "no company 'nope'" in run("train_suggestions", "--company", "nope").failed
    make_company()
    assert "invalid choice" in run("train_suggestions", "--company", "acme", "--environment", "moon").failed
