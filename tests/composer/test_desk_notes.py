"""GET /desk/conversations/<id>/notes: what staff wrote for each other."""

from __future__ import annotations

from accounts.actors import Actor
from accounts.models import Company, User
from assignments.lifecycle import create_or_update_conversation
from conversations.models import Conversation
from conversations.selectors import Scope
from conversations.services import Party
from tests.composer.conftest import browser_of, hire
from tests.composer.desk_gate import Gated, desk_path
from tests.composer.test_transcript_page import note


def transfer(conversation: Conversation, agent: str) -> None:
    create_or_update_conversation(
        by=Actor.system(conversation.company_id),
        scope=Scope(conversation.company_id, "production"),
        external_id=conversation.external_id,
        customer=Party("customer-of-talk"),
        started_at=conversation.started_at,
        agent=Party(agent),
    )


class TestGate(Gated):
    rest = "notes"


def test_they_stand_newest_first_with_their_authors(company: Company, maya: User, talk: Conversation) -> None:
    hire(company, "tom", full_name="Tom Okafor")
    for agent in ("tom", "maya"):
        transfer(talk, agent)
    note(talk, "Wants <money> back", kind="note", sender="maya")
    note(talk, "Check the invoice", kind="note", sender="tom")
    note(talk, "Be quick", kind="whisper", sender="tom")
    page = browser_of(maya).get(desk_path(talk, "notes"))
    assert page.status_code == 200
    assert [(author, row.text) for author, row, _ in page.context["notes"]] == [
        ("Tom Okafor", "Check the invoice"),
        ("You", "Wants <money> back"),
    ]
    html = page.content.decode()
    assert "Wants &lt;money&gt; back" in html
    assert "Be quick" not in html
    assert "My bill is wrong" not in html
    assert "no-store" in page["Cache-Control"]


def test_a_supervisor_who_only_left_a_note_has_a_name(company: Company, maya: User, talk: Conversation) -> None:
    hire(company, "sam", "agent", "supervisor", full_name="Sam Quinn")
    note(talk, "Well done", kind="note", sender="sam")
    page = browser_of(maya).get(desk_path(talk, "notes"))
    assert [author for author, *_ in page.context["notes"]] == ["Sam Quinn"]


def test_without_any_it_says_so(maya: User, talk: Conversation) -> None:
    html = browser_of(maya).get(desk_path(talk, "notes")).content.decode()
    assert "No notes yet." in html
    assert 'name="note"' in html
