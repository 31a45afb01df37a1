"""GET /desk/conversations/<id>/customer: who the customer is, and earlier conversations."""

from __future__ import annotations

import pytest

from accounts.models import Company, User
from composer.desk.display.labels import metadata_label
from conversations.models import Conversation
from tests.composer.conftest import browser_of, place
from tests.composer.desk_gate import Gated, desk_path


class TestGate(Gated):
    rest = "customer"


def test_it_shows_facts_and_earlier_conversations(company: Company, maya: User) -> None:
    place(company, "past", status="ended", customer_id="c1", resolution="resolved", lines=[("customer", "Old", 900)])
    place(company, "others", status="ended", customer_id="c2", lines=[("customer", "Not hers", 900)])
    metadata = {"PLAN": "<gold>"}
    found = place(company, "now", status="live", agent="maya", customer_id="c1", metadata=metadata)
    page = browser_of(maya).get(desk_path(found, "customer"))
    assert page.status_code == 200
    html = page.content.decode()
    assert "<html" not in html
    for part in ("Plan", "&lt;gold&gt;", "Billing"):
        assert part in html
    past = Conversation.objects.get(external_id="past")
    assert f"/conversations/{past.pk}" in html
    assert str(Conversation.objects.get(external_id="others").pk) not in html
    assert "no-store" in page["Cache-Control"]


def test_earlier_conversations_that_this_agent_may_not_see_are_left_out(company: Company, maya: User) -> None:
    hidden = place(company, "past", status="ended", customer_id="c1", queue="mobile")
    found = place(company, "now", status="live", agent="maya", customer_id="c1")
    assert str(hidden.pk) not in browser_of(maya).get(desk_path(found, "customer")).content.decode()


def test_a_visitor_without_a_name_is_one(company: Company, maya: User) -> None:
    found = place(company, "now", status="live", agent="maya", customer="")
    assert browser_of(maya).get(desk_path(found, "customer")).status_code == 200


def test_metadata_is_in_words_and_what_reaches_the_customer_is_on_top(company: Company, maya: User) -> None:
    metadata = {
        "account_number": "4711",
        "planName": "Fiber",
        "email": "nora@example.com",
        "page_url": "https://shop.example/cart?x=1",
        "user_agent": "Firefox on Linux",
        "empty": "",
    }
    found = place(company, "now", status="live", agent="maya", metadata=metadata)
    page = browser_of(maya).get(desk_path(found, "customer"))
    panel = page.context["panel"]
    assert [(row.label, row.value) for row in panel.contact] == [
        ("Email", "nora@example.com"),
        ("Page URL", "https://shop.example/cart?x=1"),
        ("User agent", "Firefox on Linux"),
    ]
    assert [row.label for row in panel.details] == ["Account number", "Plan name"]
    html = page.content.decode()
    assert html.index("Nora Fitzgerald") < html.index("mailto:nora@example.com") < html.index("Earlier conversations")
    assert 'href="https://shop.example/cart?x=1" target="_blank" rel="noopener noreferrer"' in html


def test_a_value_that_is_no_address_is_no_link(company: Company, maya: User) -> None:
    metadata = {"email": "x@y?bcc=z@example.com", "page": "javascript:alert(1)"}
    found = place(company, "now", status="live", agent="maya", metadata=metadata)
    html = browser_of(maya).get(desk_path(found, "customer")).content.decode()
    assert "mailto:" not in html
    assert 'href="javascript' not in html


def test_ids_stand_behind_copy_buttons(company: Company, maya: User) -> None:
    found = place(company, "web-123", status="live", agent="maya", customer_id="web-64b80bd3")
    html = browser_of(maya).get(desk_path(found, "customer")).content.decode()
    for id_ in ("web-123", "web-64b80bd3"):
        assert f'data-copy="{id_}"' in html
        assert f">{id_}<" not in html


def test_an_earlier_conversation_has_its_last_line_and_is_read_in_place(company: Company, maya: User) -> None:
    lines = [("customer", "My line is down", 900.0), ("agent", "It works again", 890.0)]
    past = place(company, "past", status="ended", agent="maya", customer_id="c1", resolution="resolved", lines=lines)
    found = place(company, "now", status="live", agent="maya", customer_id="c1")
    html = browser_of(maya).get(desk_path(found, "customer")).content.decode()
    for part in ("My line is down", "You: It works again", "Billing", "Resolved"):
        assert part in html
    address = desk_path(found, f"earlier/{past.pk}")
    assert f'hx-get="{address}"' in html
    page = browser_of(maya).get(address)
    assert page.status_code == 200
    shown = page.content.decode()
    assert "<html" not in shown
    for part in ("My line is down", "It works again", f'href="/conversations/{past.pk}"', desk_path(found, "customer")):
        assert part in shown


class TestGateOfReadingAnEarlierOne(Gated):
    rest = "earlier/01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_an_earlier_conversation_that_this_agent_may_not_see_is_not_there(company: Company, maya: User) -> None:
    hidden = place(company, "past", status="ended", customer_id="c1", queue="mobile")
    found = place(company, "now", status="live", agent="maya", customer_id="c1")
    assert browser_of(maya).get(desk_path(found, f"earlier/{hidden.pk}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("account_number", "Account number"),
        ("accountNumber", "Account number"),
        ("ACCOUNT-NUMBER", "Account number"),
        ("customerId", "Customer ID"),
        ("sms.opt_in", "SMS opt in"),
        ("Größe", "Größe"),
        ("___", "___"),
    ],
)
def test_keys_in_words(name: str, label: str) -> None:
    assert metadata_label(name) == label
