"""Features switched on and off: who may be named, what holds, and when an open desk goes by it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company, Queue, User
from accounts.services import create_queue
from composer.models import Feature
from composer.suggestions.features import features_for
from composer.suggestions.switches import clear_feature_switch, switch_feature
from configuration.errors import ForeignOwnerError
from configuration.models import SettingValue
from conversations.models import Conversation
from conversations.selectors import Scope
from tests.commanding import run
from tests.composer.conftest import hire, place
from tests.composer.desks import desk
from tests.factories import make_company

SPELLCHECK = Feature.SPELLCHECK
SEEN_WITHIN_S = 10.0


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def scope(company: Company) -> Scope:
    return Scope(company.pk, "production")


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", queues=["billing"])


@pytest.fixture
def agent(maya: User) -> Agent:
    return Agent.objects.get(user=maya, environment="production")


@pytest.fixture
def talk(company: Company, maya: User) -> Conversation:
    return place(company, "one", status="live", agent=maya.username)


@pytest.fixture
def switch(scope: Scope, django_capture_on_commit_callbacks: Any) -> Callable[..., None]:
    """Switches the speller: `switch(True)`, `switch(None)` to clear, `switch(False, agent)`."""

    def switch(on: bool | None, whose: Queue | Agent | None = None) -> None:
        by = Actor.system(scope.company_id)
        with django_capture_on_commit_callbacks(execute=True):
            if on is None:
                clear_feature_switch(by=by, scope=scope, feature=SPELLCHECK, whose=whose)
            else:
                switch_feature(by=by, scope=scope, feature=SPELLCHECK, on=on, whose=whose)

    return switch


@pytest.mark.django_db
class TestService:
    def test_agent_goes_over_queue_over_company(self, scope: Scope, agent: Agent, switch: Callable[..., None]) -> None:
        billing = Queue.objects.get(name="billing")

        def is_on() -> bool:
            return features_for(scope, agent, billing.pk).spellcheck

        assert is_on()
        switch(False)
        assert not is_on()
        switch(True, billing)
        assert is_on()
        switch(False, agent)
        assert not is_on()
        switch(None, agent)
        assert is_on()
        switch(None, billing)
        assert not is_on()
        switch(None)
        assert is_on()
        assert not SettingValue.objects.exists()

    def test_each_change_is_written_down_once(self, company: Company, switch: Callable[..., None]) -> None:
        for on in (False, False, True, None, None):
            switch(on)
        rows = AuditEntry.objects.filter(company=company, action__startswith="setting.").order_by("at")
        changes = [(row.before["value"], row.after["value"]) for row in rows]
        assert changes == [(None, False), (False, True), (True, None)]
        assert {row.after["setting"] for row in rows} == {"autocompose.spellcheck"}

    def test_nobody_elses_queue_or_agent(self, company: Company, agent: Agent, switch: Callable[..., None]) -> None:
        other = make_company("globex")
        theirs = create_queue(by=Actor.system(other.pk), company=other, name="sales")
        foreign = Agent.objects.create(company=other, environment="production", external_id="a9", name="Ann")
        sandboxed = Agent.objects.create(company=company, environment="sandbox", external_id="a1", name="Sam")
        for whose in (theirs, foreign, sandboxed):
            for on in (False, None):
                with pytest.raises(ForeignOwnerError):
                    switch(on, whose)
        switch(False)
        assert features_for(Scope(other.pk, "production"), foreign).spellcheck
        assert features_for(Scope(company.pk, "sandbox"), sandboxed).spellcheck
        assert not features_for(Scope(company.pk, "production"), agent).spellcheck


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture
    def say(self, agent: Agent, django_capture_on_commit_callbacks: Any) -> Callable[..., Any]:  # noqa: ARG002
        def say(*words: str) -> Any:
            with django_capture_on_commit_callbacks(execute=True):
                return run("switch_feature", "--company", "acme", *words)

        return say

    def test_it_switches_for_whom_it_is_told(self, scope: Scope, agent: Agent, say: Callable[..., Any]) -> None:
        assert say("spellcheck", "off").out == "production: spellcheck off for acme\n"
        assert "spellcheck on for billing" in say("spellcheck", "on", "--queue", "billing").out
        assert "spellcheck off for" in say("spellcheck", "off", "--username", "maya").out
        assert not features_for(scope, agent).spellcheck
        say("spellcheck", "clear", "--agent", agent.external_id)
        assert features_for(scope, agent, Queue.objects.get().pk).spellcheck
        say("spellcheck", "off", "--environment", "sandbox")
        assert SettingValue.objects.filter(environment="sandbox").count() == 1

    @pytest.mark.parametrize(
        ("words", "why"),
        [
            (["spellcheck", "off", "--queue", "nope"], "no queue 'nope'"),
            (["spellcheck", "off", "--username", "nope"], "no user 'nope'"),
            (["spellcheck", "off", "--agent", "nope"], "no agent 'nope' in production"),
            (["telepathy", "off"], "invalid choice"),
            (["spellcheck", "off", "--queue", "billing", "--username", "maya"], "not allowed with"),
        ],
    )
    def test_what_cannot_be_is_said(self, say: Callable[..., Any], words: list[str], why: str) -> None:
        assert why in say(*words).failed
        assert not SettingValue.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_an_open_desk_goes_by_it(
    open_: Any, maya: User, talk: Conversation, agent: Agent, switch: Callable[..., None]
) -> None:
    async with desk(open_, maya) as socket:
        number = 0

        async def is_corrected() -> bool:
            nonlocal number
            number += 1
            await socket.say("type", conversation=talk.pk, n=number, text="How is tihs ", cursor=[11, 12])
            return (await socket.get("offers", n=number))["correction"] is not None

        async def until_corrected_is(wanted: bool) -> None:
            deadline = time.monotonic() + SEEN_WITHIN_S
            while await is_corrected() != wanted:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)

        assert await is_corrected()
        await in_thread(switch)(False, agent)
        await until_corrected_is(False)
        await in_thread(switch)(None, agent)
        await until_corrected_is(True)
