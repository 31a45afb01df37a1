"""What holds for the links of any text: nothing is lost, nothing but web addresses is linked."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.links import MAX_LENGTH, TextPart, parts_of

PIECES = [
    *("https://", "HTTP://", "a.example", "münchen.example", "а.example", "/path", "?q=1", "#x", ":8080", ":99999"),
    *("(", ")", "[", "]", ".", ",", '"', "<", ">", "'", "…", "。", "@", "javascript:", "ftp://", "-", "👍", "x"),
]
TEXTS = st.lists(st.sampled_from([*PIECES, " ", "\n"]), max_size=25).map("".join) | st.text(max_size=80)


def links_of(text: str) -> list[str]:
    return [part.href for part in parts_of(text) if part.href]


@given(TEXTS)
def test_the_parts_are_the_text(text: str) -> None:
    """A link may be shown in another spelling, but stands for what was written."""
    assert "".join(part.href or part.text for part in parts_of(text)) == text


@given(TEXTS)
def test_a_link_is_a_web_address_without_white_space_or_markup(text: str) -> None:
    for href in links_of(text):
        assert re.fullmatch(r"https?://[^\s<>\"]+", href, re.IGNORECASE)
        assert len(href) <= MAX_LENGTH


@given(TEXTS)
def test_no_part_is_empty_and_plain_parts_do_not_follow_each_other(text: str) -> None:
    parts = parts_of(text)
    assert all(part.text for part in parts)
    assert not any(not one.href and not next_.href for one, next_ in pairwise(parts))


@given(TEXTS)
def test_a_link_is_a_link_when_it_stands_alone(text: str) -> None:
    for href in links_of(text):
        assert links_of(href) == [href]


@given(TEXTS)
def test_what_is_shown_differs_from_the_address_only_in_its_host(text: str) -> None:
    for part in parts_of(text):
        if part.href and part.text != part.href:
            host_shown, host = (address.split("/")[2].split(":")[0] for address in (part.text, part.href))
            assert host_shown.isascii()
            assert not host.isascii()


@pytest.mark.parametrize(
    ("host", "is_link"),
    [
        ("a.example", True),
        ("localhost", True),
        ("1.2.3.4", True),
        ("1.2.3", False),
        ("0x7f000001", False),
        ("2130706433", False),
        ("-a.example", False),
        ("a-.example", False),
        ("a..example", False),
        (".example", False),
        ("a.example.", False),
        ("a_b.example", False),
        ("user@a.example", False),
        ("user:secret@a.example", False),
        ("x" * 63 + ".example", True),
        ("x" * 64 + ".example", False),
        (".".join(["x" * 60] * 4) + ".example", True),
        (".".join(["x" * 60] * 5) + ".example", False),
        ("a.example:65535", True),
        ("a.example:65536", False),
        ("a.example:", False),
        ("a.example:123456", False),
        ("[::1]", False),
    ],
)
def test_only_names_that_a_browser_goes_to_as_written_are_linked(host: str, is_link: bool) -> None:
    address = f"https://{host}/x"
    assert parts_of(address) == [TextPart(address, address if is_link else "")]


@pytest.mark.parametrize(("extra", "is_link"), [(0, True), (1, False)])
def test_an_address_that_is_too_long_is_text(extra: int, is_link: bool) -> None:
    begin = "https://a.example/"
    address = begin + "x" * (MAX_LENGTH - len(begin) + extra)
    assert bool(links_of(f"See {address} now")) is is_link
