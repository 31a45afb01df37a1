"""A secret does not leak into a row, a hint, a log line, a task, a model, or what an agent is shown.

The tests send one secret to everything that takes text. Then they read every column of every table, all events that
were sent to groups, and the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, Company
from assignments.lifecycle import create_or_update_conversation
from caching.cache import forget_all
from caching.channel_layer import Layer
from composer.desk.display.conversation_panel import details_of
from composer.desk.display.desk_rows import desk_row
from composer.desk.display.participants import participants_of
from composer.desk.display.response_panel import notes_of
from composer.desk.display.transcripts import transcript_of
from composer.desk.services import Outgoing, keep_draft, send_message, start_greeting
from composer.learning import history
from composer.learning.training import train_suggestions
from composer.models import Draft, GreetingRun, OfferedReply, PersonalWord, UsageReport
from composer.suggestions import contexts
from composer.suggestions.agent_history import agent_histories
from composer.suggestions.personal_words import add_word
from composer.usage.events import record_composer_event
from composer.usage.reports import Report
from composer.usage.tasks import record_usage
from conversations.events import row_of
from conversations.history import History, PastConversation, PastMessage
from conversations.models import Conversation, Message, MessageKind, Participant
from conversations.selectors import Scope, with_unanswered_since
from conversations.services import Party
from safety.models import RedactionRule
from safety.selectors import Audience, redactor_for
from tests.api.conftest import Caller
from tests.composer.conftest import browser_of, hire, place
from tests.configuring import set_greetings_of
from tests.factories import MOMENT, make_credential, make_list, say

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"
PLAIN = "4111111111111111"
SAID = f"My card is {CARD}, thank you"
MASKED = "My card is [CARD], thank you"
OFFER = "e7b2a1c0d3f4455696a7b8c9d0e1f203"
API = "/autocompose/v1"


@pytest.fixture
def sent_events(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """All events that are sent to groups."""
    events: list[Mapping[str, Any]] = []
    monkeypatch.setattr(Layer, "publish_in", lambda _layer, _pipeline, _group, message: events.append(message))
    return events


def rows_with(*secrets: str) -> list[str]:
    """Return the tables and columns that hold one of these texts."""
    return [
        f"{model._meta.label}.{name}"
        for model in apps.get_models()
        for row in model._default_manager.values()
        for name, value in row.items()
        if any(secret in str(value) for secret in secrets)
    ]


def report() -> Report:
    figures = {"selected_suggestion_text": SAID, "selected_suggestion_index": 1}
    action = {"type": "custom-response-drawer-inserted", "suggestions_id": OFFER, "query": CARD, "text": SAID}
    reply = {"text": SAID, "source": "global"}
    offered = {"id": OFFER, "typed": SAID, "shown_at": 1_800_000_000.0, "replies": [reply]}
    return Report.model_validate(
        {"augmentations": ["AUTOSUGGEST"], "figures": figures, "events": [action], "offered": [offered]}
    )


def test_no_secret_that_the_api_takes_is_stored(
    company: Company,
    sent_events: list[Mapping[str, Any]],
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    make_list(company, "Thank you")
    caller = Caller(make_credential(company), django_capture_on_commit_callbacks)
    caplog.set_level(logging.DEBUG)
    sender = {"role": "customer", "externalId": "11462"}
    message = {"text": SAID, "sender": sender, "timestamp": "2021-11-23T12:13:14.55Z"}
    who = {"externalId": "11462", "name": f"Jo {CARD}"}
    body = {"externalId": "1", "customer": who, "agent": {"externalId": "671"}, "timestamp": message["timestamp"]}
    id_ = caller.post("/conversation/v1/conversations", body).json()["id"]
    talk = f"/conversation/v1/conversations/{id_}"
    said = caller.post(f"{talk}/messages", message).json()["id"]
    caller.post(f"{talk}/messages/batch", {"messages": [{**message, "text": f"{SAID} again"}]})
    riding = {"query": SAID, "message": {**message, "text": f"{SAID} too"}}
    assert caller.post(f"{API}/conversations/{id_}/suggestions", riding).status_code == 200
    sent = {
        "conversationId": id_,
        "messageId": said,
        "augmentationType": ["AUTOSUGGEST"],
        "selectedSuggestionText": SAID,
    }
    assert caller.post(f"{API}/analytics/message-sent", sent).status_code == 200
    drawer = {"query": CARD, "text": SAID}
    action = {
        "type": "custom-response-drawer-inserted", "suggestionsId": OFFER, "customResponseDrawerInserted": drawer
    }  # fmt: skip
    assert caller.post(f"{API}/conversations/{id_}/message-analytic-events", action).status_code == 200
    # Refused requests too: an error message does not repeat the body.
    caller.post(f"{talk}/messages", {**message, "text": SAID, "sender": {"role": SAID, "externalId": "1"}})
    caller.post(f"{API}/spellcheck/correction", {"text": SAID, "typingEvent": SAID})
    caller.post(f"{API}/profanity/evaluation", {"text": SAID})
    assert Message.objects.count() == 3
    assert rows_with(CARD, PLAIN) == []
    assert len(sent_events) >= 3
    assert CARD not in str(sent_events)
    assert CARD not in caplog.text
    assert not [record for record in caplog.records if CARD in str(record.__dict__)]
    answers = [caller.get(f"{talk}/messages").content, caller.get(talk).content]
    assert all(CARD.encode() not in answer for answer in answers)
    assert answers[0].count(b"[CARD]") == 3


@pytest.fixture
def conversation(company: Company) -> Conversation:
    make_list(company, "Hello {NAME}, how can I help?")
    maya = hire(company, "maya", queues=["billing"])
    return place(
        company, "one", status="live", agent=maya.username, customer=f"Jo {CARD}", lines=[("customer", SAID, 1)]
    )


@pytest.fixture
def agent(conversation: Conversation) -> Agent:
    return Agent.objects.get(company=conversation.company, environment="production")


def test_no_secret_that_a_desk_takes_is_stored(
    conversation: Conversation,
    agent: Agent,
    sent_events: list[Mapping[str, Any]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    set_greetings_of(conversation.company, enabled=True, named_text=f"Hello, {CARD}")
    by = Actor.system(conversation.company_id)
    now = Message.objects.get().sent_at
    start_greeting(conversation=conversation)
    set_greetings_of(conversation.company, named_text="Hello")  # the company's own words are not redacted
    draft = keep_draft(agent=agent, conversation=conversation, text=f"😀 {SAID}", cursor=31, revision=1)
    assert (draft.text, draft.cursor) == (f"😀 {MASKED}", 31)
    assert add_word(agent=agent, word=PLAIN) is False
    assert add_word(agent=agent, word="jo@example.com") is False
    with django_capture_on_commit_callbacks(execute=True):
        for kind in (MessageKind.NOTE, MessageKind.CHAT):
            outgoing = Outgoing(f"client-{kind}", SAID, now, report=report() if kind == "chat" else None, kind=kind)
            sent = send_message(by=by, agent=agent, conversation_id=conversation.pk, outgoing=outgoing)
    assert rows_with(CARD, PLAIN) == []
    payload = UsageReport.objects.get().payload
    assert payload["offered"][0]["typed"] == MASKED
    assert CARD not in str(payload)
    record_usage([sent.pk])
    record_composer_event(
        conversation=conversation, type_="global-panel-inserted", suggestions_id=OFFER, query=CARD, text=SAID
    )
    assert rows_with(CARD, PLAIN) == []
    assert OfferedReply.objects.get().text == MASKED
    assert GreetingRun.objects.get().text == "Hello, [CARD]"
    assert Draft.objects.get().text.startswith("😀 My card is [CARD]")
    assert not PersonalWord.objects.exists()
    assert Participant.objects.get(role="customer").name == "Jo [CARD]"
    assert str(sent_events).count("[CARD]") >= 2
    assert CARD not in str(sent_events)


def test_the_cursor_stays_inside_a_draft_that_got_shorter(conversation: Conversation, agent: Agent) -> None:
    draft = keep_draft(agent=agent, conversation=conversation, text=SAID, cursor=len(SAID), revision=1)
    assert draft.cursor == len(MASKED)


def with_unanswered(conversation: Conversation) -> Conversation:
    return with_unanswered_since(Conversation.objects.filter(pk=conversation.pk)).get()


def unredacted(company: Company, text: str, after: int = 0) -> Message:
    """Store a message as it was stored before the company had rules."""
    rules = RedactionRule.objects.filter(company=company)
    removed = list(rules)
    rules.delete()
    conversation = Conversation.objects.filter(company=company).order_by("pk").first()
    assert conversation is not None
    row = Message.objects.get(pk=say(conversation, text, role="agent", after=after))
    RedactionRule.objects.bulk_create(removed)
    return row


@pytest.mark.one_engine
class TestRulesNewerThanTheText:
    """A rule that is newer than a stored text applies to what is read, shown and learned of it."""

    def test_agents_do_not_see_it(self, conversation: Conversation) -> None:
        row = unredacted(conversation.company, SAID)
        assert row.text == SAID
        client = browser_of(hire(conversation.company, "sam", "supervisor"))
        for path in ("/?tab=live", f"/conversations/{conversation.pk}"):
            page = client.get(path, follow=True)
            assert page.status_code == 200
            assert CARD not in page.content.decode()
        lines = transcript_of(conversation, participants_of(conversation, hire(conversation.company, "tom"))).lines
        assert [line.text for line in lines] == [MASKED, MASKED]

    def test_notes_and_earlier_conversations_do_not_show_it(self, conversation: Conversation) -> None:
        row = unredacted(conversation.company, SAID)
        Message.objects.filter(pk=row.pk).update(kind=MessageKind.NOTE)
        assert [note.text for note in notes_of(conversation)] == [MASKED]
        later = place(
            conversation.company, "two", status="live", customer_id="customer-of-one", now=timezone.now() + timedelta(1)
        )
        Message.objects.filter(conversation=conversation).update(text=SAID, kind=MessageKind.CHAT, role="customer")
        sam = hire(conversation.company, "sam", "supervisor")
        shown = details_of(with_unanswered(later), participants_of(later, sam), reader=sam)
        assert [earlier.opening for earlier in shown.earlier] == [MASKED]

    def test_the_desk_s_rows_do_not_carry_it(self, conversation: Conversation) -> None:
        row = row_of(unredacted(conversation.company, SAID))
        sees = redactor_for(conversation.company_id, "production", Audience.AGENT)
        message = desk_row(row, sees, me="maya", customer="Nora")["message"]
        assert message is not None
        assert message["text"] == MASKED
        assert row["message"] is not None
        assert row["message"]["text"] == SAID  # the hint is the same for all sockets, so it is not redacted

    def test_suggestions_do_not_see_it(self, conversation: Conversation, agent: Agent) -> None:
        unredacted(conversation.company, SAID)
        Message.objects.update(sender_external_id=agent.external_id, role="agent")
        forget_all()
        assert CARD not in str(agent_histories.get(agent))
        context = contexts.context_for(Scope(conversation.company_id, "production"), conversation.pk)
        assert context is not None
        assert CARD not in str([offer.text for offer in context.session.suggest("My card is").replies])

    def test_nothing_is_learned_from_it(self, conversation: Conversation, settings: Any, tmp_path: Path) -> None:
        settings.MODELS_DIR = tmp_path
        scope = Scope(conversation.company_id, "production")
        for number in range(5):
            unredacted(conversation.company, f"{SAID} {'please ' * number}", after=number)
        read = list(history.read(scope, history.spoken_conversations(scope)))
        assert CARD not in str(read)
        assert MASKED in str(read)
        train_suggestions(scope, by=Actor.system(conversation.company_id))
        for path in tmp_path.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert CARD.encode() not in data
                assert PLAIN.encode() not in data


def test_imported_history_is_redacted_in_text_and_names(company: Company) -> None:
    message = PastMessage("customer", "k1", SAID, MOMENT)
    past = PastConversation("p", [message, PastMessage("agent", "a1", f"{SAID}?", MOMENT + timedelta(seconds=1))],
                            customer=Party("k1", f"Jo {CARD}"), agent=Party("a1", "Robin"))  # fmt: skip
    History(Actor.system(company.pk), Scope(company.pk, "production"), with_events=True).write([past])
    assert rows_with(CARD, PLAIN) == []


def test_a_name_that_comes_later_is_redacted_too(conversation: Conversation) -> None:
    create_or_update_conversation(
        by=Actor.system(conversation.company_id),
        scope=Scope(conversation.company_id, "production"),
        external_id=conversation.external_id,
        customer=Party("customer-of-one", "078-05-1120 Jo"),
        started_at=MOMENT,
    )
    assert Participant.objects.get(role="customer").name == "[SSN] Jo"
