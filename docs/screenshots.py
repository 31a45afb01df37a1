"""Takes the pictures of the documentation from a running desk with demo data.

    python manage.py load_demo && python docs/screenshots.py http://127.0.0.1:8000 var/demo.json

Take them right after loading: the demo customers wait longer with every minute. Needs Chromium on the PATH.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
DESK, PHONE = (1440, 900), (390, 844)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where the desk runs, such as http://127.0.0.1:8000")
    parser.add_argument("demo", type=Path, help="the demo.json in the desk's DATA_DIR, with the passwords")
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        parser.error("no Chromium on the PATH")
    logins = {name: password for _, name, password in json.loads(arguments.demo.read_text(encoding="utf-8"))["logins"]}
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        camera = Camera(browser, arguments.url.rstrip("/"), logins)
        camera.take("desk", "maya", answer_slowly)
        camera.take("desk-dark", "maya", look_for_a_response, scheme="dark")
        camera.take("desk-phone", "maya", open_last_card, size=PHONE)
        camera.take("desk-list-phone", "maya", open_desk, size=PHONE, scheme="dark")
        camera.take("chat", "", write_as_customer, size=PHONE)
        camera.take("sign-in", "", lambda _: None)
        camera.take("home", "priya", lambda _: None)
        camera.take("home-dark", "maya", lambda page: page.locator("#tab-live").click(), scheme="dark")
        camera.take("conversation", "maya", open_first_live)
        camera.take("conversation-dark", "maya", open_first_live, scheme="dark")
        camera.take("home-phone", "maya", lambda _: None, size=PHONE)
        camera.take("conversation-phone", "maya", open_first_live, size=PHONE)
        browser.close()
    return 0


class Camera:
    """Opens the desk as a demo person, does what a picture needs, and keeps the picture."""

    def __init__(self, browser: Browser, url: str, logins: dict[str, str]) -> None:
        self._browser = browser
        self._url = url
        self._logins = logins

    def take(
        self,
        name: str,
        person: str,
        prepare: Callable[[Page], None],
        *,
        size: tuple[int, int] = DESK,
        scheme: str = "light",
    ) -> None:
        """One picture, `docs/pictures/<name>.png`. Without a person nobody is signed in."""
        width, height = size
        page = self._browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        page.goto(f"{self._url}/sign-in")
        if person:
            page.get_by_label("User name").fill(person)
            page.get_by_label("Password", exact=True).fill(self._logins[person])
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
            page.goto(f"{self._url}/")
        prepare(page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=PICTURES / f"{name}.png")
        page.context.close()


def open_desk(page: Page) -> None:
    page.goto(page.url.rstrip("/") + "/desk")
    page.locator("[data-card]").first.wait_for()


def open_card(page: Page, number: int) -> None:
    """Each picture has a conversation of its own: drafts are kept."""
    open_desk(page)
    page.locator("[data-card]").nth(number).click()
    page.locator("[data-drawer] [role=option]").first.wait_for()


def open_last_card(page: Page) -> None:
    open_card(page, 3)


def answer_slowly(page: Page) -> None:
    """A reply half written, with a word that was corrected."""
    open_card(page, 1)
    page.get_by_label("Message to the customer").press_sequentially("Cuold you ", delay=80)
    page.locator("mark.composer__corrected").wait_for()
    page.wait_for_timeout(500)


def look_for_a_response(page: Page) -> None:
    open_card(page, 2)
    field = page.get_by_label("Message to the customer")
    field.press_sequentially("I'm on it. /speed", delay=80)
    page.locator("[data-popup] [role=option]").first.wait_for()
    page.wait_for_timeout(500)


def write_as_customer(page: Page) -> None:
    page.goto(page.url.removesuffix("/sign-in") + "/chat/larkline")
    page.get_by_label("Billing").check()
    page.get_by_label("Your name").fill("Nora")
    page.get_by_role("button", name="Start the chat").click()
    page.locator("[data-status]").first.wait_for()
    page.get_by_label("Your message").fill("Hi, my bill looks wrong this month. Can you check it?")
    page.keyboard.press("Enter")
    page.locator("[data-rows] .message__sent").wait_for()


def open_first_live(page: Page) -> None:
    """The live conversation whose customer waits longest."""
    page.locator("#tab-live").click()
    page.locator("#tab-live[aria-current]").wait_for()
    page.locator(".row__name a").first.click()
    page.locator(".transcript").wait_for()


if __name__ == "__main__":
    sys.exit(main())
