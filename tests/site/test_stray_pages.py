"""Requests that browsers make beside a page must not invalidate the token of the page's form."""

from __future__ import annotations

from django.test import Client


def test_a_404_page_sets_no_cookie(client: Client) -> None:
    response = client.get("/not-there.png")
    assert response.status_code == 404
    assert not response.cookies


def test_the_request_for_an_icon_sets_no_cookie(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert (response.status_code, response.content) == (204, b"")
    assert not response.cookies
