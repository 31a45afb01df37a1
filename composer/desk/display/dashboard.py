"""The dashboard of the home page: a tile for each queue, and one of three lists of conversations.

It takes a fixed number of queries for any number of conversations. Counts stop at MAX_COUNT.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from composer.desk.display.queue_figures import QueueFigures, figures_of
from composer.desk.display.summaries import ConversationSummary, summaries_of
from composer.desk.selectors import visible_conversations, visible_queues, with_wait_times
from conversations.models import Conversation, Status
from conversations.selectors import Scope

PAGE_SIZE = 25
MAX_TILES = 60
MAX_COUNT = 1000
MAX_PAGE = 400  # nobody turns more pages; keeps the offset of the query small

TABS = {Status.WAITING: "Waiting", Status.LIVE: "Live", Status.ENDED: "Ended"}
WHEN_EMPTY = {
    Status.WAITING: (
        "Nobody is waiting",
        "Customers who wait for an agent appear here, the longest wait first.",
    ),
    Status.LIVE: ("No live conversations", "Conversations that an agent has taken appear here."),
    Status.ENDED: ("No ended conversations", "Conversations stay here after they end, the newest first."),
}
BEYOND_END = ("This page is empty", "The list is shorter than that. Go back to its start.")


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """What the reader asked to see. Invalid values in an address count as the default."""

    tab: Status = Status.WAITING
    queue_id: int | None = None
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> DashboardFilter:
        tab, queue, page = query.get("tab", ""), query.get("queue", ""), query.get("page", "")
        return cls(
            tab=Status(tab) if tab in TABS else Status.WAITING,
            queue_id=_number(queue),
            page=min(_number(page) or 1, MAX_PAGE),
        )

    def url(self) -> str:
        """Return the address of the home page with this filter."""
        query: dict[str, str | int] = {"tab": self.tab.value}
        if self.queue_id is not None:
            query["queue"] = self.queue_id
        if self.page > 1:
            query["page"] = self.page
        return f"{reverse('home')}?{urlencode(query)}"


def _number(text: str) -> int | None:
    """Return a whole number from 1 that any database accepts as a key; None for any other text."""
    usable = text.isascii() and text.isdecimal() and len(text) <= 9
    return (int(text) or None) if usable else None


@dataclass(frozen=True, slots=True)
class QueueTile:
    figures: QueueFigures
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    count: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything that the dashboard's template shows. `newer_url` and `older_url` are "" at the ends of the list."""

    tiles: list[QueueTile]
    tabs: list[Tab]
    tab: str
    tab_label: str
    rows: list[ConversationSummary]
    showing: str
    empty_title: str
    empty_text: str
    newer_url: str
    older_url: str
    queue_name: str
    all_queues_url: str
    here_url: str
    read_at: datetime


def dashboard_for(user: User, choice: DashboardFilter) -> Dashboard:
    """Return the dashboard as this person sees it now. A queue that they may not see is ignored as a filter."""
    now = timezone.localtime()
    queues = list(visible_queues(user)[:MAX_TILES])
    chosen = next((queue for queue in queues if queue.pk == choice.queue_id), None)
    choice = replace(choice, queue_id=chosen.pk if chosen else None)
    seen = visible_conversations(user)
    if chosen:
        seen = seen.filter(queue=chosen)
    first = (choice.page - 1) * PAGE_SIZE
    found = list(_ordered(seen, choice.tab)[first : first + PAGE_SIZE + 1])
    rows = summaries_of(found[:PAGE_SIZE], reader=user, now=now)
    beyond_end = not rows and choice.page > 1
    empty_title, empty_text = BEYOND_END if beyond_end else WHEN_EMPTY[choice.tab]
    older = replace(choice, page=choice.page + 1)
    newer = replace(choice, page=1 if beyond_end else choice.page - 1)
    return Dashboard(
        tiles=[_tile(figures, choice) for figures in figures_of(queues, scope=Scope.of_user(user), now=now)],
        tabs=[_tab(seen, status, choice) for status in TABS],
        tab=choice.tab,
        tab_label=TABS[choice.tab],
        rows=rows,
        showing=f"{first + 1} to {first + len(rows)}" if rows else "",
        empty_title=empty_title,
        empty_text=empty_text,
        newer_url=newer.url() if choice.page > 1 else "",
        older_url=older.url() if len(found) > PAGE_SIZE and choice.page < MAX_PAGE else "",
        queue_name=chosen.name if chosen else "",
        all_queues_url=DashboardFilter(choice.tab).url(),
        here_url=choice.url(),
        read_at=now,
    )


def _tile(figures: QueueFigures, choice: DashboardFilter) -> QueueTile:
    """Return a tile. It filters the list by its queue; pressed again it removes the filter."""
    is_chosen = figures.queue_id == choice.queue_id
    return QueueTile(figures, DashboardFilter(choice.tab, None if is_chosen else figures.queue_id).url(), is_chosen)


def _tab(seen: QuerySet[Conversation], status: Status, choice: DashboardFilter) -> Tab:
    return Tab(
        key=status,
        label=TABS[status],
        count=_count(seen.filter(status=status)),
        url=DashboardFilter(status, choice.queue_id).url(),
        is_chosen=status == choice.tab,
    )


def _ordered(seen: QuerySet[Conversation], tab: Status) -> QuerySet[Conversation]:
    """Return one tab's list: the longest wait first; ended conversations newest first, by their index."""
    rows = seen.filter(status=tab).select_related("queue")
    if tab == Status.ENDED:
        return rows.order_by("-started_at", "-pk")
    rows = with_wait_times(rows)
    if tab == Status.WAITING:
        return rows.order_by(Coalesce("queued_since", "unanswered_since", "started_at"), "pk")
    return rows.order_by(F("unanswered_since").asc(nulls_last=True), "-started_at", "pk")


def _count(rows: QuerySet[Conversation]) -> str:
    number = rows.order_by()[: MAX_COUNT + 1].count()
    return f"{MAX_COUNT:,}+" if number > MAX_COUNT else f"{number:,}"
