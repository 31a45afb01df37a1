"""`./desk manage settings`: every setting with its value and source; set one, clear one."""

from __future__ import annotations

import pytest

from accounts.models import Agent, AuditEntry, Company, Queue
from configuration.models import SettingValue
from configuration.registry import all_settings
from tests.commanding import run
from tests.factories import make_company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company", "queue", "agent")]
PRODUCTION = ("--environment", "production")


def settings(*words: str) -> str:
    said = run("settings", "--company", "acme", *words)
    assert said.failed == ""
    return said.out


def value_of(name: str, *words: str) -> tuple[str, str]:
    """Return value and source in the list."""
    [line] = [line for line in settings(*words).splitlines() if line.startswith(f"{name} ")]
    value, source = line.split()[-2:]
    return value, source


def test_it_lists_every_setting_with_value_and_source() -> None:
    names = [line.split()[0] for line in settings().splitlines()]
    assert names == [setting.name for setting in all_settings()]
    assert value_of("desk.slots") == ("4", "default")


def test_it_sets_and_clears_at_each_level() -> None:
    assert settings("desk.slots", "5").startswith("desk.slots: 5 (company)\n")
    settings(*PRODUCTION, "desk.slots", "6")
    settings(*PRODUCTION, "--agent", "maya", "desk.slots", "7")
    assert value_of("desk.slots") == ("5", "company")
    assert value_of("desk.slots", *PRODUCTION) == ("6", "environment")
    assert value_of("desk.slots", *PRODUCTION, "--agent", "maya") == ("7", "agent")
    assert settings(*PRODUCTION, "--agent", "maya", "desk.slots", "--clear").startswith("desk.slots: 6 (environment)")
    settings(*PRODUCTION, "--queue", "billing", "autocompose.spellcheck", "off")
    assert value_of("autocompose.spellcheck", *PRODUCTION, "--queue", "billing") == ("off", "queue")
    assert value_of("autocompose.spellcheck", *PRODUCTION) == ("on", "default")
    assert AuditEntry.objects.filter(action__startswith="setting.").count() == 5


def test_it_shows_one_with_its_bounds_and_levels() -> None:
    said = settings("autocompose.control_group_percent")
    assert said.startswith("autocompose.control_group_percent: 0 (default)\nThe share of agents")
    assert "from 0 to 100" in said
    assert "Levels: company, environment." in said
    settings("autocompose.control_group_percent", "12.5")
    assert value_of("autocompose.control_group_percent") == ("12.50", "company")


def test_texts_are_on_one_line() -> None:
    assert 'greetings.generic_text: "Hi\\nthere" (company)' in settings("greetings.generic_text", "Hi\nthere")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["desk.nope"], "no setting 'desk.nope'"),
        (["desk.slots", "many"], "desk.slots: must be a whole number of conversations from 0 to 1000"),
        (["desk.slots", "-1"], "a whole number of conversations"),
        (["desk.slots", "5", "--clear"], "not allowed with"),
        (["--clear"], "name the setting to clear"),
        (["--queue", "billing", "desk.slots", "5"], "give --environment"),
        ([*PRODUCTION, "--queue", "billing", "desk.slots", "5"], "desk.slots cannot be set for one queue"),
        ([*PRODUCTION, "--queue", "nope"], "no queue 'nope'"),
        ([*PRODUCTION, "--agent", "nope"], "no agent 'nope' in production"),
        (["--environment", "sandbox", "--agent", "maya"], "no agent 'maya' in sandbox"),
        ([*PRODUCTION, "--agent", "maya", "--queue", "billing"], "not allowed with"),
    ],
)
def test_what_cannot_be_is_said(words: list[str], why: str) -> None:
    assert why in run("settings", "--company", "acme", *words).failed
    assert not SettingValue.objects.exists()


def test_other_companies_are_not_touched() -> None:
    globex = make_company("globex")
    Queue.objects.create(company=globex, name="sales")
    Agent.objects.create(company=globex, environment="production", external_id="ann")
    for words in ([*PRODUCTION, "--queue", "sales"], [*PRODUCTION, "--agent", "ann"]):
        assert "no " in run("settings", "--company", "acme", *words, "autocompose.spellcheck", "off").failed
    settings("desk.slots", "5")
    assert "desk.slots: 4 (default)" in run("settings", "--company", "globex", "desk.slots").out
    assert not SettingValue.objects.filter(company=Company.objects.get(slug="globex")).exists()
