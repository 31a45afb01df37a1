"""The desk's socket, through the product's own routing and channel layer."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.contrib.sessions.models import Session

from accounts.actors import Actor
from accounts.events import tell_login_changed
from accounts.models import Company, User, UserRole
from accounts.services import change_password
from assignments.lifecycle import create_or_update_conversation
from assignments.models import DeskConnection
from composer.desk.socket import session
from composer.desk.socket.frames import MAX_FRAME_BYTES
from composer.models import Draft, GreetingRun, MessageSent, OfferSet, PersonalWord, UsageReport
from composer.usage.tasks import record_overdue_usage, record_usage
from conversations.models import Conversation, Message, Participant
from conversations.selectors import Scope
from conversations.services import Party
from responses.services import ListRow
from tests.composer.conftest import hire, place
from tests.composer.desks import desk
from tests.configuring import set_greetings_of
from tests.factories import make_company, make_list, say
from tests.sockets import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)

GREETING = "Hello, how can I help you today?"


@pytest.fixture
def company() -> Company:
    company = make_company()
    make_list(
        company,
        ListRow(GREETING, title="Greeting", folder=("Openings",)),
        "How can I change that for you?",
        "Your order is on its way.",
    )
    return company


@pytest.fixture
def maya(company: Company) -> User:
    return hire(company, "maya", queues=["billing"], full_name="Maya Byrne")


@pytest.fixture
def conversation(company: Company, maya: User) -> Conversation:
    return place(company, "one", status="live", agent=maya.username)


class TestWhoMayOpenOne:
    async def test_nobody_without_a_session(self, open_: Any) -> None:
        assert await (await open_(None)).closed() == 4401

    async def test_nobody_who_answers_no_customers(self, open_: Any, company: Company) -> None:
        dana = await in_thread(hire)(company, "dana", "developer")
        assert await (await open_(dana)).closed() == 4403

    async def test_a_desk_ends_with_the_session(self, open_: Any, maya: User) -> None:
        socket = await open_(maya)
        await socket.hello()

        def sign_out() -> None:
            Session.objects.all().delete()
            tell_login_changed(maya.pk)

        await in_thread(sign_out)()
        assert await socket.closed() == 4401

    async def test_a_desk_ends_with_a_new_password(self, open_: Any, maya: User) -> None:
        socket = await open_(maya)
        await socket.hello()
        await in_thread(lambda: change_password(user=maya, password="another long password"))()
        assert await socket.closed() == 4401

    async def test_a_lost_role_is_seen_at_the_next_look_without_any_hint(self, open_: Any, maya: User) -> None:
        socket = await open_(maya)
        await socket.hello()
        await in_thread(lambda: UserRole.objects.all().delete())()
        for n in range(4):
            await socket.say("echo", n=n)
        assert await socket.closed() == 4403


class TestHello:
    async def test_it_shows_what_the_agent_has(self, open_: Any, maya: User, conversation: Conversation) -> None:
        welcome = await (await open_(maya)).hello()
        [card] = welcome["cards"]
        assert card["id"] == conversation.pk
        assert (card["customer"], card["queue"], card["preview"]) == ("Nora Fitzgerald", "Billing", "My bill is wrong")
        assert card["waits_since"] < time.time()
        assert welcome["agent"]["name"] == "Maya Byrne"

    async def test_others_conversations_are_not_there(self, open_: Any, company: Company, maya: User) -> None:
        other = await in_thread(hire)(company, "liam", queues=[])
        await in_thread(place)(company, "his", status="live", agent=other.username)
        await in_thread(place)(company, "waiting")
        assert (await (await open_(maya)).hello())["cards"] == []

    async def test_another_companys_agent_of_the_same_id_sees_nothing(
        self, open_: Any, conversation: Conversation
    ) -> None:
        globex = await in_thread(make_company)("globex")
        namesake = await in_thread(hire)(globex, "maya2")
        await in_thread(lambda: namesake.agents.update(external_id="maya"))()
        socket = await open_(namesake)
        assert (await socket.hello())["cards"] == []
        await socket.say("follow", conversation=conversation.pk)
        assert (await socket.get("error"))["code"] == "not_yours"

    async def test_a_desk_that_comes_back_gets_what_it_missed(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        await in_thread(say)(conversation, "Are you there?", after=10)
        socket = await open_(maya)
        await socket.hello(**{conversation.pk: 1})
        rows = await socket.get("rows")
        assert [row["sequence"] for row in rows["rows"]] == list(range(2, rows["upto"] + 1))
        assert rows["rows"][-1]["message"]["text"] == "Are you there?"


class TestRows:
    async def test_what_the_customer_says_arrives(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await in_thread(say)(conversation, "Hello?", after=5)
            rows = await socket.get("rows")
            assert rows["conversation"] == conversation.pk
            assert rows["rows"][0]["message"]["text"] == "Hello?"

    async def test_follow_brings_the_whole_transcript(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("follow", conversation=conversation.pk, after=0)
            rows = await socket.get("rows")
            assert [row["sequence"] for row in rows["rows"]] == [1, 2]
            assert [row["message"]["text"] for row in rows["rows"] if row["message"]] == ["My bill is wrong"]

    async def test_a_conversation_that_comes_is_shown_at_once(self, open_: Any, company: Company, maya: User) -> None:
        waiting = await in_thread(place)(company, "new")
        async with desk(open_, maya) as socket:

            def assign() -> None:
                create_or_update_conversation(
                    by=Actor.system(company.pk),
                    scope=Scope(company.pk, "production"),
                    external_id="new",
                    customer=Party("customer-of-new"),
                    started_at=waiting.started_at,
                    agent=Party("maya"),
                )

            await in_thread(assign)()
            cards = await socket.get("cards")
            assert [card["id"] for card in cards["cards"]] == [waiting.pk]
            await socket.say("type", conversation=waiting.pk, n=1, text="")
            await socket.get("offers", conversation=waiting.pk)

    async def test_a_conversation_that_was_taken_away_is_closed_at_once(
        self, open_: Any, maya: User, company: Company, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:

            def take_away() -> None:
                create_or_update_conversation(
                    by=Actor.system(company.pk),
                    scope=Scope(company.pk, "production"),
                    external_id="one",
                    customer=Party("customer-of-one"),
                    started_at=conversation.started_at,
                    agent=Party("somebody else"),
                )

            await in_thread(take_away)()
            assert (await socket.get("cards"))["cards"] == []
            await socket.say("type", conversation=conversation.pk, n=1, text="H")
            assert (await socket.get("error"))["code"] == "not_yours"
            client_id = await socket.send(conversation, "Hello")
            refused = await socket.get("refused")
            assert (refused["client_id"], refused["code"]) == (client_id, "not_yours")
            assert await in_thread(Message.objects.filter(role="agent").count)() == 0

    async def test_the_customers_typing_is_shown(self, open_: Any, maya: User, conversation: Conversation) -> None:
        from channels.layers import get_channel_layer

        async with desk(open_, maya) as socket:
            event = {"type": "conversation.typing", "conversation": conversation.pk, "who": "customer", "text": "I ne"}
            await get_channel_layer().group_send(f"conversation.{conversation.pk}", event)
            assert (await socket.get("typing"))["text"] == "I ne"


class TestTyping:
    async def test_an_empty_composer_is_offered_replies(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="")
            offers = await socket.get("offers")
            assert offers["n"] == 1
            assert len(offers["id"]) == 32
            assert len(offers["replies"]) == 3
            assert {reply["source"] for reply in offers["replies"]} == {"global"}

    async def test_typing_narrows_them(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="")
            await socket.get("offers", n=1)
            await socket.say("type", conversation=conversation.pk, n=2, text="Your o")
            offers = await socket.get("offers", n=2)
            assert [reply["text"] for reply in offers["replies"]] == ["Your order is on its way."]

    async def test_while_the_scene_is_made_only_the_newest_text_is_answered(
        self, open_: Any, maya: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make, go_on = session._load_context, asyncio.Event()

        async def slowly(*arguments: Any) -> Any:
            await go_on.wait()
            return await make(*arguments)

        async with desk(open_, maya) as socket:
            await in_thread(say)(conversation, "Where is my order?", after=9)
            await socket.get("rows")
            monkeypatch.setattr(session, "_load_context", slowly)
            for n, text in enumerate(["Y", "Yo", "You", "Your"], start=1):
                await socket.say("type", conversation=conversation.pk, n=n, text=text)
            await socket.say("echo", n=0)
            await socket.get("echo")
            go_on.set()
            assert (await socket.get("offers"))["n"] == 4

    async def test_a_finished_word_is_corrected(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="How is tihs ", cursor=[11, 12])
            correction = (await socket.get("offers"))["correction"]
            assert (correction["misspelled"], correction["corrected"], correction["position"]) == ("tihs", "this", 7)
            await socket.say("word", word="Tihs")
            assert (await socket.get("word"))["kept"]
            await socket.say("type", conversation=conversation.pk, n=2, text="How is tihs ", cursor=[11, 12])
            assert (await socket.get("offers", n=2))["correction"] is None
        assert await in_thread(lambda: list(PersonalWord.objects.values_list("word", flat=True)))() == ["tihs"]

    async def test_a_message_of_the_customer_makes_a_new_scene(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="")
            first = await socket.get("offers", n=1)
            await in_thread(say)(conversation, "Where is my order?", after=9)
            await socket.get("rows")
            await socket.say("type", conversation=conversation.pk, n=2, text="")
            assert (await socket.get("offers", n=2))["id"] != first["id"]


class TestSending:
    async def test_a_message_is_stored_and_told(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            client_id = await socket.send(conversation, "Let me look.")
            stored = await socket.get("stored")
            assert (stored["client_id"], stored["row"]["message"]["text"]) == (client_id, "Let me look.")
            rows = await socket.get("rows")
            assert rows["rows"][0]["message"]["client_id"] == client_id
        message = await in_thread(Message.objects.get)(role="agent")
        assert message.sender_external_id == "maya"

    async def test_the_same_message_twice_is_stored_once(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            client_id = await socket.send(conversation, "Once")
            first = await socket.get("stored")
            await socket.send(conversation, "Once", client_id=client_id)
            assert (await socket.get("stored"))["row"] == first["row"]
            await socket.send(conversation, "Something else", client_id=client_id)
            assert (await socket.get("refused"))["code"] == "conflict"
        assert await in_thread(Message.objects.filter(role="agent").count)() == 1

    async def test_profanity_is_refused_with_its_places_and_nothing_is_lost(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("draft", conversation=conversation.pk, text="what the fuck is this", revision=4)
            await socket.get("draft")
            await socket.send(conversation, "what the fuck is this", revision=4)
            refused = await socket.get("refused")
            assert (refused["code"], refused["spans"]) == ("profanity", [[9, 13]])
        assert await in_thread(lambda: Draft.objects.get().text)() == "what the fuck is this"
        assert await in_thread(Message.objects.filter(role="agent").count)() == 0

    async def test_a_note_is_never_seen_by_customers(self, open_: Any, maya: User, conversation: Conversation) -> None:
        from conversations.selectors import chat_messages

        async with desk(open_, maya) as socket:
            await socket.send(conversation, "Customer is upset", kind="note")
            assert (await socket.get("stored"))["row"]["message"]["kind"] == "note"
        assert "Customer is upset" not in await in_thread(lambda: [m.text for m in chat_messages(conversation)])()

    async def test_what_it_was_made_of_is_reported_with_what_was_offered(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("type", conversation=conversation.pk, n=1, text="")
            offers = await socket.get("offers")
            usage = {
                "augmentations": ["AUTOSUGGEST"],
                "figures": {
                    "selected_suggestion_text": offers["replies"][0]["text"],
                    "selected_suggestions_id": offers["id"],
                    "selected_suggestion_index": 1,
                    "initial_suggestions_id": offers["id"],
                    "time_to_action": 1.5,
                    "crafting_time": 2.0,
                    "dwell_time": 0.5,
                },
                "events": [{"type": "suggestion-1-inserted", "suggestions_id": offers["id"]}],
                "shown": [offers["id"], "0" * 32],
            }
            await socket.send(conversation, offers["replies"][0]["text"], usage=usage)
            stored = await socket.get("stored")
        message_id = stored["row"]["message"]["id"]
        assert await in_thread(record_usage)([message_id]) == 1

        def look() -> tuple[Any, ...]:
            sent = MessageSent.objects.get()
            shown = OfferSet.objects.get()
            return sent.message_id, sent.selected_suggestion_index, shown.pk, shown.replies.count()

        assert await in_thread(look)() == (message_id, 1, offers["id"], 3)

    async def test_what_was_offered_outlives_a_refused_send_and_the_next_messages_offers_stay(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            ids = []
            for n, text in enumerate(["", "Y", "Your"]):
                await socket.say("type", conversation=conversation.pk, n=n, text=text)
                ids.append((await socket.get("offers", n=n))["id"])
            usage = {"augmentations": ["AUTOSUGGEST"], "shown": ids[:2]}
            await socket.send(conversation, "Your fucking order", usage=usage)
            assert (await socket.get("refused"))["code"] == "profanity"
            await socket.send(conversation, "Your order", usage=usage)
            first = (await socket.get("stored"))["row"]["message"]["id"]
            await socket.send(conversation, "is on its way.", usage={"augmentations": ["FREEHAND"], "shown": ids})
            second = (await socket.get("stored"))["row"]["message"]["id"]
        await in_thread(record_usage)([first, second])
        shown = await in_thread(lambda: list(OfferSet.objects.values_list("message", "pk", "typed")))()
        assert sorted(shown) == sorted([(first, ids[0], ""), (first, ids[1], "Y"), (second, ids[2], "Your")])

    async def test_without_the_broker_the_report_is_found_later(
        self, open_: Any, maya: User, conversation: Conversation
    ) -> None:
        async with desk(open_, maya) as socket:
            await socket.send(conversation, "Hello", usage={"augmentations": ["FREEHAND"]})
            await socket.get("stored")
        await in_thread(lambda: UsageReport.objects.update(stored_at="2020-01-01T00:00:00Z"))()
        assert await in_thread(record_overdue_usage)() == 1


class TestDrafts:
    async def test_a_draft_is_kept_and_shown_again(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("draft", conversation=conversation.pk, text="I will ", cursor=7, revision=10)
            assert (await socket.get("draft"))["revision"] == 10
        card = (await (await open_(maya)).hello())["cards"][0]
        assert card["draft"] == {"text": "I will ", "cursor": 7, "revision": 10}

    async def test_a_sent_draft_is_gone_and_stays_so(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("draft", conversation=conversation.pk, text="I will", revision=10)
            await socket.get("draft")
            await socket.send(conversation, "I will", revision=10)
            await socket.get("stored")
            await socket.say("draft", conversation=conversation.pk, text="I wil", revision=9)
            assert await socket.get("draft") == {
                "t": "draft",
                "conversation": conversation.pk,
                "text": "",
                "cursor": 0,
                "revision": 11,
            }


class TestSearch:
    async def test_any_word_finds_with_a_slip(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("search", conversation=conversation.pk, n=3, term="ordre")
            found = await socket.get("found")
            assert found["n"] == 3
            assert [row["text"] for row in found["rows"]] == ["Your order is on its way."]

    async def test_a_folder_finds_what_lies_in_it(self, open_: Any, maya: User, conversation: Conversation) -> None:
        async with desk(open_, maya) as socket:
            await socket.say("search", conversation=conversation.pk, n=1, term="openings")
            [row] = (await socket.get("found"))["rows"]
            assert (row["title"], row["folder"], row["source"]) == ("Greeting", "Openings", "global")


class TestGreeting:
    @pytest.fixture
    def greeted(self, conversation: Conversation) -> Conversation:
        set_greetings_of(conversation.company, enabled=True, generic_text="Hi!", named_text="Hi!", delay_seconds=60)
        Participant.objects.filter(role="agent").update(joined_at="2100-01-01T00:00:00Z")
        return conversation

    async def test_two_desks_count_and_one_greets(self, open_: Any, maya: User, greeted: Conversation) -> None:
        await in_thread(set_greetings_of)(greeted.company, delay_seconds=1)
        await in_thread(lambda: Participant.objects.filter(role="agent").update(joined_at="2020-01-01T00:00:00Z"))()
        first, second = await open_(maya), await open_(maya)
        await first.hello()
        await second.hello()
        assert (await first.get("rows"))["rows"][0]["message"]["text"] == "Hi!"
        assert (await second.get("rows"))["rows"][0]["message"]["text"] == "Hi!"
        assert await in_thread(Message.objects.filter(role="agent").count)() == 1

    async def test_typing_stops_it_on_every_desk(self, open_: Any, maya: User, greeted: Conversation) -> None:
        first, second = await open_(maya), await open_(maya)
        assert (await first.hello())["cards"][0]["greeting"]["text"] == "Hi!"
        await second.hello()
        await first.say("type", conversation=greeted.pk, n=1, text="H")
        for socket in (first, second):
            assert (await socket.get("cards"))["cards"][0]["greeting"] is None
        assert await in_thread(lambda: GreetingRun.objects.get().state)() == "cancelled"

    async def test_it_can_be_sent_at_once(self, open_: Any, maya: User, greeted: Conversation) -> None:
        await in_thread(lambda: Participant.objects.filter(role="agent").update(joined_at="2020-01-01T00:00:00Z"))()
        async with desk(open_, maya) as socket:
            await socket.say("greeting", conversation=greeted.pk, do="send")
            assert (await socket.get("rows"))["rows"][0]["message"]["text"] == "Hi!"


class TestBadFrames:
    @pytest.mark.parametrize(
        ("text", "of"),
        [
            ("{", ""),
            ("[]", ""),
            ('{"t": "nonsense"}', "nonsense"),
            ('{"t": "type", "conversation": "x", "n": 1, "text": ""}', "type"),
            ('{"t": "echo", "n": 1, "more": 2}', "echo"),
            ('{"t": "echo", "n": -1}', "echo"),
            ('{"t": "draft", "text": "a\\u0000b"}', "draft"),
            ('{"t": "send", "usage": {"events": [{"a\\u0000b": 1}]}}', "send"),
            ('{"t": "draft", "text": "' + "x" * MAX_FRAME_BYTES + '"}', ""),
            ('{"t": "draft", "text": "' + "€" * (MAX_FRAME_BYTES // 3) + '"}', ""),
        ],
    )
    async def test_they_get_an_error_frame_are_logged_and_the_socket_lives(
        self, open_: Any, maya: User, caplog: pytest.LogCaptureFixture, text: str, of: str
    ) -> None:
        caplog.set_level(logging.INFO, "composer.desk.socket.consumers")
        async with desk(open_, maya) as socket:
            await socket.communicator.send_to(text_data=text)
            error = await socket.get("error")
            assert (error["of"], error["code"]) == (of, "bad_frame")
            assert [(row.of, row.code) for row in caplog.records] == [(of, "bad_frame")]
            await socket.say("echo", n=7)
            assert (await socket.get("echo"))["n"] == 7

    async def test_other_peoples_conversations_are_refused_each_time_and_it_is_logged(
        self, open_: Any, maya: User, company: Company, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "composer.desk.socket.consumers")
        other = await in_thread(place)(company, "his", status="live", agent="liam")
        async with desk(open_, maya) as socket:
            for t, fields in [
                ("follow", {}),
                ("type", {"n": 1, "text": "a"}),
                ("draft", {"text": "a", "revision": 1}),
                ("search", {"n": 1, "term": "a"}),
                ("greeting", {"do": "send"}),
            ]:
                await socket.say(t, conversation=other.pk, **fields)
                assert (await socket.get("error", of=t))["code"] == "not_yours"
                assert (caplog.records[-1].of, caplog.records[-1].code) == (t, "not_yours")
            await socket.send(other, "Hello")
            assert (await socket.get("refused"))["code"] == "not_yours"
            assert (caplog.records[-1].conversation, caplog.records[-1].code) == (other.pk, "not_yours")
        assert await in_thread(Draft.objects.count)() == 0
        assert await in_thread(Message.objects.filter(role="agent").count)() == 0


class TestPresence:
    async def test_who_opens_a_desk_gets_what_waits(self, company: Company, maya: User, open_: Any) -> None:
        waiting = await in_thread(place)(company, "waiting")
        desk = await open_(maya)
        welcome = await desk.hello()
        assert [card["id"] for card in welcome["cards"]] == [waiting.pk]

    async def test_a_desk_is_there_until_it_closes(self, maya: User, open_: Any) -> None:
        assert not await in_thread(DeskConnection.objects.exists)()
        desk = await open_(maya)
        await desk.hello()
        assert await in_thread(DeskConnection.objects.filter(agent__user=maya).count)() == 1
        await desk.communicator.disconnect(timeout=PATIENCE_S)
        assert not await in_thread(DeskConnection.objects.exists)()

    async def test_a_person_without_a_desk_is_not_there(self, company: Company, open_: Any) -> None:
        desk = await open_(await in_thread(hire)(company, "sam", "supervisor"))
        assert await desk.closed() == 4403
        assert not await in_thread(DeskConnection.objects.exists)()
