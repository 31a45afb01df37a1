"""System checks for combinations of settings that work but are unsafe.

`./desk up` refuses to start on an error, and prints warnings. `./desk manage check --deploy` adds checks that only
matter on a public address.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

DESK = "desk"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@register(DESK)
def check_debug_is_local(**_: Any) -> list[CheckMessage]:
    """Refuse DEBUG on a public address: Django's debug pages show settings and local variables to everybody."""
    public_host = urlsplit(settings.PUBLIC_URL).hostname
    if not settings.DEBUG or (_is_loopback(settings.HOST) and (not public_host or _is_loopback(public_host))):
        return []
    return [
        checks.Error(
            "DEBUG is on and the desk can be reached from other machines.",
            hint="Unset DEBUG, or set HOST=127.0.0.1 and unset PUBLIC_URL.",
            id="desk.E001",
        )
    ]


@register(DESK)
def check_public_url_is_known(**_: Any) -> list[CheckMessage]:
    """Warn of an open port without PUBLIC_URL, because there is no TLS then."""
    if _is_loopback(settings.HOST) or settings.PUBLIC_URL:
        return []
    return [
        checks.Warning(
            f"HOST={settings.HOST} can be reached from other machines, and PUBLIC_URL is not set:"
            " passwords are sent unencrypted.",
            hint="Put a proxy with TLS in front and set PUBLIC_URL=https://…; see docs/deploy.md.",
            id="desk.W001",
        )
    ]


@register(DESK)
def check_secret_key_is_private(**_: Any) -> list[CheckMessage]:
    """Warn of a readable secret key: whoever has it can sign a session for anybody."""
    path = settings.DATA_DIR / "secret_key"
    if not path.exists() or not path.stat().st_mode & 0o077:
        return []
    return [
        checks.Warning(
            f"other users of this machine can read {path}.",
            hint=f"Run: chmod 600 {path}",
            id="desk.W002",
        )
    ]


@register(DESK)
def check_data_is_private(**_: Any) -> list[CheckMessage]:
    """Warn of a readable database: it holds transcripts, session keys and password hashes."""
    database = Path(settings.DATABASES["default"]["NAME"] if _is_sqlite() else "")
    readable = [
        (path, mode)
        for path, mode in ((settings.DATA_DIR, "700"), (database, "600"))
        if path != Path() and path.exists() and path.stat().st_mode & 0o077
    ]
    return [
        checks.Warning(
            f"other users of this machine can read {path}.", hint=f"Run: chmod {mode} {path}", id="desk.W004"
        )
        for path, mode in readable
    ]


def _is_sqlite() -> bool:
    return str(settings.DATABASES["default"]["ENGINE"]).endswith("sqlite3")


@register(DESK, deploy=True)
def check_public_url_is_https(**_: Any) -> list[CheckMessage]:
    """Warn of a PUBLIC_URL without TLS. The contract wants HTTPS (seed autocompose__deploying-autocompose-api)."""
    if settings.BEHIND_TLS:
        return []
    return [
        checks.Warning(
            "PUBLIC_URL is not an https address: cookies and API secrets are sent unencrypted.",
            hint="Set PUBLIC_URL=https://… and serve it through a proxy with TLS; see docs/deploy.md.",
            id="desk.W003",
        )
    ]
