"""GET /desk/conversations/<id>/earlier: what was said before what the desk was sent."""

from __future__ import annotations

import pytest

from accounts.models import Company, User
from composer.desk.display.transcripts import MESSAGES_PER_PAGE
from conversations.models import Conversation
from tests.composer.conftest import browser_of, place
from tests.composer.desk_gate import Gated, desk_path


class TestGate(Gated):
    rest = "earlier?before=9"


@pytest.fixture
def long(company: Company, maya: User) -> Conversation:
    count = MESSAGES_PER_PAGE + 5
    lines = [("customer", f"<line> {number}", count - number) for number in range(count)]
    return place(company, "long", status="live", agent=maya.username, lines=lines)


def test_it_goes_back_page_by_page_to_the_beginning(maya: User, long: Conversation) -> None:
    browser = browser_of(maya)
    numbers = list(long.messages.order_by("sequence").values_list("sequence", flat=True))
    first = browser.get(desk_path(long, f"earlier?before={numbers[-2]}"))
    html = first.content.decode()
    assert html.count('<li class="message') == MESSAGES_PER_PAGE
    assert "<html" not in html
    assert f"&lt;line&gt; {len(numbers) - 3}" in html
    assert f"&lt;line&gt; {len(numbers) - 2}" not in html
    assert "no-store" in first["Cache-Control"]
    second = browser.get(first["X-Earlier"])
    texts = second.content.decode()
    assert "&lt;line&gt; 0<" in texts
    assert second["X-Earlier"] == ""
    assert texts.count('<li class="message') == len(numbers) - 2 - MESSAGES_PER_PAGE


def test_nothing_stands_before_the_first(maya: User, long: Conversation) -> None:
    page = browser_of(maya).get(desk_path(long, "earlier?before=1"))
    assert (page.content, page["X-Earlier"]) == (b"", "")


def test_what_came_late_is_not_left_out(company: Company, maya: User) -> None:
    """The desk has what is numbered from three on. What came before that is all here, whatever time it bears."""
    lines = [("customer", "said last", 0), ("customer", "said first", 9), ("customer", "said between", 5)]
    talk = place(company, "late", status="live", agent=maya.username, lines=lines)
    numbers = list(talk.messages.order_by("sequence").values_list("sequence", flat=True))
    html = browser_of(maya).get(desk_path(talk, f"earlier?before={numbers[2]}")).content.decode()
    assert "said last" in html
    assert "said first" in html
    assert "said between" not in html


def test_above_the_first_stand_the_customers_earlier_conversations(company: Company, maya: User) -> None:
    """One after the other, each under a heading; only those that the agent may see."""
    places = {"customer_id": "nora", "status": "ended", "agent": "maya", "resolution": "resolved"}
    place(company, "oldest", lines=[("customer", "The first time", 3000)], **places)
    place(company, "older", lines=[("customer", "The second time", 2000)], **places)
    place(
        company, "hidden", queue="secret", lines=[("customer", "Elsewhere", 1000)], customer_id="nora", status="ended"
    )
    place(company, "stranger", lines=[("customer", "Somebody else", 1500)], status="ended", agent="maya")
    now = place(company, "now", customer_id="nora", status="live", agent="maya")
    browser = browser_of(maya)
    page = browser.get(desk_path(now, "earlier?before=1"))
    seen = []
    while page["X-Earlier"]:
        page = browser.get(page["X-Earlier"])
        seen.append(page.content.decode())
    assert ["The second time" in seen[0], "The first time" in seen[1], len(seen)] == [True, True, 2]
    assert all("Earlier conversation, " in html and "Resolved" in html for html in seen)
    assert not any("Elsewhere" in html or "Somebody else" in html for html in seen)


@pytest.mark.parametrize("before", ["", "x", "-1", "²", "1e3", "9" * 10, "%00"])
def test_a_number_that_is_none_finds_nothing(maya: User, long: Conversation, before: str) -> None:
    assert browser_of(maya).get(desk_path(long, f"earlier?before={before}")).status_code == 404
