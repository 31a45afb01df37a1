"""A desk's socket ends with its login: by the server's own clock, whatever the client sends and whatever hints came."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import access
from accounts.actors import Actor
from accounts.models import Agent, Company, Queue, QueueMembership, User, UserRole
from composer.models import Draft, PersonalWord
from conversations import session_watch
from conversations.models import Conversation, Message
from tests.composer.conftest import hire, place
from tests.factories import make_company, make_list

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_engine]

# The documented bound on how long a socket may outlive its login, in seconds.
OUTLIVES_S = 5.0


@pytest.fixture
def company() -> Company:
    company = make_company()
    make_list(company, "How can I change that for you?")
    return company


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def conversation(company: Company, maya: User) -> Conversation:
    return place(company, "one", status="live", agent=maya.username)


def _delete_sessions(_: User) -> None:
    Session.objects.all().delete()


def _expire_sessions(_: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def _deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _new_password(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password=make_password("another long password"))


def _take_role(user: User) -> None:
    UserRole.objects.filter(user=user, role="agent").delete()


def _take_agent(user: User) -> None:
    Agent.objects.filter(user=user).update(user=None)


# Written straight into the database: as if every hint was lost, or another program had done it.
CHANGES = [
    pytest.param(_delete_sessions, 4401, id="signed-out"),
    pytest.param(_expire_sessions, 4401, id="session-expired"),
    pytest.param(_deactivate, 4401, id="deactivated"),
    pytest.param(_new_password, 4401, id="new-password"),
    pytest.param(_take_role, 4403, id="role-taken"),
    pytest.param(_take_agent, 4403, id="no-agent"),
]
Change = Callable[[User], None]


@pytest.mark.parametrize(("change", "code"), CHANGES)
async def test_a_silent_socket_closes_by_itself(
    open_: Any, maya: User, conversation: Conversation, change: Change, code: int
) -> None:
    socket = await open_(maya)
    await socket.hello(**{conversation.pk: 1})
    began = time.monotonic()
    await in_thread(change)(maya)
    assert await socket.closed() == code
    assert time.monotonic() - began < OUTLIVES_S


@pytest.mark.parametrize(("change", "code"), CHANGES)
@pytest.mark.parametrize(
    "frame",
    [
        {"t": "send", "client_id": "after-the-end", "text": "Still here", "sent_at": 1.0},
        {"t": "send", "client_id": "after-the-end", "text": "Still here", "sent_at": 1.0, "kind": "note"},
        {"t": "draft", "text": "Still here", "cursor": 1, "revision": 5},
    ],
    ids=["send", "note", "draft"],
)
async def test_writing_before_the_socket_closes_is_refused(
    open_: Any, maya: User, conversation: Conversation, change: Change, code: int, frame: dict[str, Any]
) -> None:
    socket = await open_(maya)
    await socket.hello()
    messages = await in_thread(Message.objects.count)()
    await in_thread(change)(maya)
    fields = {"conversation": conversation.pk, **frame}
    await socket.say(fields.pop("t"), **fields)
    assert await socket.closed() == code
    assert await in_thread(Message.objects.count)() == messages
    assert not await in_thread(Draft.objects.exists)()
    assert not [frame for frame in socket.kept if frame["t"] in {"stored", "draft"}]


async def test_a_word_is_not_added_after_the_end(open_: Any, maya: User) -> None:
    socket = await open_(maya)
    await socket.hello()
    await in_thread(_deactivate)(maya)
    await socket.say("word", word="blorf", do="add")
    assert await socket.closed() == 4401
    assert not await in_thread(PersonalWord.objects.exists)()


@pytest.mark.usefixtures("conversation")
async def test_a_desk_that_asks_anew_after_the_end_reads_nothing(open_: Any, maya: User) -> None:
    socket = await open_(maya)
    await socket.hello()
    await in_thread(_delete_sessions)(maya)
    await socket.say("hello", resume={})
    assert await socket.closed() == 4401
    assert not [frame for frame in socket.kept if frame["t"] == "welcome"]


async def test_after_the_close_nothing_is_read_and_nothing_is_said(
    open_: Any, maya: User, conversation: Conversation
) -> None:
    """A client may ignore the close, and send on while its line is torn down."""
    socket = await open_(maya)
    await socket.hello()
    await in_thread(_delete_sessions)(maya)
    assert await socket.closed() == 4401
    await socket.say("echo", n=3)
    await socket.send(conversation, "Still here")
    assert await socket.communicator.receive_nothing(timeout=0.3)


async def test_a_colleagues_socket_stays(open_: Any, company: Company, maya: User) -> None:
    liam = await in_thread(hire)(company, "liam", queues=["billing"])
    hers, his = await open_(maya), await open_(liam)
    await hers.hello()
    await his.hello()
    await in_thread(_deactivate)(maya)
    assert await hers.closed() == 4401
    await his.say("echo", n=1)
    await his.get("echo", n=1)


class TestHints:
    """With the clock stopped: what a service changes closes sockets at once."""

    @pytest.fixture(autouse=True)
    def no_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session_watch, "LOOK_EVERY_S", 3600.0)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            pytest.param(lambda by, maya: access.deactivate_user(by=by, user=maya), 4401, id="deactivated"),
            pytest.param(lambda by, maya: access.end_sessions(by=by, user=maya), 4401, id="sessions"),
            pytest.param(
                lambda by, maya: access.end_company_sessions(by=by, company=maya.company), 4401, id="all-sessions"
            ),
            pytest.param(
                lambda by, maya: access.set_password(by=by, user=maya, password="another long one"), 4401, id="password"
            ),
            pytest.param(lambda by, maya: access.change_roles(by=by, user=maya, remove=["agent"]), 4403, id="role"),
        ],
    )
    async def test_a_change_closes_the_desk_at_once(
        self, open_: Any, maya: User, change: Callable[[Actor, User], object], code: int
    ) -> None:
        socket = await open_(maya)
        await socket.hello()
        await in_thread(change)(Actor.system(maya.company_id), maya)
        assert await socket.closed() == code

    async def test_signing_out_closes_the_desks_of_this_session_alone(self, open_: Any, maya: User) -> None:
        here, elsewhere = await open_(maya), await open_(maya)
        await here.hello()
        await elsewhere.hello()
        await in_thread(here.browser.post)("/sign-out")
        assert await here.closed() == 4401
        await elsewhere.say("echo", n=1)
        await elsewhere.get("echo", n=1)

    async def test_another_queue_shows_the_desk_anew(self, open_: Any, maya: User) -> None:
        socket = await open_(maya)
        await socket.hello()
        queues = await in_thread(lambda: list(Queue.objects.all()))()
        await in_thread(access.change_queues)(by=Actor.system(maya.company_id), user=maya, remove=queues)
        await socket.get("cards")


async def test_a_lost_queue_closes_nothing(open_: Any, maya: User, conversation: Conversation) -> None:
    """Who is in no queue may still be at the desk, with the conversations that are there."""
    socket = await open_(maya)
    await socket.hello()
    await in_thread(lambda: QueueMembership.objects.all().delete())()
    await socket.send(conversation, "Goodbye!")
    await socket.get("stored")
