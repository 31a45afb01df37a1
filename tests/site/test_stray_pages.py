"""What browsers ask for on the side must not undo the token of the form that is on screen."""

from __future__ import annotations

from django.test import Client


def test_a_page_that_is_not_there_sets_no_cookie(client: Client) -> None:
    response = client.get("/not-there.png")
    assert response.status_code == 404
    assert not response.cookies


def test_an_icon_is_asked_for(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert (response.status_code, response.content) == (204, b"")
    assert not response.cookies
