"""GET /desk/settings and its forms: what belongs to the agent on every computer."""

from __future__ import annotations

from typing import Any

import pytest
from channels.db import database_sync_to_async as in_thread
from django.test import Client

from accounts.models import Agent, Company, User
from composer.models import PersonalWord
from configuration.models import SettingValue
from tests.composer.conftest import browser_of, hire
from tests.composer.desks import desk

PATH = "/desk/settings"
FORMS = [f"{PATH}/greeting", f"{PATH}/dictionary", f"{PATH}/dictionary/remove"]

pytestmark = pytest.mark.django_db


def agent_of(user: User) -> Agent:
    return Agent.objects.get(user=user, environment="production")


def words_of(user: User) -> list[str]:
    return list(PersonalWord.objects.filter(agent=agent_of(user)).order_by("word").values_list("word", flat=True))


def test_it_opens_without_a_conversation_and_has_each_setting(maya: User) -> None:
    page = browser_of(maya).get(PATH)
    assert page.status_code == 200
    html = page.content.decode()
    for name in ("textSize", "sendKey", "announce", "singleKeys", "altKeys", "soundMessage", "notifyText"):
        assert f'name="{name}"' in html, name
    for part in ("display", "keys", "sounds", "greeting", "dictionary", "account"):
        assert f'id="{part}"' in html
    assert 'href="/password"' in html
    assert "no-store" in page["Cache-Control"]


def test_the_account_menu_leads_to_it(maya: User, dana: User) -> None:
    assert f'href="{PATH}"' in browser_of(maya).get("/password").content.decode()
    assert f'href="{PATH}"' not in browser_of(dana).get("/password").content.decode()


def test_only_agents_have_it(sam: User, dana: User, client: Client) -> None:
    for path in [PATH, *FORMS]:
        ask = "get" if path == PATH else "post"
        assert [getattr(browser_of(user), ask)(path).status_code for user in (sam, dana)] == [403, 403]
        assert getattr(client, ask)(path).url.startswith("/sign-in")


def test_its_forms_are_posted_only(maya: User) -> None:
    assert [browser_of(maya).get(path).status_code for path in FORMS] == [405, 405, 405]
    assert browser_of(maya).post(PATH).status_code == 405


def test_the_greeting_is_saved(maya: User) -> None:
    sent = {"enabled": "on", "named": "Hi {NAME}!", "generic": ""}
    page = browser_of(maya).post(FORMS[0], sent, follow=True)
    assert page.redirect_chain == [(PATH, 302)]
    stored = dict(SettingValue.objects.filter(agent=agent_of(maya)).values_list("name", "value"))
    assert stored == {"greetings.enabled": True, "greetings.named_text": "Hi {NAME}!"}
    html = page.content.decode()
    assert "Hi {NAME}!" in html
    assert "Your greeting is saved" in html


def test_a_greeting_that_is_too_long_stays_in_its_field(maya: User) -> None:
    page = browser_of(maya).post(FORMS[0], {"named": "x" * 100_000})
    assert page.status_code == 422
    assert "x" * 1_000 in page.content.decode()
    assert not SettingValue.objects.exists()


def test_words_are_added_and_removed(maya: User) -> None:
    browser = browser_of(maya)
    assert browser.post(FORMS[1], {"word": " Larkline "}, follow=True).redirect_chain == [(PATH, 302)]
    browser.post(FORMS[1], {"word": "eSIM"})
    assert words_of(maya) == ["esim", "larkline"]
    assert "Remove larkline" in browser.get(PATH).content.decode()
    browser.post(FORMS[2], {"word": "larkline"})
    assert words_of(maya) == ["esim"]
    browser.post(FORMS[2], {"word": "nobody\0has"})
    assert words_of(maya) == ["esim"]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("", "Write the word."),
        ("two words", "One word at a time"),
        ("x" * 65, "at most 64"),
        ("maya@example.com", "must not be stored"),
    ],
)
def test_what_is_no_word_is_told_beside_the_field(maya: User, word: str, says: str) -> None:
    page = browser_of(maya).post(FORMS[1], {"word": word})
    assert page.status_code == 422
    assert says in page.content.decode()
    assert words_of(maya) == []


def test_a_colleagues_words_stay(maya: User, company: Company) -> None:
    zoe = hire(company, "zoe")
    browser_of(zoe).post(FORMS[1], {"word": "fibre"})
    browser_of(maya).post(FORMS[2], {"word": "fibre"})
    assert words_of(zoe) == ["fibre"]


@pytest.mark.django_db(transaction=True)
async def test_open_desks_have_a_changed_dictionary_at_once(open_: Any, maya: User) -> None:
    browser = await in_thread(browser_of)(maya)
    async with desk(open_, maya) as socket:
        await in_thread(browser.post)(FORMS[1], {"word": "fibre"})
        assert (await socket.get("cards"))["words"] == ["fibre"]
        await in_thread(browser.post)(FORMS[2], {"word": "fibre"})
        assert (await socket.get("cards"))["words"] == []
