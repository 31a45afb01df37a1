"""The train_suggestions command: what it says, lists and brings back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditEntry, Company
from composer.learning.selectors import learns_from_transcripts, model_in_use, models_of
from conversations.selectors import Scope
from tests.commanding import run
from tests.factories import make_company, make_conversation, make_list, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models_folder(settings: Any, tmp_path: Path) -> None:
    settings.MODELS_DIR = tmp_path / "models"


@pytest.fixture
def company() -> Company:
    company = make_company()
    make_list(company, "Hello", "Goodbye")
    conversation = make_conversation(company)
    say(conversation, "Hi", role="customer")
    say(conversation, "Hello", role="agent", after=1)
    return company


def test_it_trains_both_environments(company: Company) -> None:
    said = run("train_suggestions", "--company", "acme")
    assert "production: learned from 1 agent messages in 1 conversations in" in said.out
    assert "sandbox: learned from 0 agent messages in 0 conversations in" in said.out
    assert said.out.count("; in use") == 2
    assert model_in_use(Scope(company.pk, "production"))


def test_one_environment_alone(company: Company) -> None:
    said = run("train_suggestions", "--company", "acme", "--environment", "sandbox")
    assert "production" not in said.out
    assert model_in_use(Scope(company.pk, "production")) is None


def test_models_are_listed_and_brought_back(company: Company) -> None:
    production = Scope(company.pk, "production")
    assert run("train_suggestions", "--company", "acme", "--list").out.count("no model") == 2
    for _ in range(2):
        run("train_suggestions", "--company", "acme", "--environment", "production")
    new, old = models_of(production)
    listed = run("train_suggestions", "--company", "acme", "--list").out
    assert f"production: {new.pk} in use" in listed
    assert f"production: {old.pk} kept" in listed
    assert f"model {old.pk} is in use" in run("train_suggestions", "--company", "acme", "--use", old.pk).out
    assert model_in_use(production) == old


def test_the_company_switches_transcripts_off_and_on(company: Company) -> None:
    production, sandbox = Scope(company.pk, "production"), Scope(company.pk, "sandbox")
    assert learns_from_transcripts(production)
    said = run("train_suggestions", "--company", "acme", "--environment", "production", "--from-transcripts", "off")
    assert "production: suggestions from transcripts are off" in said.out
    assert (learns_from_transcripts(production), learns_from_transcripts(sandbox)) == (False, True)
    assert models_of(production) == [], "nothing is trained"
    run("train_suggestions", "--company", "acme", "--from-transcripts", "on")
    assert learns_from_transcripts(production)
    entries = AuditEntry.objects.filter(action="setting.changed", detail__contains="suggestions.from_transcripts")
    assert entries.count() == 3


@pytest.mark.usefixtures("company")
def test_mistakes_are_one_line() -> None:
    assert "no company 'nope'" in run("train_suggestions", "--company", "nope").failed
    assert "invalid choice" in run("train_suggestions", "--company", "acme", "--environment", "moon").failed
    assert "no model 'nope'" in run("train_suggestions", "--company", "acme", "--use", "nope").failed
    other = make_company("globex")
    run("train_suggestions", "--company", "globex", "--environment", "production")
    theirs = model_in_use(Scope(other.pk, "production"))
    assert theirs
    assert "no model" in run("train_suggestions", "--company", "acme", "--use", theirs.pk).failed
