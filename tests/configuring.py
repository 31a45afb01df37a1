"""Values of settings for tests, which count at once: also in a test whose transaction never commits."""

from __future__ import annotations

from typing import Any

from accounts.actors import Actor
from accounts.models import Agent, Company, Queue
from caching.cache import forget_all
from configuration.levels import Owner
from configuration.registry import setting_named
from configuration.services import set_settings


def choose(
    company: Company,
    values: dict[str, Any],
    *,
    environment: str | None = None,
    queue: Queue | None = None,
    agent: Agent | None = None,
) -> None:
    """Set these values by name, or remove those that are None."""
    owner = Owner.of_agent(agent) if agent is not None else Owner(company.pk, environment, queue=queue)
    by_setting = {setting_named(name): value for name, value in values.items()}
    set_settings(by=Actor.system(company.pk), owner=owner, values=by_setting)
    forget_all()


def set_greetings_of(company: Company, **values: Any) -> None:
    """Set values of the company's greetings: `enabled`, `generic_text`, `delay_seconds` ..."""
    choose(company, {f"greetings.{name}": value for name, value in values.items()})
