"""Which conversations a desk follows, and from where: many of them, some that come back, some that were given away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Company, User
from assignments.lifecycle import create_or_update_conversation
from composer.desk.socket import database
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Conversation
from conversations.selectors import Scope
from conversations.services import Party
from tests.composer.conftest import hire, place
from tests.composer.desks import Socket, desk
from tests.factories import say

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 104


def numbers_of(frame: dict[str, Any]) -> list[int]:
    return [row["sequence"] for row in frame["rows"]]


def last_number(conversation: Conversation) -> int:
    return Conversation.objects.get(pk=conversation.pk).last_sequence


async def rows_to(socket: Socket, conversation: Conversation, upto: int) -> list[int]:
    numbers: list[int] = []
    while not numbers or numbers[-1] < upto:
        numbers += numbers_of(await socket.get("rows", conversation=conversation.pk))
    return numbers


def give(conversation: Conversation, agent: str) -> None:
    """As another system does by the API."""
    present = conversation.participants.select_related("customer").get(role="customer")
    create_or_update_conversation(
        by=Actor.system(conversation.company_id),
        scope=Scope(conversation.company_id, conversation.environment),
        external_id=conversation.external_id,
        customer=Party(present.external_id),
        started_at=conversation.started_at,
        agent=Party(agent, ""),
    )


def place_many(company: Company, agent: User) -> list[Conversation]:
    """In one go: one by one it takes minutes on a slow machine."""
    now = timezone.now()
    past = [
        PastConversation(
            external_id=f"talk {number}",
            messages=[PastMessage("customer", f"customer {number}", "My bill is wrong", now)],
            customer=Party(f"customer {number}", "Nora Fitzgerald"),
            agent=Party(agent.username, ""),
            queue="billing",
            metadata={},
            channel="web",
            status="live",
            resolution="",
        )
        for number in range(MANY)
    ]
    History(Actor.system(company.pk), Scope(company.pk, "production")).write(past)
    return list(Conversation.objects.filter(company=company).order_by("pk"))


class TestMany:
    async def test_a_desk_resumes_all_of_them_without_a_gap(self, open_: Any, company: Company, maya: User) -> None:
        talks = await in_thread(place_many)(company, maya)
        first, last = talks[0], talks[-1]
        upto = {talk.pk: await in_thread(last_number)(talk) for talk in talks}
        for talk in (first, last):
            await in_thread(say)(talk, "While the line was down", after=5)
        socket = await open_(maya)
        welcome = await socket.hello(**upto)
        assert len(welcome["cards"]) == MANY
        for talk in (first, last):
            frame = await socket.get("rows", conversation=talk.pk)
            assert numbers_of(frame) == [upto[talk.pk] + 1]


class TestTheWayBack:
    async def test_cards_that_came_before_the_hello_are_followed_from_what_the_page_has(
        self, open_: Any, company: Company, maya: User
    ) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        upto = await in_thread(last_number)(talk)
        await in_thread(say)(talk, "While the line was down", after=5)
        socket = await open_(maya)
        await socket.say("echo", n=1)
        await socket.get("cards")
        await socket.hello(**{talk.pk: upto})
        assert await rows_to(socket, talk, upto + 1) == [upto + 1]

    async def test_one_that_comes_back_goes_on_where_it_left(self, open_: Any, company: Company, maya: User) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        await in_thread(hire)(company, "liam")
        async with desk(open_, maya) as socket:
            before = await in_thread(last_number)(talk)
            await in_thread(give)(talk, "liam")
            while (await socket.get("cards"))["cards"]:
                pass
            await in_thread(say)(talk, "To Liam", after=5)
            await in_thread(give)(talk, maya.username)
            while not (await socket.get("cards"))["cards"]:
                pass
            upto = await in_thread(last_number)(talk)
            numbers = await rows_to(socket, talk, upto)
            assert sorted(set(numbers)) == list(range(before + 1, upto + 1))

    async def test_a_number_that_the_server_does_not_know_hides_nothing(
        self, open_: Any, company: Company, maya: User
    ) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        socket = await open_(maya)
        upto = await in_thread(last_number)(talk)
        await socket.hello(**{talk.pk: upto + 50})
        await in_thread(say)(talk, "Hello?", after=5)
        assert await rows_to(socket, talk, upto + 1) == [upto + 1]


class TestGivenAway:
    async def test_the_old_desk_gets_nothing_of_what_follows(
        self, open_: Any, company: Company, maya: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        await in_thread(hire)(company, "liam")
        read, go_on = database.state, asyncio.Event()

        async def slow(*asked: Any) -> Any:
            await go_on.wait()
            return await read(*asked)

        async with desk(open_, maya) as socket:
            monkeypatch.setattr(database, "state", slow)
            await in_thread(give)(talk, "liam")
            await in_thread(say)(talk, "For Liam alone", after=5)
            left = await socket.get("rows")
            assert left["rows"][-1]["type"] == "conversation.agent_left"
            assert await socket.communicator.receive_nothing(0.3)
            go_on.set()
            while (await socket.get("cards"))["cards"]:
                pass
            await socket.until_quiet()
            assert [frame for frame in socket.kept if frame["t"] == "rows"] == []

    async def test_what_is_still_the_agents_comes_once_that_is_known(
        self, open_: Any, company: Company, maya: User
    ) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        await in_thread(hire)(company, "liam")

        def there_and_back() -> None:
            give(talk, "liam")
            give(talk, maya.username)
            say(talk, "For Maya again", after=5)

        async with desk(open_, maya) as socket:
            before = await in_thread(last_number)(talk)
            await in_thread(there_and_back)()
            upto = await in_thread(last_number)(talk)
            numbers = await rows_to(socket, talk, upto)
            assert sorted(set(numbers)) == list(range(before + 1, upto + 1))

    async def test_history_is_not_held_back(self, open_: Any, company: Company, maya: User) -> None:
        talk = await in_thread(place)(company, "one", status="live", agent=maya.username)
        await in_thread(hire)(company, "liam")
        await in_thread(give)(talk, "liam")
        await in_thread(give)(talk, maya.username)
        async with desk(open_, maya) as socket:
            upto = await in_thread(last_number)(talk)
            await socket.say("follow", conversation=talk.pk, after=0)
            assert numbers_of(await socket.get("rows")) == list(range(1, upto + 1))
