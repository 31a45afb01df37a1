"""What holds for the order of quicksearch, whatever a list holds and whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responses.engine.quicksearch import MAX_TERM_LENGTH, Document, QuickSearch, fold, is_near

WORDS = ["refund", "refunds", "order", "orders", "the", "for", "card", "cards", "scared", "account", "café", "a"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
DOCUMENTS = st.lists(
    st.builds(Document, TEXTS, st.just("") | TEXTS, st.sampled_from([(), ("f1",), ("f2", "f1")]), st.just("") | TEXTS),
    max_size=15,
)
TERMS = st.lists(st.sampled_from([*WORDS, "ref", "car", "acount", "ord", "?"]), max_size=3).map(" ".join)


@given(DOCUMENTS, TERMS)
def test_fewer_results_are_the_first_of_more(documents: list[Document], term: str) -> None:
    search = QuickSearch(documents)
    every = search.search(term, limit=99)
    for most in (1, 2, 5):
        assert search.search(term, limit=most) == every[:most]


@given(DOCUMENTS, TERMS)
def test_better_fits_come_first_and_equals_in_the_order_of_the_list(documents: list[Document], term: str) -> None:
    rows = QuickSearch(documents).ranked(term, limit=99)
    assert rows == sorted(rows, key=lambda row: (-row[0][0], -row[0][1], row[1]))
    assert len({number for _, number in rows}) == len(rows)


@given(DOCUMENTS, TERMS)
def test_a_folder_finds_of_the_whole_what_lies_in_or_below_it(documents: list[Document], term: str) -> None:
    search = QuickSearch(documents)
    every = search.search(term, limit=99)
    for folder in ("f1", "f2"):
        inside = [number for number in every if folder in documents[number].path]
        assert search.search(term, folder=folder, limit=99) == inside


@given(DOCUMENTS, TERMS, st.sampled_from(WORDS))
def test_a_further_word_finds_no_more(documents: list[Document], term: str, word: str) -> None:
    search = QuickSearch(documents)
    narrow = set(search.search(f"{term} {word}", limit=99))
    assert narrow <= set(search.search(word, limit=99))


@given(DOCUMENTS, TERMS)
def test_case_accents_and_spaces_are_no_matter(documents: list[Document], term: str) -> None:
    search = QuickSearch(documents)
    assert search.ranked(term, limit=99) == search.ranked(f"  {term.upper()}  ".replace("É", "E"), limit=99)


@given(DOCUMENTS, TERMS)
def test_asked_again_it_answers_the_same(documents: list[Document], term: str) -> None:
    search = QuickSearch(documents)
    first = search.ranked(term)
    search.search("orders")
    assert search.ranked(term) == first == QuickSearch(documents).ranked(term)


@given(st.lists(TEXTS, min_size=1, max_size=10), st.data())
def test_the_whole_text_finds_its_response_among_the_first(texts: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(texts))
    best = QuickSearch([Document(other) for other in texts]).search(text, limit=99)
    starts = [number for number, other in enumerate(texts) if fold(other).startswith(fold(text))]
    assert set(best[: len(starts)]) == set(starts)


def test_in_a_large_list_the_best_is_found_wherever_it_stands() -> None:
    documents = [Document(f"your order number {number} is on its way") for number in range(3000)]
    documents[2900] = Document("It is on its way", title="Order status")
    search = QuickSearch(documents)
    assert search.search("order", limit=3) == [2900, 0, 1]
    assert search.search("order number", limit=3) == [0, 1, 2]


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("x" * (MAX_TERM_LENGTH + 500), []),
        (("refund " * 100).strip(), [0]),
        ("refund " + " ".join(f"zz{n}" for n in range(3)), []),
        ("\x00", []),
        ("refund\x00", [0]),
        ("_", []),
        ("refund_", [0]),
        ("don't", [1]),
        ("don’t", [1]),
        ("dont", [1]),
        ("12", [2]),
        ("r", [0]),
    ],
)
def test_odd_terms_are_answered(term: str, found: list[int]) -> None:
    search = QuickSearch([Document("refund"), Document("don't do it"), Document("in 12 days")])
    assert search.search(term) == found


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_nearness_goes_both_ways_and_lengths_differ_by_one_at_most(typed: str, word: str) -> None:
    assert is_near(typed, word) is is_near(word, typed)
    if is_near(typed, word):
        assert abs(len(typed) - len(word)) <= 1


@given(st.text("abcd", min_size=1, max_size=8), st.data())
def test_any_one_mistake_is_near(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdx"))
    left_out, added = word[:place] + word[place + 1 :], word[:place] + letter + word[place:]
    changed = word[:place] + letter + word[place + 1 :]
    swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    assert all(is_near(typed, word) for typed in (left_out, added, changed, swapped))


@given(st.text(max_size=40))
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert "’" not in folded
