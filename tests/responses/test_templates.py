"""Inserts in texts: which names stand there, and what a filled text says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responses.engine.templates import fill, insert_names


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("Hello", ()),
        ("Hello {NAME}", ("NAME",)),
        ("{b} {a} {b}", ("b", "a")),
        ("{a}{b}", ("a", "b")),
        ("{customer.name} {_x} {a1}", ("customer.name", "_x", "a1")),
        ("{Name} {NAME}", ("Name", "NAME")),
        ("{}", ()),
        ("{ NAME }", ()),
        ("{1a}", ()),
        ("{NAME", ()),
        ("NAME}", ()),
        ("{a-b}", ()),
        ("{naïve}", ()),
        ("{{NAME}}", ("NAME",)),
        ("{a {b}", ("b",)),
    ],
)
def test_an_insert_is_a_name_in_curly_brackets(template: str, names: tuple[str, ...]) -> None:
    assert insert_names(template) == names


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Hello", "Hello"),
        ("Hello {NAME}", "Hello Sarah"),
        ("{NAME}, {NAME}!", "Sarah, Sarah!"),
        ("{NAME} of {town}", "Sarah of Oslo"),
        ("{{NAME}}", "{Sarah}"),
        ("a { b }", "a { b }"),
        ("Hello {name}", None),
        ("Hello {NAME} {UNKNOWN}", None),
        ("Hello {empty}", None),
        ("{tricky}", "{NAME} \\1"),
    ],
)
def test_a_text_is_filled_or_not_offered(template: str, text: str | None) -> None:
    """A value is put in as it is: what looks like an insert in it is none."""
    values = {"NAME": "Sarah", "town": "Oslo", "empty": "", "tricky": "{NAME} \\1"}
    assert fill(template, values) == text


PIECES = st.lists(st.sampled_from(["{", "}", "{a}", "{b}", "{a.b}", "x", " ", "{ a}"]), max_size=12).map("".join)


@given(PIECES)
def test_it_is_filled_exactly_when_every_insert_has_a_value(template: str) -> None:
    names = insert_names(template)
    assert fill(template, dict.fromkeys(names, "v")) is not None
    for missing in names:
        assert fill(template, {name: "v" for name in names if name != missing}) is None


@given(PIECES)
def test_what_is_no_insert_stays_letter_by_letter(template: str) -> None:
    values = {name: f"{{{name}}}" for name in insert_names(template)}
    assert fill(template, values) == template
