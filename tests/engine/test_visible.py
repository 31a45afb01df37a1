"""What of a text can be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.engine.visible import clean_name, is_blank, without_empty_end
from tests.texts import BLANK, ENDS, SHOWN


@pytest.mark.parametrize("text", ["", *BLANK, "".join(BLANK)], ids=ascii)
def test_a_text_that_shows_nothing_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_one_that_shows_something_is_not(text: str) -> None:
    assert not is_blank(text)
    assert without_empty_end(text) == text


@pytest.mark.parametrize(("typed", "stored"), ENDS, ids=ascii)
def test_an_end_that_shows_nothing_goes(typed: str, stored: str) -> None:
    assert without_empty_end(typed) == stored


@pytest.mark.parametrize(
    ("given_", "clean"),
    [
        ("\u202eadA nosirraM", "adA nosirraM"),
        ("Nora\u2066\u200b Fitz\u2069gerald", "Nora Fitzgerald"),
        ("  Nora\n\tFitzgerald ", "Nora Fitzgerald"),
        ("\u200b\u2060", ""),
        ("\u3164\u2800", ""),
        ("!!! 👍", ""),
        ("שרה כהן", "שרה כהן"),
        ("محمد بن سلمان", "محمد بن سلمان"),
        ("\u200fשרה\u200f", "שרה"),
        ("می‌خواهم", "می‌خواهم"),
        ("José", "José"),
        ("Nguye\u0302\u0303n", "Nguye\u0302\u0303n"),
        ("O'Neill-Smith, Jr.", "O'Neill-Smith, Jr."),
        ("Ada 👩‍💻", "Ada 👩‍💻"),
        ("山田 太郎", "山田 太郎"),
    ],
    ids=ascii,
)
def test_a_name_is_one_clean_line(given_: str, clean: str) -> None:
    assert clean_name(given_) == clean


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once
    assert not once or not is_blank(once)
    assert without_empty_end(without_empty_end(text)) == without_empty_end(text)
