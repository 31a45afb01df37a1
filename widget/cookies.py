"""The visitor's cookie: a random token, signed, so that made-up ones never reach the database."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import unquote

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse
from django.urls import reverse

COOKIE = "chat"
_signer = TimestampSigner(salt="widget.visitor")


def new_token() -> str:
    """Return 256 random bits. They cannot be guessed, so a fast digest of them is safe to store."""
    return secrets.token_urlsafe(32)


def cookie_name(company_slug: str) -> str:
    """Return the cookie's name. Behind TLS it starts with `__Host-`, which browsers accept from this very host only.

    So no other host name of the company's domain can plant a token.
    """
    return f"__Host-{COOKIE}-{company_slug}" if settings.SESSION_COOKIE_SECURE else COOKIE


def _path(company_slug: str) -> str:
    """Return the cookie's path: the whole host for `__Host-` cookies, which need it, else this company's chat."""
    return "/" if settings.SESSION_COOKIE_SECURE else reverse("chat", args=[company_slug])


def token_of(cookies: Mapping[str, str], company_slug: str = "") -> str | None:
    """Return the token in these cookies; None if it is missing, forged or too old."""
    value = unquote(cookies.get(cookie_name(company_slug), ""))
    try:
        return _signer.unsign(value, max_age=settings.CHAT_VISITOR_AGE)
    except BadSignature:
        return None


def set_cookie(response: HttpResponse, company_slug: str, token: str) -> None:
    """Make this browser the visitor of this company with this token."""
    response.set_cookie(
        cookie_name(company_slug),
        _signer.sign(token),
        max_age=settings.CHAT_VISITOR_AGE,
        path=_path(company_slug),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: HttpResponse, company_slug: str) -> None:
    """Delete the token. The browser only does so when the attributes equal those the cookie was set with."""
    response.set_cookie(
        cookie_name(company_slug),
        max_age=0,
        path=_path(company_slug),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
