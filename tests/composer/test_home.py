"""GET /: queues and conversations of the person who is signed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company, Queue, User
from assignments.models import QueueEntry
from composer.desk.display.dashboard import MAX_COUNT, PAGE_SIZE
from conversations.models import Conversation
from tests.composer.conftest import browser_of, hire, place

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?tab=live"}


def rows(page: HttpResponse) -> list[str]:
    """External ids of the conversations in the list, in order."""
    ids = [row.id for row in page.context["board"].rows]
    names = dict(Conversation.objects.filter(pk__in=ids).values_list("pk", "external_id"))
    return [names[id_] for id_ in ids]


def counts(page: HttpResponse) -> dict[str, str]:
    return {tab.label: tab.count for tab in page.context["board"].tabs}


def tiles(page: HttpResponse) -> dict[str, tuple]:
    figures = [tile.figures for tile in page.context["board"].tiles]
    return {row.name: (row.waiting, row.longest_wait, row.is_too_long, row.live, row.ended_today) for row in figures}


@pytest.mark.django_db
def test_anonymous_people_sign_in_first(client: Client) -> None:
    assert client.get("/?tab=live").url == "/sign-in?next=/%3Ftab%3Dlive"


@pytest.mark.django_db
def test_a_list_that_lost_its_session_leads_the_whole_page_to_sign_in(client: Client) -> None:
    response = client.get("/?tab=ended", headers=HTMX)
    assert response["HX-Redirect"] == "/sign-in?next=/%3Ftab%3Dlive"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(maya: User, method: str) -> None:
    assert browser_of(maya).generic(method, "/").status_code == 405


def test_it_says_who_i_am_and_what_my_roles_are(company: Company) -> None:
    person = hire(company, "kim", "supervisor", "developer", full_name="Kim Sørensen")
    html = browser_of(person).get("/").content.decode()
    assert "Hello, Kim" in html
    assert '<li class="chip">Supervisor</li><li class="chip">Developer</li>' in html
    assert "Kim Sørensen" in html
    assert "kim · Acme" in html


def test_agents_see_their_queues_and_their_own(company: Company, maya: User) -> None:
    place(company, "mine-by-queue")
    place(company, "other-queue", queue="mobile")
    place(company, "mine-by-hand", queue="mobile", status="live", agent="maya")
    place(company, "no-queue", queue="")
    page = browser_of(maya).get("/")
    assert rows(page) == ["mine-by-queue"]
    assert rows(browser_of(maya).get("/?tab=live")) == ["mine-by-hand"]
    assert counts(page) == {"Waiting": "1", "Live": "1", "Ended": "0"}
    assert list(tiles(page)) == ["Billing"]


@pytest.mark.parametrize("role", ["supervisor", "admin"])
def test_supervisors_and_admins_see_the_company(company: Company, role: str) -> None:
    place(company, "one", queue="mobile")
    place(company, "two", queue="")
    page = browser_of(hire(company, "sam", role)).get("/")
    assert sorted(rows(page)) == ["one", "two"]
    assert list(tiles(page)) == ["Mobile"]


def test_nobody_sees_another_company_or_the_sandbox(company: Company, stranger: Company, sam: User) -> None:
    place(stranger, "theirs")
    place(company, "tried", environment="sandbox")
    page = browser_of(sam).get("/")
    assert rows(page) == []
    assert counts(page) == {"Waiting": "0", "Live": "0", "Ended": "0"}
    assert tiles(page) == {"Billing": (0, "", False, 0, 0)}
    theirs = Queue.objects.get(company=stranger)
    assert browser_of(sam).get(f"/?queue={theirs.pk}").context["board"].queue_name == ""


def test_developers_see_the_documentation_and_no_conversations(company: Company, dana: User) -> None:
    place(company, "one", status="live", agent="dana")
    page = browser_of(dana).get("/")
    assert 'href="/api/docs"' in page.content.decode()
    assert page.context["board"] is None
    assert "Nora" not in page.content.decode()
    # Not even as a fragment.
    assert "Nora" not in browser_of(dana).get("/?tab=live", headers=HTMX).content.decode()


def test_a_developer_who_is_also_an_agent_sees_both(company: Company) -> None:
    place(company, "one")
    page = browser_of(hire(company, "kim", "developer", "agent", queues=["billing"])).get("/")
    assert rows(page) == ["one"]
    assert 'href="/api/docs"' in page.content.decode()


def test_agents_have_no_developer_card(maya: User) -> None:
    assert "/api/docs" not in browser_of(maya).get("/").content.decode()


def test_the_tile_counts_its_queue(company: Company, maya: User) -> None:
    place(company, "w1", lines=[("customer", "hello", 8), ("customer", "anybody?", 1)])
    place(company, "w2", lines=[("customer", "hello", 2)])
    place(company, "l1", status="live", agent="tom", lines=[("customer", "hi", 50)])
    today = timezone.now().replace(hour=12)
    place(company, "e1", status="ended", lines=[("customer", "bye", 0)], now=today)
    place(company, "e2", status="ended", lines=[("customer", "bye", 0)], now=today - timedelta(days=2))
    place(company, "elsewhere", queue="mobile")
    assert tiles(browser_of(maya).get("/")) == {"Billing": (2, "8 min", True, 1, 1)}


def test_today_starts_at_the_companys_midnight(company: Company, maya: User) -> None:
    company.time_zone = "Pacific/Kiritimati"  # UTC+14
    company.save(update_fields=["time_zone"])
    with timezone.override("Pacific/Kiritimati"):
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    place(company, "before", status="ended", lines=[("customer", "x", 0)], now=midnight - timedelta(seconds=1))
    place(company, "after", status="ended", lines=[("customer", "x", 0)], now=midnight)
    assert tiles(browser_of(maya).get("/"))["Billing"][-1] == 1


def test_who_waits_longest_comes_first_and_too_long_is_loud(company: Company, maya: User) -> None:
    place(company, "short", lines=[("customer", "a", 2)])
    place(company, "long", lines=[("customer", "b", 64)])
    place(company, "silent", lines=[("system", "Welcome", 4)])
    page = browser_of(maya).get("/")
    assert rows(page) == ["long", "silent", "short"]
    found = page.context["board"].rows
    assert [(row.wait, row.is_too_long) for row in found] == [("1 h 4 min", True), ("4 min", False), ("2 min", False)]
    html = page.content.decode()
    assert html.count("row--late") == 1
    # Never colour alone.
    assert html.count("Waiting too long: ") == 1


def test_in_a_queue_the_wait_counts_from_when_they_came_to_it(company: Company, maya: User) -> None:
    place(company, "talked to a bot", lines=[("customer", "a", 64)])
    place(company, "came before", lines=[("customer", "b", 9)])
    moment = timezone.now() - timedelta(minutes=3)
    QueueEntry.objects.filter(conversation__external_id="talked to a bot").update(waits_since=moment)
    page = browser_of(maya).get("/")
    assert [row.wait for row in page.context["board"].rows] == ["9 min", "3 min"]
    assert tiles(page)["Billing"][:2] == (2, "9 min")


def test_live_customers_wait_since_their_first_unanswered_message(company: Company, maya: User) -> None:
    place(company, "answered", status="live", agent="maya", lines=[("customer", "a", 30), ("agent", "b", 29)])
    place(
        company,
        "waits",
        status="live",
        agent="maya",
        lines=[
            ("customer", "a", 30),
            ("agent", "b", 29),
            ("customer", "c", 7),
            ("system", "d", 6),
            ("customer", "e", 1),
        ],
    )
    page = browser_of(maya).get("/?tab=live")
    assert rows(page) == ["waits", "answered"]
    assert [row.wait for row in page.context["board"].rows] == ["7 min", ""]


def test_a_row_shows_what_the_page_promises(company: Company, maya: User) -> None:
    hire(company, "tom", full_name="Tom Okafor")
    place(
        company,
        "one",
        status="live",
        agent="tom",
        channel="whatsapp",
        lines=[("customer", "a", 9), ("agent", "<b>Looking</b> into it", 1)],
    )
    place(company, "two", customer="", lines=[("customer", "hello?", 1)])
    html = browser_of(maya).get("/?tab=live").content.decode()
    for part in (
        "Nora Fitzgerald",
        "<bdi>Tom Okafor</bdi>:",
        "&lt;b&gt;Looking&lt;/b&gt; into it",
        "Billing",
        "WhatsApp",
        "Live",
    ):
        assert part in html
    assert "Visitor" in browser_of(maya).get("/").content.decode()


def test_my_own_last_line_is_mine(company: Company, maya: User) -> None:
    place(company, "one", status="live", agent="maya", lines=[("customer", "a", 9), ("agent", "b", 1)])
    [row] = browser_of(maya).get("/?tab=live").context["board"].rows
    assert (row.speaker, row.preview, row.agent) == ("You", "b", "Maya Byrne")


def test_ended_ones_say_how_and_when_newest_first(company: Company, maya: User) -> None:
    noon = datetime(2024, 3, 4, 12, 30, tzinfo=UTC)
    place(company, "old", status="ended", agent="maya", lines=[("customer", "a", 0)], now=noon, resolution="timed_out")
    place(company, "new", status="ended", lines=[("customer", "a", 0)], now=noon + timedelta(days=1))
    page = browser_of(maya).get("/?tab=ended")
    assert rows(page) == ["new", "old"]
    found = page.context["board"].rows
    assert [(row.status_label, row.ended, row.agent) for row in found] == [
        ("Ended", "5 Mar 2024", ""),
        ("Timed out", "4 Mar 2024", "Maya Byrne"),
    ]


def test_ended_ones_come_in_pages(company: Company, maya: User) -> None:
    for number in range(PAGE_SIZE + 2):
        place(company, f"{number:02}", status="ended", lines=[("customer", "a", number)])
    browser = browser_of(maya)
    first = browser.get("/?tab=ended")
    assert rows(first) == [f"{number:02}" for number in range(PAGE_SIZE)]
    assert (first.context["board"].newer_url, first.context["board"].older_url) == ("", "/?tab=ended&page=2")
    second = browser.get("/?tab=ended&page=2")
    assert rows(second) == ["25", "26"]
    assert second.context["board"].showing == "26 to 27"
    assert (second.context["board"].newer_url, second.context["board"].older_url) == ("/?tab=ended", "")
    beyond = browser.get("/?tab=ended&page=9")
    assert "This page is empty" in beyond.content.decode()
    assert beyond.context["board"].newer_url == "/?tab=ended"


NONSENSE = (
    *("tab=nonsense", "tab=automated", "tab=%00", "queue=x", "queue=-1", "queue=%00", "queue=99999999999999999999"),
    *("page=0", "page=-1", "page=x", "page=²", "page=9999999999999999999"),
)


@pytest.mark.parametrize("query", NONSENSE)
def test_an_address_that_makes_no_sense_shows_the_default(company: Company, maya: User, query: str) -> None:
    place(company, "one")
    page = browser_of(maya).get(f"/?{query}")
    assert page.status_code == 200
    assert rows(page) == ["one"]


def test_a_tile_filters_by_its_queue_and_takes_the_filter_away(company: Company, sam: User) -> None:
    place(company, "one", queue="billing")
    place(company, "two", queue="mobile")
    browser = browser_of(sam)
    board = browser.get("/?tab=waiting").context["board"]
    link = {tile.figures.name: tile.url for tile in board.tiles}["Mobile"]
    page = browser.get(link)
    assert rows(page) == ["two"]
    assert counts(page)["Waiting"] == "1"
    assert "Conversations in mobile" in page.content.decode()
    [chosen] = [tile for tile in page.context["board"].tiles if tile.is_chosen]
    assert chosen.url == "/?tab=waiting"


def test_an_agent_cannot_filter_by_a_queue_of_others(company: Company, maya: User) -> None:
    place(company, "one", queue="mobile")
    mobile = Queue.objects.get(company=company, name="mobile")
    page = browser_of(maya).get(f"/?queue={mobile.pk}")
    assert page.context["board"].queue_name == ""
    assert rows(page) == []


def test_tabs_swap_the_board_alone(company: Company, maya: User) -> None:
    place(company, "one", status="live", agent="maya")
    browser = browser_of(maya)
    part = browser.get("/?tab=live", headers=HTMX)
    html = part.content.decode()
    assert html.lstrip().startswith('<div id="board"')
    assert "<html" not in html
    assert rows(part) == ["one"]
    assert "HX-Request" in part["Vary"]
    back = browser.get("/?tab=live", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in back.content.decode()


def test_tabs_are_links_that_work_without_script(maya: User) -> None:
    html = browser_of(maya).get("/?tab=live").content.decode()
    for tab in ("waiting", "live", "ended"):
        assert f'href="/?tab={tab}"' in html
    tabs = html[html.index('aria-label="Conversations by status"') :]
    assert tabs.count('aria-current="page"') == 1


def test_empty_lists_say_why(company: Company) -> None:
    browser = browser_of(hire(company, "new"))
    assert "You are in no queue yet." in browser.get("/").content.decode()
    assert "Nobody is waiting" in browser.get("/").content.decode()
    assert "No live conversations" in browser.get("/?tab=live").content.decode()
    assert "No ended conversations" in browser.get("/?tab=ended").content.decode()


def test_a_person_without_a_role_is_told_what_to_do(maya: User) -> None:
    maya.roles.all().delete()
    html = browser_of(maya).get("/").content.decode()
    assert "Ask an administrator" in html
    assert 'id="board"' not in html


@pytest.mark.parametrize(("tab", "status"), [("waiting", "waiting"), ("live", "live"), ("ended", "ended")])
def test_the_number_of_queries_does_not_grow(
    company: Company, maya: User, tab: str, status: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = browser_of(maya)

    def add(count: int) -> None:
        for number in range(count):
            name = f"{status}-{Conversation.objects.count()}-{number}"
            hire(company, f"agent-{name}", queues=["billing"])
            place(company, name, status=status, agent="" if status == "waiting" else f"agent-{name}")

    # Session, person, company, roles; queues, open now, ended today; three counts; rows, people, last messages.
    add(1)
    with django_assert_num_queries(14):
        browser.get(f"/?tab={tab}")
    add(6)
    with django_assert_num_queries(14):
        page = browser.get(f"/?tab={tab}")
    assert len(page.context["board"].rows) == 7


def test_counts_stop_somewhere(company: Company, sam: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_COUNT == 1000
    monkeypatch.setattr("composer.desk.display.dashboard.MAX_COUNT", 2)
    for number in range(3):
        place(company, str(number))
    assert counts(browser_of(sam).get("/"))["Waiting"] == "2+"
