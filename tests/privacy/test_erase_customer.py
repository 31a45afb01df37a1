"""erase_customer: a customer leaves a mark everywhere, and is nowhere afterwards."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Agent, AuditEntry, Company, Event
from assignments.lifecycle import end_conversation, take
from assignments.models import Assignment
from composer.desk.services.drafts import keep_draft
from composer.desk.services.sending import Outgoing, send_message
from composer.learning.training import train_suggestions
from composer.models import GreetingRun, SuggestionModel
from composer.usage.recording import record_report
from composer.usage.reports import Report
from conversations.models import Conversation, Customer, Message, MessageKind, Resolution
from conversations.selectors import Scope
from conversations.services import authenticate_customer
from privacy.errors import NoSuchCustomerError
from privacy.services import erase_customer
from tests.assignments.conftest import agent_at_desk
from tests.commanding import run
from tests.composer.conftest import browser_of
from tests.factories import make_company, make_conversation, make_credential, make_list, say
from tests.widget.conftest import company_with, start, visitor

pytestmark = [pytest.mark.django_db(transaction=True)]

# In every text that the customer or the agent writes, whatever its case.
MARK = "quillfeather"
OFFER = "e7b2a1c0d3f4455696a7b8c9d0e1f203"


@pytest.fixture(autouse=True)
def models_folder(settings: Any, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path


@pytest.fixture
def company() -> Company:
    company = company_with("billing")
    make_list(company, "Good day to you", "Have a nice day")
    return company


@pytest.fixture
def maya(company: Company) -> Agent:
    return agent_at_desk(company, "maya", queues=["billing"])


def report() -> Report:
    said = f"Hello {MARK}, one moment"
    return Report.model_validate(
        {
            "augmentations": ["AUTOSUGGEST"],
            "figures": {"selected_suggestion_text": said, "selected_suggestions_id": OFFER},
            "events": [{"type": "suggestion-1-inserted", "suggestions_id": OFFER, "query": MARK, "text": said}],
            "offered": [
                {
                    "id": OFFER,
                    "typed": f"Hello {MARK}",
                    "shown_at": 1_800_000_000.5,
                    "replies": [{"text": said, "source": "organic", "key": "", "score": 0.5}],
                }
            ],
        }
    )


def chat(company: Company, maya: Agent) -> Conversation:
    """A chat of the marked customer with all that the desk stores of one."""
    assert maya.user is not None
    by, browser = Actor.user(maya.user), start(company, name=f"Nora {MARK}")
    conversation = visitor(browser).conversation
    assert conversation is not None
    message = {"text": f"My name is {MARK} and my router is dead", "client_id": "c-1", "sent_at": timezone.now()}
    say(conversation, message["text"])
    conversation.metadata.create(name=f"{MARK}_plan", value=f"the {MARK} plan")
    authenticate_customer(
        by=by,
        conversation=conversation,
        customer_external_id=f"{MARK}-11462",
        stream_id=f"stream-{MARK}",
    )
    conversation.refresh_from_db()
    if conversation.status == "waiting":
        take(by=by, agent=maya, conversation=conversation)
    outgoing = Outgoing(f"m-{MARK}", f"Hello {MARK}, one moment", timezone.now(), report=report())
    sent = send_message(by=by, agent=maya, conversation_id=conversation.pk, outgoing=outgoing)
    record_report(sent.pk)
    note = Outgoing("n-1", f"{MARK} sounds angry", timezone.now(), kind=MessageKind.NOTE)
    send_message(by=by, agent=maya, conversation_id=conversation.pk, outgoing=note)
    keep_draft(agent=maya, conversation=conversation, text=f"Dear {MARK}", cursor=3, revision=7)
    greet(conversation)
    return conversation


def greet(conversation: Conversation) -> None:
    now, assignment = timezone.now(), Assignment.objects.get(conversation=conversation, ended_at__isnull=True)
    GreetingRun.objects.create(
        participant=assignment.participant,
        conversation=conversation,
        text=f"Hello {MARK}",
        previewed_at=now,
        due_at=now,
        state="sent",
        ended_at=now,
    )


def by_api(company: Company) -> Conversation:
    """A conversation of the same customer that another system runs."""
    credential = make_credential(company)
    client = Client(headers={"asapp-api-id": credential.credential.api_id, "asapp-api-secret": credential.secret})
    body = {
        "externalId": f"call-{MARK}",
        "agent": {"externalId": "a-1", "name": "Robin"},
        "customer": {"externalId": f"{MARK}-11462", "name": MARK},
        "timestamp": "2026-11-28T10:00:00Z",
    }
    made = client.post("/conversation/v1/conversations", json.dumps(body), content_type="application/json")
    assert made.status_code == 200
    conversation = Conversation.objects.get(pk=made.json()["id"])
    say(conversation, f"It is {MARK} again")
    return conversation


def hits_in_tables() -> Iterator[str]:
    """Columns in which the mark stands, whatever their type."""
    for model in apps.get_models():
        quote = connection.ops.quote_name
        for field in model._meta.concrete_fields:
            with connection.cursor() as cursor:
                column = f"lower(CAST({quote(field.column)} AS text))"
                table = quote(model._meta.db_table)
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} LIKE %s", [f"%{MARK}%"])  # noqa: S608
                (count,) = cursor.fetchone() or (0,)
            if count:
                yield f"{model._meta.label}.{field.name}: {count}"


def hits_in_files(*folders: Path) -> list[str]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if MARK.encode() in path.read_bytes().lower()]


def erase(company: Company) -> Any:
    return erase_customer(
        by=Actor.system(company.pk),
        company=company,
        environment="production",
        external_id=f"{MARK}-11462",
    )


def test_nothing_of_the_customer_is_left(
    company: Company, maya: Agent, models_folder: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat(company, maya)
    by_api(company)
    train_suggestions(Scope(company.pk, "production"), by=Actor.system(company.pk))
    before = {hit.rpartition(":")[0] for hit in hits_in_tables()}
    assert len(before) >= 14, "the mark must be everywhere, or its absence shows nothing"
    assert erase(company).conversations == 2
    # What the customer typed before they were known is theirs, too: the session of the chat named another customer.
    assert list(hits_in_tables()) == []
    folders = [models_folder, Path(settings.DATA_DIR)] if connection.vendor == "postgresql" else [models_folder]
    assert hits_in_files(*folders) == []
    assert MARK not in caplog.text.lower()


def test_what_is_left_is_who_had_it_and_when(company: Company, maya: Agent) -> None:
    conversation = chat(company, maya)
    erase(company)
    conversation.refresh_from_db()
    assert conversation.status == "ended"
    assert conversation.erased_at is not None
    assignment = Assignment.objects.get(conversation=conversation)
    assert (assignment.agent, assignment.end) == (maya, "ended")
    numbers = Event.objects.filter(conversation_id=conversation.pk).order_by("sequence")
    assert list(numbers.values_list("sequence", flat=True)) == list(range(1, conversation.last_sequence + 1))


def test_other_customers_keep_everything(company: Company, maya: Agent) -> None:
    chat(company, maya)
    other = make_conversation(company, "other", customer="other-1", customer_name="Kim")
    say(other, "Hello there")
    stranger = make_conversation(make_company("globex"), customer=f"{MARK}-11462")
    say(stranger, "I have the same id elsewhere")
    erase(company)
    assert list(other.messages.values_list("text", flat=True)) == ["Hello there"]
    assert stranger.messages.count() == 1
    assert Customer.objects.filter(external_id=f"{MARK}-11462").get().company_id == stranger.company_id


def test_a_model_that_learned_from_it_is_replaced_at_the_next_training(company: Company, maya: Agent) -> None:
    chat(company, maya)
    scope, by = Scope(company.pk, "production"), Actor.system(company.pk)
    old = train_suggestions(scope, by=by).model
    erase(company)
    old.refresh_from_db()
    assert old.erased_since is not None
    assert "with conversations that are erased" in run("train_suggestions", "--company", "acme", "--list").out
    out = run("train_suggestions", "--company", "acme", "--environment", "production").out
    assert "1 earlier models with erased conversations are deleted" in out
    assert not SuggestionModel.objects.filter(pk=old.pk).exists()
    new = SuggestionModel.objects.get(status="in_use")
    assert (new.erased_since, new.messages) == (None, 0)


def test_it_may_run_again_and_the_id_may_come_back(company: Company, maya: Agent) -> None:
    chat(company, maya)
    erase(company)
    with pytest.raises(NoSuchCustomerError):
        erase(company)
    fresh = make_conversation(company, "new", customer=f"{MARK}-11462")
    assert fresh.erased_at is None
    assert Message.objects.filter(conversation=fresh).count() == 0


def test_an_ended_conversation_keeps_its_resolution(company: Company, maya: Agent) -> None:
    conversation = chat(company, maya)
    assert maya.user is not None
    end_conversation(
        by=Actor.user(maya.user),
        agent=maya,
        conversation=conversation,
        resolution=Resolution.RESOLVED,
        notes=f"{MARK} was glad",
    )
    erase(company)
    conversation.refresh_from_db()
    assert conversation.resolution == "resolved"
    assert Assignment.objects.get(conversation=conversation).disposition.notes == ""


class TestCommand:
    def test_it_says_what_it_did(self, company: Company, maya: Agent) -> None:
        chat(company, maya)
        said = run("erase_customer", "--company", "acme", f"{MARK}-11462")
        assert said.out.startswith("erased 1 conversations\n")
        assert "  messages: " in said.out

    def test_the_audit_says_it_without_the_id(self, company: Company, maya: Agent) -> None:
        chat(company, maya)
        run("erase_customer", "--company", "acme", f"{MARK}-11462")
        entry = AuditEntry.objects.get(action="customer.erased")
        assert entry.company == company
        assert MARK not in str(entry.__dict__)

    def test_a_customer_of_another_company_or_environment_is_not_there(self, company: Company, maya: Agent) -> None:
        chat(company, maya)
        make_company("globex")
        assert "no such customer" in run("erase_customer", "--company", "globex", f"{MARK}-11462").failed
        wrong = run("erase_customer", "--company", "acme", "--environment", "sandbox", f"{MARK}-11462")
        assert wrong.failed == "acme has no such customer in sandbox; nothing was erased"
        assert "no company 'nobody'" in run("erase_customer", "--company", "nobody", "x").failed


def test_pages_and_the_api_say_that_it_is_gone(company: Company, maya: Agent) -> None:
    conversation = chat(company, maya)
    erase(company)
    assert maya.user is not None
    page = browser_of(maya.user).get(f"/conversations/{conversation.pk}").content.decode()
    assert "The messages of this conversation were erased: Today." in page
    assert MARK not in page.lower()
    credential = make_credential(company)
    client = Client(headers={"asapp-api-id": credential.credential.api_id, "asapp-api-secret": credential.secret})
    assert client.get(f"/conversation/v1/conversations/{conversation.pk}/messages").json() == {"items": []}
    assert MARK not in client.get("/conversation/v1/conversations").content.decode().lower()
