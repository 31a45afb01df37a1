"""The customer's socket, through the product's own routing and channel layer."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.test import Client
from django.utils import timezone

from accounts.models import Company
from asapp_site.routing import websockets
from conversations import event_stream, session_watch
from conversations.events import conversation_group
from conversations.models import Conversation, Message
from safety.selectors import CUSTOMER_DELAY_S
from tests import sockets
from tests.sockets import PATIENCE_S, takes_frames_directly
from tests.widget.conftest import admit, answer, company_with, end, start, visitor
from widget import limits
from widget.cookies import COOKIE
from widget.frames import MAX_FRAME_BYTES, MAX_TEXT_LENGTH
from widget.models import Visitor
from widget.services import forget_visitor

pytestmark = pytest.mark.django_db(transaction=True)


class Socket(sockets.Socket):
    """One tab."""

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.say("hello", **fields)
        return await self.get("welcome")

    async def rows_to(self, upto: int, **expected: Any) -> list[dict[str, Any]]:
        """Return the rows of all frames with these fields, until the page has the rows up to this number."""
        rows: list[dict[str, Any]] = []
        while True:
            frame = await self.get("rows", **expected)
            rows += frame["rows"]
            if frame["upto"] >= upto:
                return rows

    async def silence(self) -> None:
        """Assert that nothing comes but the answer to an echo."""
        await self.say("echo", n=77)
        await self.get("echo", n=77)
        assert await self.communicator.receive_nothing(timeout=0.2)
        assert self.kept == []

    async def send(self, conversation: Conversation, text: str, **fields: Any) -> str:
        client_id = fields.pop("client_id", None) or str(uuid.uuid4())
        given = {"conversation": conversation.pk, "client_id": client_id, "text": text, "sent_at": time.time()}
        await self.say("send", **(given | fields))
        return client_id


Open = Callable[..., Awaitable[Socket]]


@pytest.fixture
async def open_() -> AsyncIterator[Open]:
    opened: list[WebsocketCommunicator] = []

    async def connect(
        browser: Client | None, path: str = "/chat/acme/socket", origin: str = "http://localhost"
    ) -> Socket:
        cookie = browser.cookies[COOKIE].value if browser is not None else "none"
        headers = [(b"origin", origin.encode()), (b"cookie", f"{COOKIE}={cookie}".encode())]
        communicator = takes_frames_directly(WebsocketCommunicator(websockets, path, headers))
        connected, code = await communicator.connect(timeout=PATIENCE_S)
        if not connected:
            raise ConnectionRefusedError(code)
        opened.append(communicator)
        return Socket(communicator)

    yield connect
    for communicator in opened:
        await communicator.disconnect(timeout=PATIENCE_S)


class TestWhoMayOpenASocket:
    @pytest.mark.usefixtures("company")
    async def test_nobody_without_a_session(self, open_: Open) -> None:
        assert await (await open_(None)).closed() == 4401

    async def test_nobody_of_another_company(self, open_: Open, nora: Client) -> None:
        await in_thread(company_with)("billing", slug="globex")
        assert await (await open_(nora, "/chat/globex/socket")).closed() == 4401

    async def test_nobody_whose_session_has_expired(self, open_: Open, nora: Client) -> None:
        await in_thread(lambda: Visitor.objects.update(expires_at=timezone.now()))()
        assert await (await open_(nora)).closed() == 4401

    async def test_no_page_from_elsewhere(self, open_: Open, nora: Client) -> None:
        with pytest.raises(ConnectionRefusedError):
            await open_(nora, origin="https://evil.example")

    async def test_it_ends_when_the_visitor_is_forgotten(self, open_: Open, nora: Client) -> None:
        socket = await open_(nora)
        await socket.hello()
        await in_thread(lambda: forget_visitor(visitor=Visitor.objects.get()))()
        assert await socket.closed() == 4401

    async def test_it_ends_when_its_session_expires(
        self, open_: Open, nora: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(session_watch, "LOOK_EVERY_S", 3600.0)
        soon = timedelta(seconds=1)
        await in_thread(lambda: Visitor.objects.update(expires_at=timezone.now() + soon))()
        assert await (await open_(nora)).closed() == 4401

    async def test_a_deleted_session_is_noticed_at_the_next_reload(self, open_: Open, nora: Client) -> None:
        socket = await open_(nora)
        await socket.hello()
        await in_thread(lambda: Visitor.objects.all().delete())()
        await socket.say("echo", n=1)
        assert await socket.closed() == 4401

    async def test_a_message_without_a_session_closes_it(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        await in_thread(lambda: Visitor.objects.all().delete())()
        await socket.send(conversation, "Hello")
        assert await socket.closed() == 4401
        assert await in_thread(Message.objects.count)() == 0


class TestHello:
    async def test_it_gets_the_state_of_the_conversation(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        started_at = time.time()
        welcome = await (await open_(nora)).hello()
        assert started_at <= welcome.pop("now") <= time.time()
        assert welcome == {
            "t": "welcome",
            "conversation": conversation.pk,
            "upto": conversation.last_sequence,
            "status": "waiting",
            "agent": None,
            "place": 1,
        }

    async def test_it_gets_the_messages_so_far(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        await in_thread(admit)(conversation)
        await in_thread(answer)(conversation, "Hello Nora")
        socket = await open_(nora)
        welcome = await socket.hello()
        assert (welcome["status"], welcome["agent"], welcome["place"]) == ("live", "Maya", None)
        joined, said = [row for row in await socket.rows_to(welcome["upto"]) if row["type"] != "conversation.queued"]
        assert (joined["type"], joined["who"]) == ("conversation.agent_joined", "Maya")
        assert (said["message"]["text"], said["message"]["who"]) == ("Hello Nora", "Maya")

    async def test_a_returning_page_gets_what_it_missed(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        for number in range(1, 6):
            await in_thread(answer)(conversation, f"Line {number}")
        upto = conversation.last_sequence + 2
        socket = await open_(nora)
        await socket.hello(conversation=conversation.pk, resume=upto)
        rows = await socket.rows_to(upto + 3)
        assert [row["message"]["text"] for row in rows] == ["Line 3", "Line 4", "Line 5"]

    async def test_a_number_of_another_conversation_is_ignored(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        await in_thread(answer)(conversation, "Hello")
        socket = await open_(nora)
        welcome = await socket.hello(conversation="0" * 26, resume=1000)
        assert (await socket.rows_to(welcome["upto"]))[-1]["message"]["text"] == "Hello"

    async def test_a_long_history_comes_complete_in_several_frames(
        self, open_: Open, nora: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(event_stream, "MAX_ROWS_PER_READ", 3)
        for number in range(10):
            await in_thread(answer)(conversation, f"Line {number}")
        socket = await open_(nora)
        welcome = await socket.hello()
        rows = await socket.rows_to(welcome["upto"])
        assert [row["message"]["text"] for row in rows if "message" in row] == [f"Line {n}" for n in range(10)]

    async def test_a_row_whose_hint_was_lost_comes_after_the_next_echo(
        self, open_: Open, nora: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        socket = await open_(nora)
        await socket.rows_to((await socket.hello())["upto"])
        monkeypatch.setattr("conversations.adding.invalidate_and_send", lambda *_: None)
        await in_thread(answer)(conversation, "Are you there?")
        assert await socket.communicator.receive_nothing(timeout=0.2)
        await socket.say("echo", n=1)
        rows = await socket.rows_to(conversation.last_sequence + 1)
        assert rows[-1]["message"]["text"] == "Are you there?"


class TestWhatACustomerSees:
    async def test_notes_and_whispers_never(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        await in_thread(answer)(conversation, "a note of before", kind="note")
        await in_thread(answer)(conversation, "a whisper of before", kind="whisper")
        socket = await open_(nora)
        welcome = await socket.hello()
        rows = await socket.rows_to(welcome["upto"])
        await in_thread(answer)(conversation, "a note of now", kind="note")
        await in_thread(answer)(conversation, "a whisper of now", kind="whisper")
        await in_thread(answer)(conversation, "Hello")
        rows += await socket.rows_to(welcome["upto"] + 3)
        assert [row["message"]["text"] for row in rows if "message" in row] == ["Hello"]

    async def test_events_for_staff_never(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        await in_thread(admit)(conversation)
        socket = await open_(nora)
        rows = await socket.rows_to((await socket.hello())["upto"])
        assert {row["type"] for row in rows} <= {"conversation.agent_joined", "conversation.queued"}

    async def test_no_ids_of_staff(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        await in_thread(admit)(conversation, "agent-4711", "Maya Byrne")
        await in_thread(answer)(conversation, "Hello", sender="agent-4711")
        socket = await open_(nora)
        rows = await socket.rows_to((await socket.hello())["upto"])
        assert rows[-1]["message"]["who"] == "Maya"
        assert "4711" not in json.dumps(rows)
        assert "Byrne" not in json.dumps(rows)

    @pytest.mark.usefixtures("nora")
    async def test_another_visitors_conversation_never(
        self, open_: Open, company: Company, conversation: Conversation
    ) -> None:
        other = await in_thread(start)(company)
        socket = await open_(other)
        welcome = await socket.hello(conversation=conversation.pk)
        assert welcome["conversation"] != conversation.pk
        await socket.rows_to(welcome["upto"])
        await in_thread(answer)(conversation, "For Nora only")
        await socket.silence()

    async def test_who_joins_and_that_it_ended(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        socket = await open_(nora)
        await socket.rows_to((await socket.hello())["upto"])
        await in_thread(admit)(conversation)
        state = await socket.get("state")
        assert (state["status"], state["agent"]) == ("live", "Maya")
        await in_thread(end)(await in_thread(Conversation.objects.get)())
        await socket.say("echo", n=1)
        assert (await socket.get("state"))["status"] == "ended"

    async def test_the_queue_position_moves_up_after_the_next_echo(
        self, open_: Open, company: Company, nora: Client
    ) -> None:
        second = await in_thread(start)(company)
        socket = await open_(second)
        assert (await socket.hello())["place"] == 2
        await in_thread(lambda: admit(visitor(nora).conversation))()
        await socket.say("echo", n=1)
        assert (await socket.get("state"))["place"] == 1


class TestSending:
    async def test_a_message_is_stored_and_shown_in_every_tab(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        here, there = await open_(nora), await open_(nora)
        upto = (await here.hello())["upto"]
        await there.hello()
        client_id = await here.send(conversation, "My bill is wrong")
        row = (await here.get("stored", client_id=client_id))["row"]
        assert (row["sequence"], row["message"]["text"]) == (upto + 1, "My bill is wrong")
        for socket in (here, there):
            assert (await socket.rows_to(upto + 1))[-1] == row

    async def test_sent_twice_it_is_stored_once(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        socket = await open_(nora)
        await socket.hello()
        client_id = await socket.send(conversation, "Hello")
        await socket.send(conversation, "Hello", client_id=client_id)
        first, second = await socket.get("stored"), await socket.get("stored")
        assert first == second
        assert await in_thread(Message.objects.count)() == 1

    async def test_many_at_once_keep_their_order(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        socket = await open_(nora)
        await socket.hello()
        for number in range(15):
            await socket.send(conversation, f"Line {number}")
        stored = [(await socket.get("stored"))["row"] for _ in range(15)]
        assert [row["message"]["text"] for row in stored] == [f"Line {number}" for number in range(15)]
        sequences = [row["sequence"] for row in stored]
        assert sequences == list(range(sequences[0], sequences[0] + 15))

    async def test_what_is_redacted_comes_back_redacted(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        await socket.send(conversation, "It is 4111 1111 1111 1111")
        assert (await socket.get("stored"))["row"]["message"]["text"] == "It is [CARD]"

    async def test_only_the_tab_that_sent_it_shows_it_as_typed_for_a_moment(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        here, there = await open_(nora), await open_(nora)
        await there.hello()
        upto = (await here.hello())["upto"] + 1
        await here.send(conversation, "jo@example.com 4111 1111 1111 1111")
        own = (await here.get("stored"))["row"]["message"]
        assert own["text"] == "jo@example.com [CARD]"
        assert own["later"]["text"] == "[EMAIL] [CARD]"
        assert 25 < own["later"]["in"] <= CUSTOMER_DELAY_S
        assert (await here.rows_to(upto))[-1]["message"]["text"] == own["text"]
        other = (await there.rows_to(upto))[-1]["message"]
        assert (other["text"], "later" in other) == ("[EMAIL] [CARD]", False)

    async def test_too_many_messages_are_refused_with_a_time_to_send_again(
        self, open_: Open, nora: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "MAX_MESSAGES", 0)
        socket = await open_(nora)
        await socket.hello()
        client_id = await socket.send(conversation, "Hello")
        refused = await socket.get("refused")
        assert (refused["client_id"], refused["code"]) == (client_id, "too_fast")
        assert 0 < refused["retry_after"] <= limits.MESSAGES_WINDOW_S
        monkeypatch.setattr(limits, "MAX_MESSAGES", 5)
        await socket.send(conversation, "Hello", client_id=client_id)
        await socket.get("stored", client_id=client_id)

    async def test_an_ended_conversation_takes_nothing(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        await in_thread(end)(conversation)
        socket = await open_(nora)
        assert (await socket.hello())["status"] == "ended"
        await socket.send(conversation, "One more thing")
        assert (await socket.get("refused"))["code"] == "ended"

    async def test_another_visitors_conversation_takes_nothing(
        self, open_: Open, company: Company, nora: Client
    ) -> None:
        other = await in_thread(start)(company)
        theirs = await in_thread(lambda: visitor(other).conversation)()
        socket = await open_(nora)
        await socket.hello()
        await socket.send(theirs, "Let me in")
        assert (await socket.get("refused"))["code"] == "ended"
        assert await in_thread(Message.objects.count)() == 0

    async def test_another_text_under_the_same_id_is_a_conflict(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        def taken() -> None:
            answer(conversation, "Hello")
            Message.objects.update(client_id="c:client-id-1")

        await in_thread(taken)()
        socket = await open_(nora)
        await socket.hello()
        await socket.send(conversation, "Mine", client_id="client-id-1")
        assert (await socket.get("refused"))["code"] == "conflict"


class TestAnotherConversation:
    async def test_the_other_tab_switches_to_it(
        self, open_: Open, company: Company, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        await in_thread(end)(conversation)
        await in_thread(start)(company, nora)
        new = await socket.get("welcome")
        assert new["conversation"] != conversation.pk
        await in_thread(lambda: answer(visitor(nora).conversation, "Welcome back"))()
        rows = await socket.rows_to(new["upto"] + 1, conversation=new["conversation"])
        assert rows[-1]["message"]["text"] == "Welcome back"


class TestTyping:
    async def agent_hears(self, conversation: Conversation) -> Callable[[], Awaitable[dict[str, Any]]]:
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(conversation_group(conversation.pk), channel)

        async def hear() -> dict[str, Any]:
            while True:
                event = await layer.receive(channel)
                if event["type"] == "conversation.typing":
                    return event

        return hear

    async def test_the_agent_sees_it_redacted(self, open_: Open, nora: Client, conversation: Conversation) -> None:
        hear = await self.agent_hears(conversation)
        socket = await open_(nora)
        await socket.hello()
        await socket.say("typing", text="my card 4111 1111 1111 1111")
        event = await hear()
        assert (event["who"], event["conversation"], event["text"]) == ("customer", conversation.pk, "my card [CARD]")

    async def test_events_come_once_a_second_and_the_last_has_the_newest_text(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        hear = await self.agent_hears(conversation)
        socket = await open_(nora)
        await socket.hello()
        await socket.say("typing", text="H")
        await hear()
        before = time.monotonic()
        for text in ("He", "Hel", "Hello"):
            await socket.say("typing", text=text)
        assert (await hear())["text"] == "Hello"
        assert time.monotonic() - before > 0.8

    async def test_the_customer_sees_that_the_agent_types_and_not_what(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        await in_thread(admit)(conversation)
        socket = await open_(nora)
        await socket.hello()
        event = {"type": "conversation.typing", "conversation": conversation.pk, "who": "agent", "text": "secret"}
        await get_channel_layer().group_send(conversation_group(conversation.pk), event)
        typing = await socket.get("typing")
        assert typing == {"t": "typing", "conversation": conversation.pk, "who": "Maya"}

    async def test_customers_do_not_get_their_own_typing(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.rows_to((await socket.hello())["upto"])
        hear = await self.agent_hears(conversation)
        await socket.say("typing", text="Hello")
        await hear()
        await socket.silence()


class TestBadFrames:
    @pytest.mark.parametrize(
        ("frame", "of", "ref"),
        [
            ("not JSON", "", None),
            ("[]", "", None),
            ('{"t": "drop"}', "drop", None),
            ('{"t": "send", "client_id": "client-id-1"}', "send", "client-id-1"),
            ('{"t": "echo", "n": -1}', "echo", -1),
            ('{"t": "echo", "n": 1, "more": 1}', "echo", 1),
            ('{"t": "typing", "text": ""}', "typing", None),
            ('{"t": "hello", "conversation": "no id"}', "hello", None),
            (json.dumps({"t": "typing", "text": "x" * (MAX_TEXT_LENGTH + 1)}), "typing", None),
            (json.dumps({"t": "typing", "text": "x" * MAX_FRAME_BYTES}), "", None),
            ('{"t": "typing", "text": "\\ud800"}', "", None),
        ],
    )
    async def test_they_get_an_error_and_change_nothing(
        self, open_: Open, nora: Client, frame: str, of: str, ref: Any
    ) -> None:
        socket = await open_(nora)
        await socket.communicator.send_to(text_data=frame)
        error = await socket.get("error")
        assert (error["code"], error["of"], error["ref"]) == ("bad_frame", of, ref)
        assert "x" * 100 not in error["message"]
        await socket.hello()

    @pytest.mark.parametrize("text", ["", "   \n", "a\x00b", "x" * (MAX_TEXT_LENGTH + 1)])
    async def test_the_error_for_an_unusable_text_names_its_id(
        self, open_: Open, nora: Client, conversation: Conversation, text: str
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        client_id = await socket.send(conversation, text)
        assert (await socket.get("error"))["ref"] == client_id
        assert await in_thread(Message.objects.count)() == 0

    async def test_a_text_may_mention_an_unusable_character(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        await socket.send(conversation, "JSON writes it as \\u0000")
        assert (await socket.get("stored"))["row"]["message"]["text"] == "JSON writes it as \\u0000"

    async def test_the_longest_text_of_4_byte_characters_fits(
        self, open_: Open, nora: Client, conversation: Conversation
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        text = "𝄞" * MAX_TEXT_LENGTH
        frame = {"t": "send", "conversation": conversation.pk, "client_id": "client-id-1", "text": text, "sent_at": 1}
        await socket.communicator.send_to(text_data=json.dumps(frame, ensure_ascii=False))
        assert (await socket.get("stored"))["row"]["message"]["text"] == text


class TestSessionsThatEndWithoutAHint:
    """The session is changed in the database, so no hint comes, and the page sends nothing."""

    @pytest.mark.parametrize(
        "change",
        [Visitor.objects.all().delete, lambda: Visitor.objects.update(expires_at=timezone.now())],
        ids=["forgotten", "expired"],
    )
    async def test_a_silent_socket_closes_within_5_s(
        self, open_: Open, nora: Client, change: Callable[[], object]
    ) -> None:
        socket = await open_(nora)
        await socket.hello()
        began = time.monotonic()
        await in_thread(change)()
        assert await socket.closed() == 4401
        assert time.monotonic() - began < 5.0
