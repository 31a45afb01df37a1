"""GET /conversations/<id>: one conversation, to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actors import Actor
from accounts.models import Company, User
from composer.desk.display.transcripts import MESSAGES_PER_PAGE
from conversations.models import Conversation
from conversations.services import NewMessage, add_messages, authenticate_customer
from tests.composer.conftest import browser_of, hire, place

ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def path(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}"


def note(conversation: Conversation, text: str, *, kind: str, sender: str) -> None:
    message = NewMessage(role="agent", sender=sender, text=text, sent_at=timezone.now(), kind=kind)
    add_messages(by=Actor.system(conversation.company_id), conversation=conversation, messages=[message])


def test_it_shows_the_transcript_in_order(company: Company, maya: User) -> None:
    found = place(
        company,
        "one",
        status="live",
        agent="maya",
        lines=[("system", "Welcome", 9), ("customer", "My bill <is> wrong", 8), ("agent", "Let me look", 7)],
    )
    page = browser_of(maya).get(path(found))
    assert page.status_code == 200
    html = page.content.decode()
    assert 'role="log" aria-label="Transcript"' in html
    lines = page.context["transcript"].lines
    assert [(line.side, line.speaker, line.text) for line in lines] == [
        ("system", "System", "Welcome"),
        ("customer", "Nora Fitzgerald", "My bill <is> wrong"),
        ("agent", "You", "Let me look"),
    ]
    assert "My bill &lt;is&gt; wrong" in html
    assert f'id="message-{lines[0].id}"' in html


def test_days_are_marked_in_the_companys_time_zone(company: Company, maya: User) -> None:
    company.time_zone = "America/New_York"
    company.save(update_fields=["time_zone"])
    # 23:30 on the 4th and 00:10 on the 5th in New York; both on the 5th in UTC.
    first = datetime(2024, 3, 5, 4, 30, tzinfo=UTC)
    found = place(
        company, "one", lines=[("customer", "late", 40), ("customer", "later", 0)], now=first + timedelta(minutes=40)
    )
    page = browser_of(maya).get(path(found))
    assert [line.day for line in page.context["transcript"].lines] == ["Monday 4 March 2024", "Tuesday 5 March 2024"]
    html = page.content.decode()
    assert "23:30</time>" in html
    assert "Times are America/New_York." in html


def test_today_and_yesterday_are_called_so(company: Company, maya: User) -> None:
    noon = timezone.now().replace(hour=12)
    found = place(
        company, "one", lines=[("customer", "a", 24 * 60), ("customer", "b", 0), ("customer", "c", 0)], now=noon
    )
    lines = browser_of(maya).get(path(found)).context["transcript"].lines
    assert [line.day for line in lines] == ["Yesterday", "Today", ""]
    assert [line.continues for line in lines] == [False, False, True]


def test_staff_see_notes_and_who_left_them(company: Company, maya: User) -> None:
    hire(company, "sam", "supervisor", "agent", full_name="Sam Quinn")
    found = place(company, "one", status="live", agent="maya")
    note(found, "Offer the loyalty plan", kind="whisper", sender="sam")
    note(found, "Called twice", kind="note", sender="maya")
    page = browser_of(maya).get(path(found))
    lines = page.context["transcript"].lines[1:]
    assert [(line.side, line.staff_only, line.speaker) for line in lines] == [
        ("staff", "Whisper", "Sam Quinn"),
        ("staff", "Note", "You"),
    ]
    assert "Whisper, only staff see it" in page.content.decode()


def test_a_long_conversation_opens_at_its_end(company: Company, maya: User) -> None:
    total = MESSAGES_PER_PAGE + 10
    found = place(company, "one", lines=[("customer", f"line {number}", total - number) for number in range(total)])
    browser = browser_of(maya)
    latest = browser.get(path(found)).context["transcript"]
    assert [latest.lines[0].text, latest.lines[-1].text] == ["line 10", f"line {total - 1}"]
    page = browser.get(f"{path(found)}?before={latest.earlier}")
    earlier = page.context["transcript"]
    assert [line.text for line in earlier.lines] == [f"line {number}" for number in range(10)]
    assert earlier.earlier is None
    assert "Latest messages" in page.content.decode()


def test_what_came_late_stands_where_it_was_said(company: Company, maya: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composer.desk.display.transcripts.MESSAGES_PER_PAGE", 2)
    found = place(
        company, "one", lines=[("customer", "b", 2), ("customer", "a", 3), ("agent", "d", 0), ("agent", "c", 1)]
    )
    browser = browser_of(maya)
    latest = browser.get(path(found)).context["transcript"]
    assert [line.text for line in latest.lines] == ["c", "d"]
    earlier = browser.get(f"{path(found)}?before={latest.earlier}").context["transcript"]
    assert [line.text for line in earlier.lines] == ["a", "b"]
    assert earlier.earlier is None


@pytest.mark.parametrize("before", ["99", "x", "-1", "", "99999999999999999999", "²", "%00"])
def test_a_place_that_makes_no_sense_shows_the_end(company: Company, maya: User, before: str) -> None:
    found = place(company, "one")
    page = browser_of(maya).get(f"{path(found)}?before={before}")
    assert page.status_code == 200
    assert [line.text for line in page.context["transcript"].lines] == ["My bill is wrong"]


def test_the_facts_are_beside_it(company: Company, maya: User) -> None:
    found = place(
        company,
        "chat-77",
        status="live",
        agent="maya",
        customer_id="cust-1",
        channel="ios",
        metadata={"PLAN_NAME": "Fiber <500>", "note": ""},
        lines=[("customer", "hello", 12)],
    )
    authenticate_customer(by=Actor.system(company.pk), conversation=found, customer_external_id="cust-1")
    page = browser_of(maya).get(path(found))
    html = page.content.decode()
    for part in ("cust-1", "chat-77", "Fiber &lt;500&gt;", "PLAN_NAME", "iOS", "Billing", "Maya Byrne", "Signed in"):
        assert part in html
    facts = page.context["details"].summary
    assert (facts.wait, facts.is_too_long, facts.status_label) == ("12 min", True, "Live")


def test_an_ended_conversation_says_how(company: Company, maya: User) -> None:
    found = place(company, "one", status="ended", agent="maya", resolution="resolved")
    html = browser_of(maya).get(path(found)).content.decode()
    assert "· Resolved" in html
    assert "Customer waits" not in html


def test_earlier_conversations_of_the_customer_that_the_reader_may_see(
    company: Company, stranger: Company, maya: User, sam: User
) -> None:
    found = place(company, "now", customer_id="c1", lines=[("customer", "again", 1)])
    place(company, "before", customer_id="c1", status="ended", lines=[("customer", "first time", 900)])
    place(company, "mobile", customer_id="c1", status="ended", queue="mobile", lines=[("customer", "sim card", 800)])
    place(company, "later", customer_id="c1", lines=[("customer", "not earlier", 0)])
    place(company, "else", customer_id="c2", status="ended", lines=[("customer", "somebody else", 700)])
    place(company, "box", customer_id="c1", status="ended", environment="sandbox", lines=[("customer", "trial", 700)])
    place(stranger, "theirs", customer_id="c1", status="ended", lines=[("customer", "another company", 700)])
    seen = {user: browser_of(user).get(path(found)).context["details"].earlier for user in (maya, sam)}
    assert [row.opening for row in seen[maya]] == ["first time"]
    assert [row.opening for row in seen[sam]] == ["sim card", "first time"]


def test_a_conversation_without_customer_or_messages_is_shown(company: Company, maya: User) -> None:
    found = place(company, "one", customer=None)
    found.messages.all().delete()
    page = browser_of(maya).get(path(found))
    html = page.content.decode()
    assert "Visitor" in html
    assert "No messages yet." in html


def test_anonymous_people_sign_in_first(client: Client, company: Company) -> None:
    found = place(company, "one")
    assert client.get(path(found)).url == f"/sign-in?next=/conversations/{found.pk}"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(company: Company, maya: User, method: str) -> None:
    found = place(company, "one")
    assert browser_of(maya).generic(method, path(found)).status_code == 405


def test_what_one_may_not_see_looks_like_what_is_not_there(company: Company, stranger: Company, maya: User) -> None:
    browser = browser_of(maya)
    hidden = [
        path(place(company, "other-queue", queue="mobile")),
        path(place(company, "sandbox", environment="sandbox", status="live", agent="maya")),
        path(place(stranger, "theirs")),
        f"/conversations/{ULID}",
    ]
    pages = [browser.get(address) for address in hidden]
    assert [page.status_code for page in pages] == [404] * 4
    bodies = {page.content.split(b"<main")[1] for page in pages}
    assert len(bodies) == 1
    assert b"There is nothing at this address" in bodies.pop()


def test_supervisors_see_every_queue_but_no_other_company(company: Company, stranger: Company, sam: User) -> None:
    browser = browser_of(sam)
    assert browser.get(path(place(company, "one", queue="mobile"))).status_code == 200
    assert browser.get(path(place(stranger, "two"))).status_code == 404


def test_who_had_it_may_look_back(company: Company, maya: User) -> None:
    found = place(company, "one", queue="mobile", status="live", agent="maya")
    found.participants.filter(role="agent").update(left_at=timezone.now())
    assert browser_of(maya).get(path(found)).status_code == 200


def test_developers_are_refused(company: Company, dana: User) -> None:
    found = place(company, "one", status="live", agent="dana")
    page = browser_of(dana).get(path(found))
    assert page.status_code == 403
    assert "Your role does not open this page" in page.content.decode()


@pytest.mark.parametrize("id_", ["1", ULID.lower(), ULID[:-1], ULID + "X", "%00" * 26, "../"])
def test_a_bad_id_is_not_found(maya: User, id_: str) -> None:
    assert browser_of(maya).get(f"/conversations/{id_}").status_code == 404


def test_the_number_of_queries_does_not_grow(
    company: Company, maya: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    found = place(company, "one", status="live", agent="maya", customer_id="c1", lines=[("customer", "a", 1)])
    browser = browser_of(maya)
    # Session, person, company, roles; conversation, people, proof, earlier ones, metadata, messages.
    with django_assert_num_queries(12):
        browser.get(path(found))
    for number in range(8):
        place(company, f"old-{number}", customer_id="c1", status="ended", agent="maya", lines=[("customer", "b", 99)])
        note(found, f"note {number}", kind="note", sender=f"guest-{number}")
    # Two more: for the people of earlier conversations, and for those who only left notes.
    with django_assert_num_queries(14):
        page = browser.get(path(found))
    assert len(page.context["transcript"].lines) == 9
    assert page.context["details"].has_more_earlier
