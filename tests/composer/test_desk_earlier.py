"""GET /desk/conversations/<id>/earlier: what was said before what the desk was sent."""

from __future__ import annotations

import pytest

from accounts.models import Company, User
from composer.transcripts import MESSAGES_AT_ONCE
from conversations.models import Conversation
from tests.composer.conftest import browser_of, place
from tests.composer.desk_gate import Gated, desk_path


class TestGate(Gated):
    rest = "earlier?before=9"


@pytest.fixture
def long(company: Company, maya: User) -> Conversation:
    count = MESSAGES_AT_ONCE + 5
    lines = [("customer", f"<line> {number}", count - number) for number in range(count)]
    return place(company, "long", status="live", agent=maya.username, lines=lines)


def test_it_goes_back_page_by_page_to_the_beginning(maya: User, long: Conversation) -> None:
    browser = browser_of(maya)
    numbers = list(long.messages.order_by("sequence").values_list("sequence", flat=True))
    first = browser.get(desk_path(long, f"earlier?before={numbers[-2]}"))
    html = first.content.decode()
    assert html.count('<li class="message') == MESSAGES_AT_ONCE
    assert "<html" not in html
    assert f"&lt;line&gt; {len(numbers) - 3}" in html
    assert f"&lt;line&gt; {len(numbers) - 2}" not in html
    assert "no-store" in first["Cache-Control"]
    second = browser.get(desk_path(long, f"earlier?before={first['X-Earlier']}"))
    texts = second.content.decode()
    assert "&lt;line&gt; 0<" in texts
    assert second["X-Earlier"] == ""
    assert texts.count('<li class="message') == len(numbers) - 2 - MESSAGES_AT_ONCE


def test_nothing_stands_before_the_first(maya: User, long: Conversation) -> None:
    page = browser_of(maya).get(desk_path(long, "earlier?before=1"))
    assert (page.content, page["X-Earlier"]) == (b"", "")


@pytest.mark.parametrize("before", ["", "x", "-1", "²", "1e3", "9" * 10, "%00"])
def test_a_number_that_is_none_finds_nothing(maya: User, long: Conversation, before: str) -> None:
    assert browser_of(maya).get(desk_path(long, f"earlier?before={before}")).status_code == 404
