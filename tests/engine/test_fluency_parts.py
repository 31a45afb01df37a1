"""Parts of the speller: the completed word, rules, the cost of slips, keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.fluency.cursor import OTHER, START, Completed, as_typed, completed_word
from composer.engine.fluency.index import PREFIX, deletes, letters_of
from composer.engine.fluency.noise import IMPOSSIBLE, slip_cost
from composer.engine.fluency.open_places import is_open
from composer.engine.fluency.rules import article, contraction, first_person, is_doubled, is_small_start
from composer.engine.fluency.store import Column, key_of


def completed(text: str, behind: str = "") -> Completed | None:
    """The word that the last character of a text completed, with what is behind the cursor."""
    return completed_word(text + behind, len(text) - 1, len(text))


def word(text: str, behind: str = "") -> Completed:
    around = completed(text, behind)
    assert around is not None
    return around


# The completed word


@pytest.mark.parametrize(
    ("text", "completed_as"),
    [
        ("I saw tihs ", "tihs"),
        ("I saw tihs.", "tihs"),
        ("I saw (tihs)", "tihs"),
        ('I saw "tihs"', "tihs"),
        ("don't ", "don't"),
        ("don’t ", "don’t"),
        ("Well,tihs ", "tihs"),
    ],
)
def test_a_space_or_a_closing_mark_completes_a_word(text: str, completed_as: str) -> None:
    assert word(text).word == completed_as
    assert text[word(text).position :].startswith(completed_as)


@pytest.mark.parametrize(
    "text",
    [
        "I saw tihs",  # still being typed
        "I saw tihs  ",  # complete since the space before
        "see www.example.com ",
        "a@b.example ",
        "path/to ",
        "AB12 ",
        "$12 ",
        " ",
        ".",
    ],
)
def test_no_word_is_completed(text: str) -> None:
    assert completed(text) is None


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 2), (0, 99)])
def test_a_cursor_outside_of_the_text_completes_nothing(start: int, end: int) -> None:
    assert completed_word("tihs is", start, end) is None


def test_the_words_around_are_known() -> None:
    around = word("Hello. We saw 5 tihs ", "in here")
    assert around.sentence == ("we", "saw", OTHER)
    assert around.before == ("saw", OTHER)
    assert (around.previous, around.gap) == ("5", " ")
    assert not around.starts_sentence
    assert not around.by_mark


def test_the_words_behind_the_cursor_are_known() -> None:
    around = completed_word("I saw tihs thing here. More", 10, 11)
    assert around is not None
    assert around.after == "thing"
    assert around.following == ("thing", "here")


def test_a_sentence_starts_at_its_mark() -> None:
    around = word("That is all. tihs ")
    assert around.starts_sentence
    assert around.before == (START, START)
    assert word("That is all, tihs ").before == ("is", "all")
    assert word("tihs.").by_mark


@given(text=st.text(alphabet="ab'. ,(\"’1/@", max_size=20), start=st.integers(-1, 21), end=st.integers(-1, 21))
def test_any_event_is_answered(text: str, start: int, end: int) -> None:
    around = completed_word(text, start, end)
    if around is not None:
        assert text[around.position : around.position + len(around.word)] == around.word


@pytest.mark.parametrize(
    ("typed", "correction", "shown"),
    [("tihs", "this", "this"), ("Tihs", "this", "This"), ("TIHS", "this", "THIS"), ("I", "it", "It")],
)
def test_corrections_have_the_case_of_the_word(typed: str, correction: str, shown: str) -> None:
    assert as_typed(typed, correction) == shown


# Rules


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("I dont ", "don't"),
        ("I DONT ", "don't"),
        ("im ", "I'm"),
        ("IM ", None),  # an abbreviation
        ("it dosent ", "doesn't"),
        ("we saw ", None),
    ],
)
def test_contractions(text: str, correction: str | None) -> None:
    assert contraction(word(text)) == correction


@pytest.mark.parametrize(
    ("text", "correction"), [("and i ", "I"), ("and i'm ", "I'm"), ("and I ", None), ("it ", None)]
)
def test_the_first_person_is_written_large(text: str, correction: str | None) -> None:
    assert first_person(word(text)) == correction


@pytest.mark.parametrize(
    ("typed", "behind", "correction"),
    [
        ("a ", "apple", "an"),
        ("an ", "pear", "a"),
        ("a ", "hour", "an"),
        ("an ", "user", "a"),
        ("a ", "unintended", "an"),
        ("an ", "apple", None),
        ("a ", "ab", None),  # too short to tell
        ("a ", "", None),
        ("the ", "apple", None),
    ],
)
def test_articles(typed: str, behind: str, correction: str | None) -> None:
    around = completed_word(typed + behind, len(typed) - 1, len(typed))
    assert around is not None
    assert article(around) == correction


@pytest.mark.parametrize(
    ("text", "doubled"),
    [("the the ", True), ("The the ", True), ("very very ", False), ("the, the ", False), ("the cat ", False)],
)
def test_doubled_words(text: str, doubled: bool) -> None:
    assert is_doubled(word(text)) is doubled


def test_sentences_that_start_small() -> None:
    assert is_small_start(word("hello "))
    assert is_small_start(word("Yes. hello "))
    assert not is_small_start(word("Hello "))
    assert not is_small_start(word("Yes hello "))


@pytest.mark.parametrize(
    ("text", "is_open_there"),
    [
        ("we know your ", True),
        ("looks like there ", True),
        ("well, their ", True),
        ("I am on my way there ", True),
        ("I love you too ", True),
        ("with your ", False),
        ("it goes then ", False),
    ],
)
def test_where_either_word_of_a_pair_is_right(text: str, is_open_there: bool) -> None:
    around = word(text)
    assert is_open(around.word, around) is is_open_there


# The cost of slips


def test_a_word_as_meant_costs_nothing() -> None:
    assert slip_cost("this", "this") == 0.0
    assert slip_cost("", "") == 0.0


@pytest.mark.parametrize(
    ("cheap", "dear", "meant"),
    [
        ("tihs", "thxs", "this"),  # swapped; a letter from the other side of the keyboard
        ("thid", "thiq", "this"),  # a neighbouring key
        ("helo", "hell", "hello"),  # a doubled letter left out; the end
        ("nead", "nexd", "need"),  # vowel for vowel
        ("tthis", "xthis", "this"),  # a doubled letter
        ("thas", "zhis", "this"),  # inside; the first letter
    ],
)
def test_likelier_slips_cost_less(cheap: str, dear: str, meant: str) -> None:
    assert slip_cost(cheap, meant) < slip_cost(dear, meant)


@pytest.mark.parametrize(("typed", "meant"), [("zebra", "account"), ("a", "abcdefgh"), ("qqqq", "this")])
def test_other_words_are_no_slips(typed: str, meant: str) -> None:
    assert slip_cost(typed, meant) == IMPOSSIBLE


def test_a_letter_moved_over_two_is_one_slip() -> None:
    assert slip_cost("fomr", "from") < slip_cost("fxmr", "from")


@given(typed=st.text("abcde'", max_size=8), meant=st.text("abcde'", max_size=8))
def test_costs_are_never_below_0_and_0_only_for_the_word_itself(typed: str, meant: str) -> None:
    cost = slip_cost(typed, meant)
    assert cost >= 0
    assert (cost == 0) == (typed == meant)


# Keys


def test_words_a_slip_apart_have_a_part_in_common() -> None:
    for typed in ("tihs", "ths", "thhis", "thus"):
        assert deletes(typed) & deletes("this"), typed
    assert not deletes("zebra") & deletes("montag")
    assert all(len(part) <= PREFIX for part in deletes("international"))


def test_letters_are_a_set() -> None:
    assert letters_of("abba") == letters_of("ab")
    assert letters_of("abc") & letters_of("cde") == letters_of("c")
    assert letters_of("") == 0


def test_a_column_finds_the_byte_of_a_key() -> None:
    column = Column(memoryview(bytes([2, 5, 9])), memoryview(bytes([20, 50, 90])))
    assert [column.get(key) for key in (2, 5, 9, 1, 6, 10)] == [20, 50, 90, None, None, None]


def test_keys_are_the_same_in_every_process() -> None:
    assert key_of("hello") == 0x3610A686
    assert key_of("of the") != key_of("of  the")
