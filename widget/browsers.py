"""What a customer's browser tells about itself: the page that it came from, and what it is."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from ua_parser import parse

LONGEST_PAGE = 500
# Browsers need no more to be told apart; what is longer was made by hand.
LONGEST_USER_AGENT = 500


def page_of(address: str, *, own_host: str) -> str:
    """The address without what may hold secrets: user, query and fragment. "" for no web page, or one of this host."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    place = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    page = urlunsplit((parts.scheme, place, parts.path, "", ""))
    return page if len(page) <= LONGEST_PAGE and place != own_host.casefold() else ""


def device_of(user_agent: str) -> str:
    """Such as "Chrome on Windows" or "Mobile Safari on iPhone"; "" where the header says nothing."""
    if not user_agent or len(user_agent) > LONGEST_USER_AGENT:
        return ""
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    device = found.device.family if found.device else ""
    if not device and found.os:
        device = found.os.family
    return " on ".join(filter(None, (browser, device)))
