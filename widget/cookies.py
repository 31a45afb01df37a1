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


def token_of(cookies: Mapping[str, str]) -> str | None:
    """The token in these cookies; None where there is none, it is forged, or it is too old."""
    value = unquote(cookies.get(COOKIE, ""))
    try:
        return _signer.unsign(value, max_age=settings.CHAT_VISITOR_AGE)
    except BadSignature:
        return None


def set_cookie(response: HttpResponse, company_marker: str, token: str) -> None:
    """Of this company's chat alone: other pages and companies do not get it."""
    response.set_cookie(
        COOKIE,
        _signer.sign(token),
        max_age=settings.CHAT_VISITOR_AGE,
        path=reverse("chat", args=[company_marker]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
