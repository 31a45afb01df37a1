"""Quicksearch: words, parts of words, mistakes, folders, order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responses.engine.quicksearch import Document, QuickSearch, fold, is_near

TEXTS = (
    "Your refund is on its way.",
    "We refunded the delivery fee.",
    "Please reset your password and try again.",
    "Is there anything else? Your refund is on its way.",
    "Café at the café: naïve façade",
    "I'm sorry, the prerefund form is closed",
)
SEARCH = QuickSearch(
    [Document(text, title="Money" if "refund" in text else "", path=("f1", "f0")) for text in TEXTS]
    + [Document("Completely elsewhere", title="Password hint", path=("f2",))]
)


@pytest.mark.parametrize(
    ("term", "indexes"),
    [
        ("your refund", [0, 3]),
        ("refund", [1, 0, 3, 5]),
        ("REFUND way", [0, 3]),
        ("is on", [0, 3, 5]),
        ("pasword", [2, 6]),
        ("passwrod", [2, 6]),
        ("cafe", [4]),
        ("facade naive", [4]),
        ("money", [0, 1, 3, 5]),
        ("ssword", [2, 6]),
        ("hint", [6]),
        ("I’m", [5]),
        ("refund zebra", []),
        ("rfn", []),
        ("?!", []),
    ],
)
def test_words_parts_and_mistakes(term: str, indexes: list[int]) -> None:
    results = SEARCH.search(term)
    assert set(results) == set(indexes)
    if term in ("your refund", "money"):
        assert results == indexes


def test_responses_that_start_with_the_term_come_before_those_that_hold_it() -> None:
    search = QuickSearch([Document("a way of late"), Document("late, on a way"), Document("late way")])
    assert search.search("late way") == [2, 0, 1]


def test_titles_count_more_than_texts_and_texts_more_than_folders() -> None:
    search = QuickSearch(
        [
            Document("It is simply done"),
            Document("Take out the SIM"),
            Document("It is easy", folders="Phone, SIM"),
            Document("All done", title="Activate SIM"),
            Document("On its way", title="SIM on its way"),
            Document("SIM cards are small"),
            Document("An esim is none"),
        ]
    )
    assert search.search("sim") == [4, 5, 3, 1, 0, 2, 6]
    assert search.search("done sim") == [3, 0]
    assert search.search("phone sim") == [2]


def test_a_folder_restricts_the_search_to_it_and_those_below() -> None:
    assert SEARCH.search("password", folder="f0") == [2]
    assert SEARCH.search("password", folder="f2") == [6]
    assert SEARCH.search("password", folder="nope") == []
    assert SEARCH.search("", folder="f2") == [6]
    assert SEARCH.search("", limit=2) == [0, 1]


def test_an_empty_list_finds_nothing() -> None:
    assert QuickSearch([]).search("a") == []
    assert QuickSearch([]).search("") == []


@pytest.mark.parametrize(
    ("typed", "word", "near"),
    [
        ("word", "word", True),
        ("wrd", "word", True),
        ("woord", "word", True),
        ("wprd", "word", True),
        ("wrod", "word", True),
        ("wdor", "word", False),
        ("wd", "word", False),
        ("words", "sword", False),
    ],
)
def test_one_mistake_is_near(typed: str, word: str, near: bool) -> None:
    assert is_near(typed, word) is near
    assert is_near(word, typed) is near


@given(st.text(max_size=300), st.integers(1, 30))
def test_any_term_is_answered(term: str, limit: int) -> None:
    results = SEARCH.search(term, limit=limit)
    assert len(results) == len(set(results)) <= limit


@given(st.lists(st.text(max_size=40), max_size=12), st.data())
def test_every_word_of_a_response_finds_it(texts: list[str], data: st.DataObject) -> None:
    search = QuickSearch([Document(text) for text in texts])
    for number, text in enumerate(texts):
        words = [word for word in text.split() if any(letter.isalnum() for letter in fold(word))]
        if words:
            assert number in search.search(data.draw(st.sampled_from(words)), limit=99)
