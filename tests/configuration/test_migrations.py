"""The tables that the store replaced: their rows move over, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Agent, Company, Queue
from configuration.models import SettingValue
from tests.factories import make_company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_engines]

BEFORE = [
    ("assignments", "0011_agents_of_ended_and_live_conversations"),
    ("composer", "0010_models_with_erased_conversations"),
    ("responses", "0001_initial"),
]
AFTER = [
    ("assignments", "0013_drop_desk_settings"),
    ("composer", "0012_drop_switches"),
    ("responses", "0003_drop_greetings"),
]


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Migrate these apps, and return the models of that state."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def newest() -> Iterator[None]:
    """Whatever happens, the schema is the newest after the test."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def stored(company: Company) -> dict[tuple[str | None, str | None, str | None, str], Any]:
    rows = SettingValue.objects.filter(company=company).values_list(
        "environment", "queue__name", "agent__external_id", "name", "value"
    )
    return {tuple(row[:4]): row[4] for row in rows}


def fill(old: Any, company: Company, agent: Agent, queue: Queue) -> None:
    def model(app: str, name: str) -> Any:
        return old.get_model(app, name).objects

    of, whose = {"company_id": company.pk}, {"agent_id": agent.pk}
    model("assignments", "DeskSettings").create(**of, first_reply_s=30, asks_wrap_up=False)
    model("assignments", "AgentCapacity").create(**whose, slots=7)
    model("responses", "GreetingDefaults").filter(**of).delete()  # the way back makes one for each company
    model("responses", "GreetingDefaults").create(**of, enabled=True, generic_text="", named_text="Hi", delay_seconds=9)
    model("responses", "AgentGreeting").create(**whose, enabled=None, generic_text="", named_text=None)
    switches = model("composer", "FeatureSwitch")
    switches.create(**of, environment="sandbox", feature="spellcheck", enabled=False)
    switches.create(**of, environment="production", feature="autocompose", enabled=True, queue_id=queue.pk)
    switches.create(**of, environment="production", feature="autocompose", enabled=False, **whose)
    model("composer", "LearningSettings").create(**of, environment="production", from_transcripts=False)


def test_rows_become_values_and_rows_again(newest: None) -> None:  # noqa: ARG001
    company, globex = make_company(), make_company("globex")
    agent = Agent.objects.create(company=company, environment="production", external_id="maya")
    queue = Queue.objects.create(company=company, name="billing")
    old = migrate(BEFORE)
    fill(old, company, agent, queue)
    migrate(AFTER)
    p, own = "production", ("production", None, "maya")
    expected = {
        (None, None, None, "desk.first_reply_seconds"): 30,
        (None, None, None, "desk.asks_wrap_up"): False,
        (*own, "desk.slots"): 7,
        (None, None, None, "greetings.enabled"): True,
        (None, None, None, "greetings.generic_text"): "",
        (None, None, None, "greetings.named_text"): "Hi",
        (None, None, None, "greetings.delay_seconds"): 9,
        (*own, "greetings.generic_text"): "",
        ("sandbox", None, None, "autocompose.spellcheck"): False,
        (p, "billing", None, "autocompose.enabled"): True,
        (*own, "autocompose.enabled"): False,
        (p, None, None, "suggestions.from_transcripts"): False,
    }
    assert stored(company) == expected
    assert stored(globex) == {}, "what is the default needs no row"
    old = migrate(BEFORE)
    assert not SettingValue.objects.exists()
    greeting = old.get_model("responses", "AgentGreeting").objects.get()
    assert (greeting.enabled, greeting.generic_text, greeting.named_text) == (None, "", None)
    defaults = old.get_model("responses", "GreetingDefaults").objects.get(company_id=globex.pk)
    assert (defaults.enabled, defaults.delay_seconds) == (False, 12)
    assert old.get_model("composer", "FeatureSwitch").objects.count() == 3
    migrate(AFTER)
    assert stored(company) == expected


def test_a_value_for_both_environments_goes_back_as_one_for_each(newest: None) -> None:  # noqa: ARG001
    company = make_company()
    name = "autocompose.spellcheck"
    SettingValue.objects.create(company=company, name=name, value=False)
    SettingValue.objects.create(company=company, environment="sandbox", name=name, value=True)
    rows = migrate(BEFORE).get_model("composer", "FeatureSwitch").objects.values_list("environment", "enabled")
    assert dict(rows) == {"production": False, "sandbox": True}
