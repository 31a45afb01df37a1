"""A company with a queue and an agent, and declarations of the tests' own."""

from __future__ import annotations

import pytest

from accounts.actors import Actor
from accounts.models import Agent, Company, Queue, Role
from accounts.services import create_queue
from configuration import registry
from configuration.levels import ALL_LEVELS
from configuration.registry import Setting, declare
from configuration.value_types import Integer
from conversations.selectors import Scope
from tests.factories import make_company


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test declares is gone after it."""
    monkeypatch.setattr(registry, "_settings", dict(registry._settings))
    monkeypatch.setattr(registry, "_effects", registry._effects.copy())


@pytest.fixture
def pages(own_registry: None) -> Setting[int]:  # noqa: ARG001 it is declared there
    """A setting for all levels: a number from 1 to 9, 3 by default."""
    return declare(
        Setting("tests.pages", Integer(1, 9, "pages"), 3, ALL_LEVELS, frozenset({Role.ADMIN, Role.AGENT}), "Pages.")
    )


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def by(company: Company) -> Actor:
    return Actor.system(company.pk)


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope(company.pk, "production")


@pytest.fixture
def queue(company: Company, by: Actor) -> Queue:
    return create_queue(by=by, company=company, name="billing")


@pytest.fixture
def agent(company: Company) -> Agent:
    return Agent.objects.create(company=company, environment="production", external_id="maya")
