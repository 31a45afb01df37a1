"""POST /sign-out."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Event
from tests.factories import PASSWORD, make_company, make_user

PATH = "/sign-out"
pytestmark = pytest.mark.django_db


def test_it_ends_the_session_and_says_so(client: Client) -> None:
    client.force_login(make_user(make_company()))
    page = client.post(PATH, follow=True)
    assert page.redirect_chain == [("/sign-in", 302)]
    assert "You are signed out." in page.content.decode()
    assert client.get("/").url == "/sign-in?next=/"


def test_a_get_request_signs_nobody_out(client: Client) -> None:
    client.force_login(make_user(make_company()))
    assert client.get(PATH).status_code == 405
    assert client.get("/").status_code == 200


def test_signing_out_without_a_session_does_nothing(client: Client) -> None:
    assert client.post(PATH).url == "/sign-in"


def test_it_needs_the_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(make_company()))
    assert client.post(PATH).status_code == 403
    assert client.get("/").status_code == 200


def test_back_shows_no_cached_page_of_the_session(client: Client) -> None:
    client.force_login(make_user(make_company()))
    assert "no-store" in client.get("/")["Cache-Control"]


def test_the_browsers_storage_is_cleared_on_request(client: Client) -> None:
    user = make_user(make_company())
    client.force_login(user)
    assert 'name="forget"' in client.get("/password").content.decode()
    assert client.post(PATH, {"forget": "yes"})["Clear-Site-Data"] == '"storage"'
    client.force_login(user)
    assert "Clear-Site-Data" not in client.post(PATH)


def test_signing_in_and_out_are_events(client: Client) -> None:
    user = make_user(make_company())
    client.post("/sign-in", {"username": user.username, "password": PASSWORD})
    client.post(PATH)
    events = Event.objects.order_by("id")
    assert [event.type for event in events] == ["user.signed_in", "user.signed_out"]
    assert {(event.company_id, event.actor_kind, event.actor_id) for event in events} == {
        (user.company_id, "user", str(user.pk))
    }
