"""The error pages: they look like the desk, and work when everything else is broken."""

from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from tests.factories import make_company, make_user


@pytest.mark.django_db
def test_an_unknown_address_is_404_for_everybody(client: Client) -> None:
    page = client.get("/nothing-here")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.content.decode()
    client.force_login(make_user(make_company(), "alice"))
    page = client.get("/nothing-here")
    assert page.status_code == 404
    assert "Sign out" in page.content.decode()


def test_the_500_page_needs_no_database_and_no_session() -> None:
    """Without the mark `django_db` a query would fail the test. There is no user and no context processor either."""
    page = server_error(RequestFactory().get("/"))
    assert page.status_code == 500
    html = page.content.decode()
    assert "Something broke on our side" in html
    assert 'href="/static/css/base.css"' in html


def test_the_500_page_needs_no_manifest_of_static_files(settings) -> None:
    manifest = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": manifest}}
    settings.STATIC_ROOT = settings.DATA_DIR / "no-such-folder"
    assert server_error(RequestFactory().get("/")).status_code == 500


@pytest.mark.django_db
def test_pages_have_no_inline_styles_scripts_or_handlers() -> None:
    """The content security policy would block them."""
    client = Client()
    client.force_login(make_user(make_company(), "alice"))
    for path in ("/", "/password", "/nothing-here"):
        page = client.get(path)
        html = page.content.decode()
        assert "style=" not in html
        assert "<style" not in html
        assert re.search(r"\son[a-z]+=", html) is None
        assert html.count("<script") == html.count("<script src=")
        policy = page["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
