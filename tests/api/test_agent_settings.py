"""GET /autocompose/v1/settings, and the auto-pilot greetings of an agent."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company, Queue
from composer.models import Feature
from composer.suggestions.features import features_for
from composer.suggestions.switches import switch_feature
from conversations.selectors import Scope
from tests.api.conftest import Caller, assert_error
from tests.configuring import choose, set_greetings_of

SETTINGS = "/autocompose/v1/settings"
GREETINGS = "/autocompose/v1/autopilot/greetings"
STATUS = "/autocompose/v1/autopilot/greetings/status"
ME = "?agentId=671"
TEXTS = {"greetingGeneric": "Hi!", "greetingCustomerName": "Hi {NAME}!"}


def test_settings_say_what_is_off(caller: Caller, company: Company, committing: Any) -> None:
    everything_on = {
        "suggestionsWhileTypingDisabled": False,
        "phraseCompletionsDisabled": False,
        "spellcheckDisabled": False,
        "autopilotGreetingsDisabled": True,  # a company starts without
        "autocomposeDisabled": False,
    }
    assert caller.get(SETTINGS + ME).json() == everything_on
    by = Actor.system(company.pk)
    with committing(execute=True):
        switch_feature(by=by, scope=Scope(company.pk, "production"), feature=Feature.SPELLCHECK, on=False)
        switch_feature(by=by, scope=Scope(company.pk, "sandbox"), feature=Feature.AUTOCOMPOSE, on=False)
    set_greetings_of(company, enabled=True)
    assert caller.get(SETTINGS + ME).json() == {
        **everything_on,
        "spellcheckDisabled": True,
        "autopilotGreetingsDisabled": False,
    }


def test_the_control_group_is_told_also_before_an_agent_is_known(caller: Caller, company: Company) -> None:
    def is_disabled() -> bool:
        return bool(caller.get(SETTINGS + ME).json()["autocomposeDisabled"])

    assert not is_disabled()
    choose(company, {"autocompose.control_group_percent": 100}, environment="production")
    assert is_disabled()
    Agent.objects.create(company=company, environment="production", external_id="671")
    assert is_disabled()


def test_the_agents_switch_overrides_the_queues_and_the_companys(company: Company) -> None:
    scope = Scope(company.pk, "production")
    agent = Agent.objects.create(company=company, environment="production", external_id="671")
    queue = Queue.objects.create(company=company, name="q")

    def switch(enabled: bool, **where: Any) -> None:
        choose(company, {"autocompose.spellcheck": enabled}, environment="production", **where)

    switch(False, agent=agent)
    switch(True, queue=queue)
    switch(False)
    assert features_for(scope, None).spellcheck is False
    assert features_for(scope, None, queue.pk).spellcheck is True
    assert features_for(scope, agent, queue.pk).spellcheck is False


def test_greetings_are_the_companys_until_the_agent_sets_own_ones(caller: Caller) -> None:
    assert caller.get(GREETINGS + ME).json()["greetingCustomerName"].startswith("Hello {NAME}")
    changed = caller.put(GREETINGS + ME, TEXTS)
    assert (changed.status_code, changed.json()) == (200, TEXTS)
    assert caller.get(GREETINGS + ME).json() == TEXTS
    assert caller.get(f"{GREETINGS}?agentId=672").json() != TEXTS
    assert AuditEntry.objects.filter(action="setting.changed").count() == 2  # one for each text


def test_each_agent_has_a_switch(caller: Caller) -> None:
    assert caller.get(STATUS + ME).json() == {"enabled": False}
    assert caller.put(STATUS + ME, {"enabled": True}).json() == {"enabled": True}
    assert caller.get(STATUS + ME).json() == {"enabled": True}
    assert caller.get(f"{STATUS}?agentId=672").json() == {"enabled": False}


def test_an_external_id_means_another_agent_in_another_company(caller: Caller, other: Caller) -> None:
    caller.put(GREETINGS + ME, TEXTS)
    caller.put(STATUS + ME, {"enabled": True})
    assert other.get(GREETINGS + ME).json() != TEXTS
    assert other.get(STATUS + ME).json() == {"enabled": False}


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (GREETINGS, {"greetingGeneric": "x"}, "/greetingCustomerName"),
        (GREETINGS, {**TEXTS, "greetingGeneric": None}, "/greetingGeneric"),
        (GREETINGS, {**TEXTS, "greetingGeneric": 3}, "/greetingGeneric"),
        (STATUS, {}, "/enabled"),
        (STATUS, {"enabled": "true"}, "/enabled"),
        (STATUS, {"enabled": 1}, "/enabled"),
        (STATUS, {"enabled": None}, "/enabled"),
    ],
)
def test_bad_input_is_refused(caller: Caller, path: str, body: Any, says: str) -> None:
    assert_error(caller.put(path + ME, body), 400, says=says)
    assert not AuditEntry.objects.filter(action__startswith="setting.").exists()


@pytest.mark.parametrize("path", [SETTINGS, GREETINGS, STATUS])
def test_an_agent_is_required(caller: Caller, path: str) -> None:
    assert_error(caller.get(path), 400, says="[Path '/agentId'] is required")
    assert_error(caller.get(f"{path}?agentId="), 400, "400-03", "/agentId")
    assert_error(caller.delete(path + ME), 405)
