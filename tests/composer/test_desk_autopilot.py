"""GET and POST /desk/conversations/<id>/autopilot: the agent's own greetings."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Agent, Company, User
from conversations.models import Conversation
from conversations.selectors import Scope
from responses.models import MAX_TEXT_LENGTH
from responses.selectors import agent_greets, greeting_texts
from tests.composer.conftest import browser_of
from tests.composer.desk_gate import Gated, desk_path
from tests.configuring import choose, set_greetings_of

OFF = "Your company has greetings switched off at present"


class TestGate(Gated):
    rest = "autopilot"
    method = "POST"
    wrong = ("PUT", "DELETE", "PATCH")


@pytest.fixture(autouse=True)
def defaults(company: Company) -> None:
    set_greetings_of(company, enabled=True, generic_text="Hello.", named_text="Hello, {NAME}.")


@pytest.fixture
def agent(maya: User) -> Agent:
    return Agent.objects.get(user=maya, environment="production")


def stands(agent: Agent) -> tuple[bool, str, str]:
    scope = Scope(agent.company_id, agent.environment)
    return agent_greets(scope, agent), *greeting_texts(scope, agent)


def test_it_shows_what_holds_for_this_agent(maya: User, talk: Conversation) -> None:
    page = browser_of(maya).get(desk_path(talk, "autopilot"))
    assert page.status_code == 200
    html = page.content.decode()
    # The company's, which hold while the fields are empty.
    assert "“Hello, {NAME}.”" in html
    assert "“Hello.”" in html
    assert page.context["form"].initial == {"enabled": True, "named": "", "generic": ""}
    assert OFF not in html
    assert "Saved." not in html


def test_own_texts_and_the_switch_are_saved(maya: User, agent: Agent, talk: Conversation) -> None:
    browser = browser_of(maya)
    path = desk_path(talk, "autopilot")
    page = browser.post(path, {"enabled": "on", "named": "Hi {NAME} <3", "generic": "Hi"})
    assert page.status_code == 200
    assert "Saved." in page.content.decode()
    assert "Hi {NAME} &lt;3" in page.content.decode()
    assert stands(agent) == (True, "Hi", "Hi {NAME} <3")
    # Without the tick it is off; empty texts are the company's again.
    page = browser.post(path, {"named": "", "generic": " "})
    assert page.status_code == 200
    assert stands(agent) == (False, "Hello.", "Hello, {NAME}.")
    assert "checked" not in page.content.decode()
    # As the company has them by then.
    set_greetings_of(agent.company, generic_text="Good day.")
    assert stands(agent) == (False, "Good day.", "Hello, {NAME}.")


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [({"named": "x" * (MAX_TEXT_LENGTH + 1)}, "named", "at most"), ({"generic": "a\0b"}, "generic", "Null characters")],
)
def test_bad_input_is_422_beside_its_field_and_saves_nothing(
    maya: User, agent: Agent, talk: Conversation, fields: dict[str, Any], field: str, words: str
) -> None:
    before = stands(agent)
    page = browser_of(maya).post(desk_path(talk, "autopilot"), {"named": "New", "generic": "New", **fields})
    assert page.status_code == 422
    assert words in " ".join(page.context["form"].errors[field])
    assert f'id="greeting-{field}_error"' in page.content.decode()
    assert "Saved." not in page.content.decode()
    assert stands(agent) == before


def test_a_company_that_greets_nobody_is_told_of(company: Company, maya: User, talk: Conversation) -> None:
    set_greetings_of(company, enabled=False)
    assert OFF in browser_of(maya).get(desk_path(talk, "autopilot")).content.decode()


@pytest.mark.parametrize("feature", ["autocompose.autopilot_greetings", "autocompose.enabled"])
def test_so_is_a_feature_that_is_off(company: Company, maya: User, talk: Conversation, feature: str) -> None:
    choose(company, {feature: False}, environment="production")
    assert OFF in browser_of(maya).get(desk_path(talk, "autopilot")).content.decode()
