"""The control group: its share, its members as it grows, and what its agents work without."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from accounts.models import Agent, Company
from composer.models import Feature
from composer.setting_declarations import CONTROL_GROUP_PERCENT, FEATURE_SETTINGS
from composer.suggestions.control_group import is_in_control_group
from composer.suggestions.features import features_for
from conversations.selectors import Scope
from tests.configuring import choose
from tests.factories import make_company

AGENTS = [f"agent-{number}" for number in range(10_000)]
ENABLED = FEATURE_SETTINGS[Feature.AUTOCOMPOSE].name


def group(percent: str, company_id: int = 1) -> set[str]:
    return {agent for agent in AGENTS if is_in_control_group(company_id, agent, Decimal(percent))}


@pytest.mark.parametrize("percent", ["1", "5", "12.5", "50", "90"])
def test_its_share_of_10_000_agents_is_right_within_a_point(percent: str) -> None:
    assert abs(len(group(percent)) / 100 - float(percent)) < 1


def test_it_is_empty_at_0_and_all_at_100() -> None:
    assert group("0") == set()
    assert group("100") == set(AGENTS)


def test_its_members_stay_when_it_grows() -> None:
    groups = [group(percent) for percent in ("1", "1.01", "5", "20", "50", "100")]
    assert all(smaller <= larger for smaller, larger in pairwise(groups))
    assert len({len(one) for one in groups}) == len(groups)


def test_another_company_has_other_members() -> None:
    both = group("20") & group("20", company_id=2)
    assert 3 < len(both) / 100 < 5, "a fifth of a fifth, as chance has it"


@pytest.mark.django_db
class TestMembers:
    @pytest.fixture
    def company(self) -> Company:
        return make_company()

    @pytest.fixture
    def agent(self, company: Company) -> Agent:
        return Agent.objects.create(company=company, environment="production", external_id="maya")

    def is_on(self, agent: Agent) -> bool:
        return features_for(Scope(agent.company_id, "production"), agent).autocompose

    def test_they_work_without_help(self, company: Company, agent: Agent) -> None:
        assert self.is_on(agent)
        choose(company, {CONTROL_GROUP_PERCENT.name: 100})
        assert not self.is_on(agent)
        assert self.is_on(Agent.objects.create(company=make_company("globex"), environment="production"))

    def test_an_agents_own_switch_goes_over_the_percentage(self, company: Company, agent: Agent) -> None:
        choose(company, {CONTROL_GROUP_PERCENT.name: 100, ENABLED: True})
        assert not self.is_on(agent), "the company's switch does not"
        choose(company, {ENABLED: True}, agent=agent)
        assert self.is_on(agent)
        choose(company, {CONTROL_GROUP_PERCENT.name: 0})
        choose(company, {ENABLED: False}, agent=agent)
        assert not self.is_on(agent)
