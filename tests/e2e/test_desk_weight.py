"""What the desk's first load costs, as `./desk up` serves it: files joined, named by their content, compressed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request, expect

from tests.e2e.desk_page import field
from tests.site.desk_process import DeskProcess

pytestmark = pytest.mark.browser

FEWER_REQUESTS_THAN = 34
MAX_BYTES = 110_000


def weigh(browser: Browser, url: str, name: str, password: str) -> dict[str, int]:
    """Bytes over the line, bodies and headers, by address; the browser's cache is empty."""
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/sign-in?next=/password")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/password")
    state = context.storage_state()
    context.close()

    context = browser.new_context(base_url=url, storage_state=state)
    page = context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto("/desk")
    expect(field(page)).to_be_focused()
    expect(page.get_by_role("tabpanel")).not_to_contain_text("Open a conversation")
    page.wait_for_load_state("networkidle")
    sizes = {request.url.removeprefix(url): request.sizes() for request in asked}
    context.close()
    return {path: size["responseBodySize"] + size["responseHeadersSize"] for path, size in sizes.items()}


def test_it_is_light(tmp_path: Path, browser: Browser, browser_thread: ThreadPoolExecutor) -> None:
    with DeskProcess(tmp_path / "var") as desk:
        desk.wait_until_ready()
        demo = json.loads((tmp_path / "var" / "demo.json").read_text())
        name, password = next(login[1:] for login in demo["logins"] if login[0] == "agent")
        weights = browser_thread.submit(weigh, browser, f"http://127.0.0.1:{desk.port}", name, password).result()
    assert len(weights) < FEWER_REQUESTS_THAN, weights
    assert sum(weights.values()) < MAX_BYTES, weights
