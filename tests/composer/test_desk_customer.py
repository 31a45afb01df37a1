"""GET /desk/conversations/<id>/customer: who the customer is, and earlier conversations."""

from __future__ import annotations

from accounts.models import Company, User
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
    for part in ("PLAN", "&lt;gold&gt;", "billing"):
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
