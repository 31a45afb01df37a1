"""The desk for those who do not see it, see it large, or see it in few colors."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from accounts.actors import Actor
from accounts.models import Agent, Company, User
from conversations.models import Conversation
from responses.services import create_folder, create_response
from tests.composer.conftest import place
from tests.e2e.conftest import Tab
from tests.e2e.desk_page import (
    OpenDesk,
    blocked,
    card,
    field,
    found,
    log,
    marked,
    on_their_way,
    ready,
    replies,
    write,
)
from tests.factories import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Found = dict[str, tuple[list[str], int]]
SIZES = [(390, 844), (320, 568)]
LONG = "https://example.com/" + "very-long-" * 30


@pytest.fixture
def busy(company: Company, maya: User, nora: Conversation) -> None:
    """A desk with something in each of its places."""
    place(company, "past", status="ended", customer_id="customer-of-nora", resolution="resolved")
    place(company, "paul", status="live", agent="maya", customer="Paul " + "Featherstonehaugh " * 4,
          lines=[("customer", LONG, 30), ("agent", "Let me look", 20), ("customer", "Thanks", 9)],
          metadata={"A_LONG_NAME_OF_METADATA": LONG})  # fmt: skip
    agent = Agent.objects.get(user=maya, environment="production")
    by = Actor.system(company.pk)
    folder = create_folder(by=by, agent=agent, name="Parcels")
    create_response(by=by, agent=agent, title="Late parcel", text=f"Sorry, {{NAME}}. {LONG}")
    create_response(by=by, agent=agent, title="Lost parcel", text="It is lost.", folder=folder)
    say(nora, "Are you there?", after=10)


class Look:
    """What axe finds in each state, and by how much the page is too wide."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._found: Found = {}

    def at(self, name: str, step: Callable[[Page], object]) -> None:
        self._tab.do(step)
        self._found[name] = (self._tab.axe(), max(0, self._tab.overflow()))

    def ends_well(self) -> None:
        assert self._found == {name: ([], 0) for name in self._found}


def press(name: str, role: str = "button") -> Callable[[Page], None]:
    return lambda page: page.get_by_role(role, name=name, exact=True).first.click()


def show_tab(name: str, text: str) -> Callable[[Page], None]:
    def step(page: Page) -> None:
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_contain_text(text)

    return step


def dialog(keys: str, name: str) -> Callable[[Page], None]:
    def step(page: Page) -> None:
        page.locator("[data-pane-name=talk]").focus()
        page.keyboard.press(keys)
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        expect(page.get_by_role("dialog", name=name)).not_to_be_empty()

    return step


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def typed(text: str, then: Callable[[Page], None]) -> Callable[[Page], None]:
    def step(page: Page) -> None:
        field(page).fill("")
        write(page, text)
        then(page)

    return step


def send_blocked(page: Page) -> None:
    field(page).fill("oh shit")
    page.keyboard.press("Enter")
    expect(blocked(page)).to_have_text("shit")


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_state_of_the_wide_desk(open_desk: OpenDesk, maya: User, scheme: str) -> None:
    look = Look(open_desk("/desk", user=maya, scheme=scheme))
    look.at("replies", ready)
    look.at("a reply chosen by arrow", lambda page: page.keyboard.press("ArrowUp"))
    look.at("quicksearch", typed("/parcel", lambda page: expect(found(page)).to_have_count(2)))
    look.at("nothing found", typed("/qqqqqq", lambda page: expect(page.locator(".popup")).to_contain_text("No resp")))
    look.at("corrected", typed("How is tihs ", lambda page: expect(marked(page)).to_be_visible()))
    look.at("blocked", send_blocked)
    look.at("own responses", show_tab("Responses", "Late parcel"))
    look.at("add a response", press("Add"))
    look.at("a wrong response", press("Save"))
    look.at("global responses", lambda page: (show_tab("Responses", "Late")(page), press("Global")(page)))
    look.at("auto-pilot", show_tab("Auto-pilot", "Greetings"))
    look.at("customer", show_tab("Customer", "Conversation"))
    look.at("notes", show_tab("Notes", "No notes yet"))
    look.at("palette", dialog("Control+k", "Find any action"))
    look.at("keys", lambda page: (close(page), dialog("?", "Keys")(page)))
    look.at("a long name", lambda page: (close(page), card(page, "Paul").click()))
    look.ends_well()


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_narrow_desk_shows_one_pane_and_scrolls_down_only(
    open_desk: OpenDesk, maya: User, width: int, height: int, scheme: str
) -> None:
    def list_alone(page: Page) -> None:
        expect(card(page, "Paul")).to_be_visible()
        expect(field(page)).to_be_hidden()

    def talk_alone(page: Page) -> None:
        card(page, "Paul").click()
        expect(field(page)).to_be_in_viewport()
        expect(page.get_by_role("button", name=re.compile("^Send"))).to_be_in_viewport()
        expect(replies(page).first).to_be_visible()
        expect(card(page, "Paul")).to_be_hidden()
        assert box_height(page, "[data-transcript]") > 60

    def side_alone(page: Page) -> None:
        press("Customer, responses and notes")(page)
        show_tab("Responses", "Late parcel")(page)
        expect(page.get_by_role("heading", name="Late parcel")).to_be_visible()
        expect(field(page)).to_be_hidden()

    def back(page: Page) -> None:
        press("Back to the conversation")(page)
        expect(field(page)).to_be_visible()
        press("Back to the list")(page)
        list_alone(page)

    look = Look(open_desk("/desk", user=maya, width=width, height=height, scheme=scheme))
    look.at("list", list_alone)
    look.at("talk", talk_alone)
    look.at("quicksearch", typed("/parcel", lambda page: expect(found(page)).to_have_count(2)))
    look.at("side", lambda page: (page.keyboard.press("Escape"), side_alone(page)))
    look.at("customer", show_tab("Customer", "Conversation"))
    look.at("list again", back)
    look.at("palette", dialog_by_button)
    look.ends_well()


def dialog_by_button(page: Page) -> None:
    page.get_by_role("button", name="Find any action").click()
    expect(page.get_by_role("dialog", name="Find any action")).to_be_visible()


def box_height(page: Page, selector: str) -> float:
    found_ = page.locator(selector).bounding_box()
    return found_["height"] if found_ else 0.0


@pytest.mark.usefixtures("nora")
def test_replies_are_told_politely_and_at_most_once_in_two_seconds(open_desk: OpenDesk, maya: User) -> None:
    """The page's clock is the test's: what the status region says is noted with the time of it."""
    note = """() => {
        window.told = [];
        const region = document.querySelector("[data-desk] [role=status][data-announcer]");
        new MutationObserver(() => region.textContent && told.push([performance.now(), region.textContent]))
            .observe(region, {childList: true, characterData: true, subtree: true});
    }"""

    def steps(page: Page) -> None:
        page.clock.install()
        page.goto("/desk")
        page.evaluate(note)
        ready(page)
        page.clock.run_for(3_000)
        for letter in "Your o":
            write(page, letter)
            page.clock.run_for(300)
        expect(replies(page)).to_have_count(1)
        page.clock.run_for(3_000)
        told = page.evaluate("told")
        words = [text for _, text in told]
        assert words[0] == "3 replies. First: Greeting. Alt 1 inserts it."
        assert words[-1] == "1 reply. First: Your order is on its way. Alt 1 inserts it."
        assert 2 <= len(told) <= 4
        assert all(later - earlier >= 2_000 for (earlier, _), (later, _) in pairwise(told))
        # Switched off, it says nothing of replies.
        page.keyboard.press("Control+k")
        page.keyboard.type("do not read")
        expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        page.clock.run_for(3_000)
        page.evaluate("told.length = 0")
        field(page).fill("")
        expect(replies(page)).to_have_count(3)
        page.clock.run_for(5_000)
        assert page.evaluate("told") == []

    open_desk("/sign-in", user=maya).do(steps)


def test_parts_have_the_roles_that_readers_know(open_desk: OpenDesk, maya: User, nora: Conversation) -> None:
    say(nora, "Hello there", after=5)

    def steps(page: Page) -> None:
        ready(page)
        assert field(page).evaluate("field => field.tagName") == "TEXTAREA"
        expect(field(page)).not_to_have_attribute("role", re.compile(".+"))
        expect(field(page)).to_have_accessible_description(re.compile("Shift\\+Enter: new line"))
        expect(log(page)).to_have_attribute("aria-live", "polite")
        expect(page.get_by_role("listbox", name="Suggested replies")).to_be_visible()
        # Options are no stops of the Tab key.
        assert replies(page).evaluate_all("options => options.every(option => option.tabIndex === -1)")
        expect(page.locator("[data-mirror]")).to_have_attribute("aria-hidden", "true")
        # No id is named that is not there.
        dangling = """() => [...document.querySelectorAll("*")].flatMap(one =>
            ["aria-controls", "aria-labelledby", "aria-describedby", "aria-activedescendant", "for"]
                .flatMap(name => (one.getAttribute(name) ?? "").split(" ").filter(Boolean))
                .filter(id => !document.getElementById(id)))"""
        page.keyboard.press("ArrowUp")
        assert page.evaluate(dangling) == []
        write(page, "/hello")
        expect(found(page)).not_to_have_count(0)
        assert page.evaluate(dangling) == []

    open_desk("/desk", user=maya).do(steps)


@pytest.mark.usefixtures("nora")
def test_whoever_wants_no_motion_gets_none(open_desk: OpenDesk, maya: User) -> None:
    moving = """() => {
        const seconds = text => Math.max(...text.split(",").map(parseFloat));
        return [...document.querySelectorAll("*")].filter(one => {
            const style = getComputedStyle(one);
            return (style.animationName !== "none" && seconds(style.animationDuration) > 0.001)
                || seconds(style.transitionDuration) > 0.001 || style.scrollBehavior === "smooth";
        }).map(one => one.outerHTML.slice(0, 100));
    }"""

    def steps(page: Page) -> None:
        ready(page)
        assert page.evaluate(moving) == []

    open_desk("/desk", user=maya, reduced_motion="reduce").do(steps)


@pytest.mark.usefixtures("busy")
def test_in_forced_colors_what_is_chosen_and_marked_can_still_be_told(open_desk: OpenDesk, maya: User) -> None:
    def looks(page: Page, selector: str) -> str:
        return page.locator(selector).first.evaluate(
            "one => { const s = getComputedStyle(one); return [s.outline, s.border, s.backgroundColor, s.color,"
            " s.textDecoration].join() }"
        )

    def edge(page: Page, selector: str, side: str = "bottom") -> str:
        return page.locator(selector).first.evaluate(
            "(one, side) => getComputedStyle(one).getPropertyValue(`border-${side}-color`)", side
        )

    def steps(page: Page) -> None:
        ready(page)
        page.keyboard.press("ArrowUp")
        assert looks(page, "[data-drawer] [aria-selected=true]") != looks(page, "[data-drawer] [aria-selected=false]")
        assert edge(page, "[data-card][aria-current=true]", "left") != edge(
            page, "[data-card][aria-current=false]", "left"
        )
        assert edge(page, "[role=tab][aria-selected=true]") != edge(page, "[role=tab][aria-selected=false]")
        assert edge(page, "[aria-pressed=true]") != edge(page, "[aria-pressed=false]")
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert edge(page, "[role=tab][aria-selected=false]") == ground
        assert "2px" in looks(page, ".composer")
        write(page, "How is tihs ")
        expect(marked(page)).to_be_visible()
        assert looks(page, "mark.composer__corrected") != looks(page, "[data-mirror]")
        send_blocked(page)
        assert looks(page, "mark.composer__blocked") != looks(page, "[data-mirror]")
        expect(on_their_way(page)).to_have_count(0)

    open_desk("/desk", user=maya, forced_colors="active").do(steps)
