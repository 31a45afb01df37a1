"""The correction of the word just completed (contract README section 2, `/spellcheck/correction`)."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.fluency import Correction, Learned, SpellingEngine, learn, ranker_of

DATA = Path(__file__).parent / "data"
ENGINE = SpellingEngine()


def rows(name):
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def learned(texts):
    """An engine that knows what these conversations of one message each say."""
    return SpellingEngine(learned=learn((("", [text]) for text in texts), (), ranker_of("en")))


def typed(text, engine=ENGINE, **options):
    """What the engine says when a space has just been typed behind the text."""
    return engine.correct(text + " ", len(text), len(text) + 1, **options)


@pytest.mark.parametrize(("text", "corrected", "position", "kind"), rows("fluency_corrected.tsv"))
def test_it_corrects_the_word_just_completed(text, corrected, position, kind):
    found = typed(text)
    assert found is not None
    assert (found.misspelled, found.corrected) == (text.split()[-1], corrected)
    assert (found.position, found.kind) == (int(position), kind)


@pytest.mark.parametrize("text", [row[0] for row in rows("fluency_left.tsv")])
def test_it_leaves_what_an_agent_may_mean(text):
    assert typed(text) is None


def test_the_example_of_the_contract():
    found = ENGINE.correct("How is tihs ", 11, 12)
    assert isinstance(found, Correction)
    assert (found.misspelled, found.corrected, found.position) == ("tihs", "this", 7)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("How is tihs", 10, 11),  # still being typed
        ("How is tihs please ", 18, 19),  # the slip is in an earlier word
        ("How is tihs  ", 12, 13),  # it was complete before this event
        ("How is tihs ", 12, 12),  # nothing was typed
        ("How is tihs ", 5, 99),
        ("How is tihs ", -1, 3),
        ("How is tihs-", 11, 12),  # the word goes on
        ("", 0, 0),
        (" ", 0, 1),
    ],
)
def test_no_correction_without_a_word_just_completed(text, start, end):
    assert ENGINE.correct(text, start, end) is None


def test_a_word_in_the_middle_is_corrected_by_what_follows_too():
    text = "I found a room fro two people"
    found = ENGINE.correct(text, 18, 19)
    assert found is not None
    assert (found.corrected, found.position) == ("for", 15)


@pytest.mark.parametrize("text", ["Let me know if you want too.", "Do you want me too?", "I would like too, please"])
def test_at_the_end_of_a_clause_a_real_word_is_believed(text):
    end = max(text.find(mark) for mark in ".?,")
    assert ENGINE.correct(text[: end + 1], end, end + 1) is None


@pytest.mark.parametrize("mark", [".", ",", "!", "?", ";", ")", "\n"])
def test_a_closing_mark_completes_a_word(mark):
    found = ENGINE.correct("I will chekc" + mark, 12, 13)
    assert found is not None
    assert found.corrected == "check"


@pytest.mark.parametrize("known", ["tihs", "TIHS", "Tihs"])
def test_known_words_are_never_corrected_in_any_case(known):
    assert typed("How is tihs", known_words=[known]) is None
    assert typed("I dont", known_words=["dont"]) is None


@pytest.mark.parametrize("language", ["en", "en-US", "EN_gb"])
def test_english_in_any_form_is_corrected(language):
    assert typed("How is tihs", language=language) is not None


@pytest.mark.parametrize("language", ["es", "fr-CA", "tlh", "", "-", "../en", "é"])
def test_an_unknown_language_gets_no_correction(language):
    assert typed("How is tihs", language=language) is None


def test_extras_are_off_unless_named():
    assert typed("how") is None
    assert typed("at the the") is None
    assert typed("can i") is None
    engine = SpellingEngine(extras=["capital", "doubled", "first_person"])
    assert typed("how", engine).corrected == "How"
    assert typed("can i", engine).corrected == "I"
    doubled = typed("at the the", engine)
    assert (doubled.misspelled, doubled.corrected, doubled.position) == ("the the", "the", 3)
    with pytest.raises(ValueError, match="no such rule"):
        SpellingEngine(extras=["rhyme"])


def test_an_article_is_corrected_when_the_next_word_is_there():
    found = ENGINE.correct("This is a hour late", 9, 10)
    assert found is not None
    assert (found.corrected, found.kind) == ("an", "article")
    assert ENGINE.correct("This is a university", 9, 10) is None


def test_words_of_the_company_are_learnt_and_its_typos_are_not():
    texts = ["Your Frobnix is ready."] * 5 + ["Please check it."] * 60 + ["Please chekc it."] * 4
    engine = learned(texts)
    assert typed("Is this your frobnix", engine) is None
    assert typed("Please chekc", engine).corrected == "check"
    assert typed("I like your frobnx", engine).corrected == "Frobnix"


def test_learnt_words_are_read_as_they_were_written(tmp_path):
    texts = [("", ["Your Frobnix is ready."])] * 5
    found = learn(texts, ["The Vextra plan", "Our Vextra plan"], ranker_of("en"))
    path = tmp_path / "words.json"
    found.save(path)
    again = Learned.load(path)
    assert again == found
    assert again.new == ("frobnix", "vextra")
    assert (again.written["frobnix"], again.written["vextra"]) == ("Frobnix", "Vextra")
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"words\.json"):
        Learned.load(path)


def test_a_name_that_is_said_in_one_conversation_is_no_word_of_the_company():
    found = learn([("k1", ["Thank you, Frobnix."] * 9), ("k2", ["Hello Frobnix."])], (), ranker_of("en"))
    assert "frobnix" not in found.share


def test_words_and_pairs_of_too_few_customers_are_not_learnt():
    texts = ["Your Frobnix is ready.", "Our frobnix hums."]
    few = learn([(f"k{number % 2}", texts) for number in range(20)], (), ranker_of("en"))
    assert (few.share, few.pairs) == ({}, {})
    enough = learn([(f"k{number % 3}", texts) for number in range(20)], (), ranker_of("en"))
    assert "frobnix" in enough.share
    assert enough.pairs


def test_words_of_the_company_s_dictionary_stay():
    assert typed("How is tihs", SpellingEngine(words=["Tihs"])) is None


def test_a_correction_says_why():
    rule, spelling, confusion = typed("I dont"), typed("How is tihs"), typed("What is you're")
    assert (rule.kind, rule.score) == ("contraction", 99.0)
    assert (spelling.kind, confusion.kind) == ("spelling", "confusion")
    assert 0.4 <= spelling.score < 99
    assert 0 < confusion.score < 99


@given(st.text(st.characters(exclude_categories=()), max_size=60), st.integers(-3, 70), st.integers(-3, 70))
def test_no_text_raises_and_only_the_word_changes(text, start, end):
    found = ENGINE.correct(text, start, end, known_words=["x"])
    if found is not None:
        assert text[found.position : found.position + len(found.misspelled)] == found.misspelled
        assert not any(sign.isspace() for sign in found.corrected)
        assert found.position + len(found.misspelled) <= end


@given(st.sampled_from(["recieve", "tihs", "teh", "adress", "wiht"]), st.text(max_size=30))
def test_a_correction_ends_where_the_word_ends(word, before):
    text = f"{before} {word} "
    found = ENGINE.correct(text, len(text) - 1, len(text))
    if found is not None:
        assert found.position == len(before) + 1
        assert found.misspelled == word


def test_it_is_fast():
    texts = [f"{row[0]} " for row in rows("fluency_left.tsv")] * 20
    started = time.perf_counter()
    for text in texts:
        ENGINE.correct(text, len(text) - 1, len(text))
    assert (time.perf_counter() - started) / len(texts) < 0.002


def test_what_the_company_writes_decides_between_candidates():
    plain = typed("Your boarding gat")
    engine = learned(["Your boarding gate is B4."] * 20 + ["That is fine."] * 5)
    found = typed("Your boarding gat", engine)
    assert found is not None
    assert found.corrected == "gate"
    assert plain is None or plain.score < found.score
