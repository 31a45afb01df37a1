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
    """256 random bits: nothing that can be guessed, so a fast digest of it is safe to store."""
    return secrets.token_urlsafe(32)


def cookie_name(company_marker: str) -> str:
    """Behind TLS one that no other host name can plant: browsers take `__Host-` from this very host alone."""
    return f"__Host-{COOKIE}-{company_marker}" if settings.SESSION_COOKIE_SECURE else COOKIE


def _path(company_marker: str) -> str:
    """`__Host-` cookies are of the whole host; others are of this company's chat alone."""
    return "/" if settings.SESSION_COOKIE_SECURE else reverse("chat", args=[company_marker])


def token_of(cookies: Mapping[str, str], company_marker: str = "") -> str | None:
    """The token in these cookies; None where there is none, it is forged, or it is too old."""
    value = unquote(cookies.get(cookie_name(company_marker), ""))
    try:
        return _signer.unsign(value, max_age=settings.CHAT_VISITOR_AGE)
    except BadSignature:
        return None


def set_cookie(response: HttpResponse, company_marker: str, token: str) -> None:
    """Know this browser as the visitor of this company with this token."""
    response.set_cookie(
        cookie_name(company_marker),
        _signer.sign(token),
        max_age=settings.CHAT_VISITOR_AGE,
        path=_path(company_marker),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def delete_cookie(response: HttpResponse, company_marker: str) -> None:
    response.set_cookie(
        cookie_name(company_marker),
        max_age=0,
        path=_path(company_marker),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
