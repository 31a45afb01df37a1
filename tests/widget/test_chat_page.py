"""/chat/<company>: the form, and the conversation after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.test import Client
from django.utils import timezone

from accounts.models import Company
from conversations.models import Channel, Conversation, Status
from tests.widget.conftest import company_with, digest_of, end, start, visitor
from widget import limits
from widget.cookies import COOKIE
from widget.models import Visitor
from widget.services import forget_visitor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def test_anybody_sees_the_form(client: Client) -> None:
    page = client.get("/chat/acme")
    assert page.status_code == 200
    assert "How can we help?" in page.content.decode()
    assert not Visitor.objects.exists()  # looking at the page starts no session


def test_the_form_starts_a_conversation_that_waits_in_its_queue(company: Company) -> None:
    browser = start(company, queue="internet", name="Nora Fitzgerald")
    conversation = Conversation.objects.get()
    assert (conversation.channel, conversation.status) == (Channel.WEB, Status.WAITING)
    assert conversation.queue is not None
    assert conversation.queue.name == "internet"
    assert conversation.participants.get().name == "Nora Fitzgerald"
    page = browser.get("/chat/acme").content.decode()
    assert f'data-conversation="{conversation.pk}"' in page


def test_the_same_browser_comes_back_to_its_conversation(company: Company) -> None:
    browser = start(company)
    conversation = Conversation.objects.get()
    start(company, browser)
    assert Conversation.objects.get() == conversation
    assert visitor(browser).conversation == conversation


PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)


def test_agents_see_from_which_page_and_device_a_customer_writes() -> None:
    browser = Client(headers={"User-Agent": PHONE})
    secret = "https://nora:pass@shop.example:8443/basket/nora@example.com?token=abc#step-2"
    page = browser.get("/chat/acme", headers={"Referer": secret}).content.decode()
    assert '<input type="hidden" name="page" value="https://shop.example:8443/basket/nora@example.com"' in page
    for word in ("token", "pass", "step-2"):
        assert word not in page.split('name="page"')[1].split(">")[0]
    browser.post("/chat/acme", {"queue": "billing", "page": "https://shop.example/basket?token=abc"})
    known = dict(Conversation.objects.get().metadata.values_list("name", "value"))
    assert known == {"page": "https://shop.example/basket", "device": "Mobile Safari on iPhone"}


@pytest.mark.parametrize(
    "page",
    [
        "",
        "javascript:alert(1)",
        "http://testserver/chat/acme",
        "https://[::1",
        "https://shop.example:99999999/",
        "https://shop.example/" + "x" * 500,
    ],
)
def test_what_is_not_a_web_page_is_left_out(client: Client, page: str) -> None:
    client.get("/chat/acme")
    assert client.post("/chat/acme", {"queue": "billing", "page": page}).status_code == 303
    assert not Conversation.objects.get().metadata.exists()


def test_the_page_is_stored_redacted(client: Client) -> None:
    client.get("/chat/acme")
    client.post("/chat/acme", {"queue": "billing", "page": "https://shop.example/card/4111111111111111"})
    assert "4111" not in Conversation.objects.get().metadata.get(name="page").value


def test_the_send_button_does_nothing_before_the_script_has_loaded(company: Company) -> None:
    """The form has no address: a submit button would reload the page and lose the text."""
    page = start(company).get("/chat/acme").content.decode()
    assert '<button class="compose__send" type="button"' in page


def test_a_form_sent_twice_starts_one_conversation(client: Client) -> None:
    """Both requests carry the cookie that the page set, whose token had no owner yet."""
    client.get("/chat/acme")
    shown = client.cookies[COOKIE].value
    given = set()
    for _ in range(2):
        client.cookies[COOKIE] = shown
        assert client.post("/chat/acme", {"queue": "billing"}).status_code == 303
        given.add(digest_of(client.cookies[COOKIE].value))
    assert [visitor.token_digest for visitor in Visitor.objects.all()] == list(given)
    assert digest_of(shown) not in given
    assert Conversation.objects.count() == 1


def test_one_address_does_not_fill_the_queues(
    client: Client, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_STARTS", 1)
    start(company)
    client.get("/chat/acme")
    refused = client.post("/chat/acme", {"queue": "billing", "name": "Nora"})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= limits.STARTS_WINDOW_S
    page = refused.content.decode()
    assert "Too many chats were started from your network" in page
    assert 'value="Nora"' in page
    assert Conversation.objects.count() == 1
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    elsewhere.get("/chat/acme")
    assert elsewhere.post("/chat/acme", {"queue": "billing"}).status_code == 303


def test_chats_start_while_redis_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "sync_client", lambda: redis.Redis(port=1))
    client.get("/chat/acme")
    assert client.post("/chat/acme", {"queue": "billing"}).status_code == 303


def test_after_the_end_the_same_customer_can_start_another_chat(company: Company) -> None:
    browser = start(company)
    first = visitor(browser).conversation
    end(first)
    assert "Start a new conversation" in browser.get("/chat/acme").content.decode()
    start(company, browser)
    second = visitor(browser).conversation
    assert second != first
    assert {row.participants.get().customer_id for row in (first, second)} == {visitor(browser).customer_id}


def test_two_browsers_are_two_customers(company: Company) -> None:
    assert visitor(start(company)).customer != visitor(start(company)).customer


def test_the_cookie_is_sent_to_this_company_only_and_scripts_cannot_read_it(client: Client) -> None:
    client.get("/chat/acme")
    cookie = client.cookies[COOKIE]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/chat/acme")


def test_one_companys_visitor_is_a_stranger_to_another(company: Company) -> None:
    company_with("billing", slug="globex")
    browser = start(company)
    page = browser.get("/chat/globex", headers={"Cookie": f"{COOKIE}={browser.cookies[COOKIE].value}"})
    assert "How can we help?" in page.content.decode()
    assert Conversation.objects.get().pk not in page.content.decode()


def test_an_expired_visitor_starts_again_and_does_not_see_the_old_conversation(company: Company) -> None:
    browser = start(company)
    conversation = Conversation.objects.get()
    Visitor.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    page = browser.get("/chat/acme").content.decode()
    assert "How can we help?" in page
    assert conversation.pk not in page
    start(company, browser)
    assert visitor(browser).conversation != conversation


def test_a_forgotten_visitor_starts_again(company: Company) -> None:
    browser = start(company)
    forget_visitor(visitor=visitor(browser))
    before = browser.cookies[COOKIE].value
    assert "How can we help?" in browser.get("/chat/acme").content.decode()
    assert browser.cookies[COOKIE].value != before


@pytest.mark.parametrize("cookie", ["made-up", "a:b:c", "%00", "x" * 5000])
def test_a_forged_cookie_is_no_visitor(client: Client, cookie: str) -> None:
    client.cookies[COOKIE] = cookie
    page = client.get("/chat/acme")
    assert (page.status_code, "How can we help?" in page.content.decode()) == (200, True)


def test_a_form_without_its_cookie_is_shown_again(client: Client) -> None:
    page = client.post("/chat/acme", {"queue": "billing"})
    assert page.status_code == 422
    assert "did not save a cookie" in page.content.decode()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "Choose what it is about."),
        ({"queue": "nonsense"}, "Choose one of the topics listed."),
        ({"queue": "billing", "name": "x" * 81}, "Use at most 80 letters."),
        ({"queue": "billing", "name": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_bad_input_gets_a_reason(client: Client, fields: dict[str, str], reason: str) -> None:
    client.get("/chat/acme")
    page = client.post("/chat/acme", fields)
    assert (page.status_code, reason in page.content.decode()) == (422, True)
    assert not Conversation.objects.exists()


def test_a_page_for_one_queue_does_not_ask_for_a_queue(client: Client) -> None:
    assert 'name="queue"' not in client.get("/chat/acme?queue=Internet").content.decode()
    client.post("/chat/acme?queue=Internet", {})
    conversation = Conversation.objects.get()
    assert conversation.queue is not None
    assert conversation.queue.name == "internet"


def test_an_unknown_queue_in_the_address_is_ignored(client: Client) -> None:
    assert 'name="queue"' in client.get("/chat/acme?queue=nonsense").content.decode()


def test_another_companys_queue_cannot_be_chosen(client: Client) -> None:
    company_with("vip", slug="globex")
    client.get("/chat/acme")
    assert client.post("/chat/acme?queue=vip", {"queue": "vip"}).status_code == 422


def test_a_company_without_queues_says_so(client: Client) -> None:
    company_with(slug="new")
    page = client.get("/chat/new")
    assert (page.status_code, "Nobody answers here yet" in page.content.decode()) == (404, True)


def test_an_unknown_company_has_no_chat(client: Client) -> None:
    assert client.get("/chat/nobody").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.generic(method, "/chat/acme").status_code == 405


def test_a_form_from_elsewhere_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/chat/acme")
    assert browser.post("/chat/acme", {"queue": "billing"}).status_code == 403


def test_the_page_is_not_cached_framed_or_open_to_foreign_scripts(client: Client) -> None:
    page = client.get("/chat/acme")
    assert "no-store" in page["Cache-Control"]
    assert page["X-Frame-Options"] == "DENY"
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]


def test_a_visit_prolongs_the_session(company: Company) -> None:
    browser = start(company)
    Visitor.objects.update(expires_at=timezone.now() + timedelta(days=3))
    browser.get("/chat/acme")
    assert visitor(browser).expires_at > timezone.now() + timedelta(days=29)


def test_the_customer_may_end_it(company: Company) -> None:
    browser = start(company)
    response = browser.post("/chat/acme/end")
    assert (response.status_code, response["Location"]) == (303, "/chat/acme")
    assert Conversation.objects.get().status == Status.ENDED
    assert browser.get("/chat/acme/end").status_code == 405


def test_nobody_can_end_another_visitors_chat(company: Company) -> None:
    start(company)
    stranger = Client()
    for path in ("/chat/acme/end", "/chat/nobody/end"):
        assert stranger.post(path).status_code == 303
    assert Conversation.objects.get().status == Status.WAITING


def test_a_visitor_of_another_company_has_to_fill_in_the_form(company: Company) -> None:
    company_with("billing", slug="globex")
    browser = start(company)
    cookie = browser.cookies[COOKIE].value
    page = Client().post("/chat/globex", {"queue": "billing"}, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert page.status_code == 422
    assert page.cookies[COOKIE].value != cookie
    assert Visitor.objects.count() == 1


@pytest.mark.usefixtures("company")
class TestPlantedCookies:
    def test_a_chat_starts_with_a_token_that_nobody_else_knows(self) -> None:
        stranger = Client(REMOTE_ADDR="192.0.2.66")
        stranger.get("/chat/acme")
        planted = stranger.cookies[COOKIE].value
        victim = Client()
        victim.cookies[COOKIE] = planted
        assert victim.post("/chat/acme", {"name": "Nora", "queue": "billing"}).status_code == 303
        assert victim.cookies[COOKIE].value != planted
        assert Conversation.objects.get().pk in victim.get("/chat/acme").content.decode()
        assert "How can we help?" in stranger.get("/chat/acme").content.decode()

    def test_behind_tls_no_other_host_can_plant_a_cookie(self, settings) -> None:
        settings.SESSION_COOKIE_SECURE = True
        browser = Client()
        browser.get("/chat/acme")
        cookie = browser.cookies["__Host-chat-acme"]
        assert (cookie["path"], cookie["domain"], bool(cookie["secure"])) == ("/", "", True)
        assert browser.post("/chat/acme", {"name": "Nora", "queue": "billing"}).status_code == 303
        assert Conversation.objects.get().pk in browser.get("/chat/acme").content.decode()


def test_a_shared_device_can_forget_the_chat(company: Company) -> None:
    browser = start(company)
    conversation = Conversation.objects.get()
    assert "/chat/acme/forget" in browser.get("/chat/acme").content.decode()
    assert browser.post("/chat/acme/forget").status_code == 303
    conversation.refresh_from_db()
    assert conversation.status == "ended"
    assert not Visitor.objects.exists()
    page = browser.get("/chat/acme").content.decode()
    assert "How can we help?" in page
    assert "Nora" not in page
    assert browser.post("/chat/acme/forget").status_code == 303, "harmless a second time"
