"""What a customer's browser says in its headers: the page it came from, and which browser and device it is."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from ua_parser import parse

MAX_PAGE_LENGTH = 500
# Real browsers send shorter headers; a longer one was made by hand and is not parsed.
MAX_USER_AGENT_LENGTH = 500


def page_of(address: str, *, own_host: str) -> str:
    """Return a web address without its user, query and fragment, which may hold secrets.

    Returns "" for what is not a web page, for a page of `own_host`, and for one longer than MAX_PAGE_LENGTH.
    """
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    host_and_port = f"{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    page = urlunsplit((parts.scheme, host_and_port, parts.path, "", ""))
    return page if len(page) <= MAX_PAGE_LENGTH and host_and_port != own_host.casefold() else ""


def device_of(user_agent: str) -> str:
    """Return the browser and device, such as "Chrome on Windows" or "Mobile Safari on iPhone".

    Returns "" for a header that names neither or is longer than MAX_USER_AGENT_LENGTH.
    """
    if not user_agent or len(user_agent) > MAX_USER_AGENT_LENGTH:
        return ""
    parsed = parse(user_agent)
    browser = parsed.user_agent.family if parsed.user_agent else ""
    device = parsed.device.family if parsed.device else ""
    if not device and parsed.os:
        device = parsed.os.family
    return " on ".join(filter(None, (browser, device)))
