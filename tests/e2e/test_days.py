"""Days and times beside messages: of the calendar in the page's zone, by the server's clock, true after midnight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Company, User
from tests.e2e.chat_page import SOCKET, Frame, RewrittenLine, start_chat, stored
from tests.e2e.desk_page import OpenDesk
from tests.widget.conftest import answer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NEW_YORK, KATHMANDU, LORD_HOWE = "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"
WORDS = """async ([now, moments]) => {
    const { setServerTime } = await import("/static/js/lib/time_labels.js");
    const { Days } = await import("/static/js/lib/time_labels.js");
    setServerTime(now);
    const days = new Days();
    return moments.map((moment) => `${days.inWords(days.of(moment))} ${days.time(moment)}`);
}"""
SET_CLOCK = """async (now) => {
    const { setServerTime } = await import("/static/js/lib/time_labels.js");
    setServerTime(now);
    document.dispatchEvent(new Event("visibilitychange"));
}"""
SHIFT = """(() => {
    const Real = Date;
    globalThis.Date = class extends Real {
        constructor(...parts) { super(...(parts.length ? parts : [Real.now() + SHIFT_MS])); }
        static now() { return Real.now() + SHIFT_MS; }
    };
})()"""


def at(zone: str, *moment: int) -> float:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp()  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        pytest.param(
            NEW_YORK,
            (2026, 11, 1, 23, 30),
            [
                ((2026, 11, 1, 0, 5), "Today 00:05"),
                ((2026, 10, 31, 23, 55), "Yesterday 23:55"),
                ((2026, 10, 31, 0, 5), "Yesterday 00:05"),
                ((2026, 10, 30, 23, 55), "Friday 30 October 2026 23:55"),
            ],
            id="a day of 25 hours",
        ),
        pytest.param(
            NEW_YORK,
            (2027, 3, 15, 0, 30),
            [
                ((2027, 3, 15, 0, 5), "Today 00:05"),
                ((2027, 3, 14, 0, 5), "Yesterday 00:05"),
                ((2027, 3, 13, 23, 55), "Saturday 13 March 2027 23:55"),
            ],
            id="a day of 23 hours",
        ),
        pytest.param(
            KATHMANDU,
            (2027, 1, 1, 0, 5),
            [((2026, 12, 31, 23, 55), "Yesterday 23:55"), ((2026, 12, 30, 12, 0), "Wednesday 30 December 2026 12:00")],
            id="a new year",
        ),
        pytest.param(
            LORD_HOWE,
            (2027, 4, 4, 23, 45),
            [((2027, 4, 4, 0, 15), "Today 00:15"), ((2027, 4, 3, 23, 45), "Yesterday 23:45")],
            id="half an hour",
        ),
    ],
)
def test_days_are_those_of_the_calendar(
    open_desk: OpenDesk, zone: str, now: Sequence[int], expected: list[tuple[Sequence[int], str]]
) -> None:
    tab = open_desk("/sign-in", timezone_id=zone)
    moments = [at(zone, *moment) for moment, _ in expected]
    assert tab.do(lambda page: page.evaluate(WORDS, [at(zone, *now), moments])) == [words for _, words in expected]


class Moved:
    """The chat page's line: the server's clock says `now`, and the nth message was sent at the nth moment."""

    def __init__(self, now: float, moments: Sequence[float]) -> None:
        self._now = now
        self._moments = list(moments)
        self._seen: dict[str, float] = {}

    def __call__(self, frame: Frame) -> Frame:
        if frame["t"] == "welcome":
            frame["now"] = self._now
        for row in [*frame.get("rows", []), *([frame["row"]] if "row" in frame else [])]:
            row["at"] = self._moments[0]
            if message := row.get("message"):
                number = len(self._seen)
                message["sent_at"] = self._seen.setdefault(
                    message["id"], self._moments[min(number, len(self._moments) - 1)]
                )
        return frame


def marks(page: Page) -> Any:
    return page.locator("[data-rows] .day:visible")


@pytest.mark.parametrize(
    ("now", "moments", "expected"),
    [
        ((2026, 11, 1, 23, 30), [(2026, 10, 31, 12, 0), (2026, 11, 1, 12, 0)], ["Yesterday", "Today"]),
        (
            (2027, 3, 15, 0, 30),
            [(2027, 3, 13, 12, 0), (2027, 3, 14, 12, 0)],
            ["Saturday 13 March 2027", "Yesterday"],
        ),
    ],
    ids=["a day of 25 hours", "a day of 23 hours"],
)
def test_customers_read_the_right_days_when_clocks_change(
    open_desk: OpenDesk,
    company: Company,
    maya: User,
    now: Sequence[int],
    moments: list[Sequence[int]],
    expected: list[str],
) -> None:
    line = RewrittenLine(Moved(at(NEW_YORK, *now), [at(NEW_YORK, *moment) for moment in moments]))
    tab, conversation = start_chat(
        open_desk, company, lambda page: page.route_web_socket(SOCKET, line), timezone_id=NEW_YORK
    )
    for number in range(len(moments)):
        answer(conversation, f"Line {number}", sender=maya.username)

    def steps(page: Page) -> None:
        expect(stored(page)).to_have_text([f"Line {number}" for number in range(len(moments))])
        expect(marks(page)).to_have_text(expected)
        expect(page.locator("[data-rows] time").first).to_have_text("12:00")

    tab.do(steps)


def test_marks_are_true_after_midnight(open_desk: OpenDesk, company: Company, maya: User) -> None:
    before, after = at(NEW_YORK, 2026, 6, 10, 23, 50), at(NEW_YORK, 2026, 6, 11, 0, 10)
    line = RewrittenLine(Moved(before, [before, after]))
    tab, conversation = start_chat(
        open_desk, company, lambda page: page.route_web_socket(SOCKET, line), timezone_id=NEW_YORK
    )
    answer(conversation, "Before midnight", sender=maya.username)

    def evening(page: Page) -> None:
        expect(marks(page)).to_have_text(["Today"])
        page.evaluate(SET_CLOCK, after)
        expect(marks(page)).to_have_text(["Yesterday"])

    tab.do(evening)
    answer(conversation, "After midnight", sender=maya.username)
    tab.do(lambda page: expect(marks(page)).to_have_text(["Yesterday", "Today"]))


@pytest.mark.parametrize("shift_s", [-20 * 3600, 600], ids=["20 hours behind", "10 minutes ahead"])
def test_a_wrong_clock_of_the_customer_changes_no_time(
    open_desk: OpenDesk, company: Company, maya: User, shift_s: int
) -> None:
    zone = "Europe/Dublin"
    tab, conversation = start_chat(
        open_desk,
        company,
        lambda page: page.add_init_script(SHIFT.replace("SHIFT_MS", str(shift_s * 1000))),
        timezone_id=zone,
    )
    begun = timezone.now()
    answer(conversation, "Hello", sender=maya.username)

    def read(page: Page) -> list[str]:
        expect(stored(page)).to_have_text(["Hello"])
        return page.locator("[data-rows] time").all_text_contents()

    shown = tab.do(read)
    local = [moment.astimezone(ZoneInfo(zone)) for moment in (begun, timezone.now())]
    assert all(re.fullmatch(r"\d\d:\d\d", time) for time in shown)
    minutes = [int(time[:2]) * 60 + int(time[3:]) for time in shown]
    first, last = (moment.hour * 60 + moment.minute for moment in local)
    assert all((minute - first) % 1440 <= (last - first) % 1440 for minute in minutes), shown
    if local[0].date() == local[1].date():
        tab.do(lambda page: expect(marks(page)).to_have_text(["Today"]))
