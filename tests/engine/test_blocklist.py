"""Words that must not be sent (contract README section 2, `/profanity/evaluation`)."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.engine.blocklist import ProfanityEngine
from safety.engine.blocklist.folding import fold

DATA = Path(__file__).parent / "data"
ENGINE = ProfanityEngine()


def lines(name):
    return [
        line for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]


@pytest.mark.parametrize(("text", "kind", "found"), [line.split("\t") for line in lines("blocklist_hits.tsv")])
def test_it_finds_the_word_and_says_where_and_how(text, kind, found):
    hits = ENGINE.hits(text)
    assert [(hit.kind, text[hit.start : hit.end]) for hit in hits] == [(kind, found)]
    assert ENGINE.has_profanity(text) is True


@pytest.mark.parametrize("text", lines("blocklist_innocent.tsv"))
def test_it_leaves_the_innocent(text):
    assert ENGINE.hits(text) == []
    assert ENGINE.has_profanity(text) is False


def test_a_company_blocks_its_own_words_and_phrases():
    engine = ProfanityEngine(block=["frobnix", "Acme Corp"])
    assert engine.has_profanity("two frobnixes")
    assert engine.has_profanity("fr0bnix!")
    assert engine.has_profanity("ask ACME corp")
    assert not engine.has_profanity("ask acme")
    assert not ENGINE.has_profanity("two frobnixes")


def test_a_company_allows_words_and_phrases():
    engine = ProfanityEngine(allow=["prick", "shit happens"])
    assert not engine.has_profanity("a prick of the needle")
    assert not engine.has_profanity("well, shit happens")
    assert engine.has_profanity("well, shit")


def test_several_finds_come_in_order_without_overlaps():
    hits = ENGINE.hits("shit, what a bastard son of a bitch")
    assert [hit.term for hit in hits] == ["shit", "bastard", "son of a bitch"]


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_no_text_raises_and_finds_lie_in_it(text):
    for hit in ENGINE.hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


# Signs that fold to none, to one and to several, around a word and inside it.
SIGNS = st.text(alphabet="ab ﬁ½\u200b\u0301éЖ😀𝓼①ß漢", max_size=30)


@given(SIGNS, SIGNS, st.text(alphabet="\u200b\u2060\u0301", max_size=3))
def test_normalisation_never_moves_a_position(before, after, hidden):
    word = f"sh{hidden}it"
    text = f"{before} {word} {after}"
    start = len(before) + 1
    spans = [(hit.start, hit.end) for hit in ENGINE.hits(text)]
    assert any(first <= start and start + len(word) <= last for first, last in spans)
    folded = fold(text)
    if folded.origins is not None:
        assert len(folded.origins) == len(folded.text)
        assert list(folded.origins) == sorted(folded.origins)


@given(st.sampled_from(["ｓｈｉｔ", "ѕһіт", "𝓼𝓱𝓲𝓽", "ⓢⓗⓘⓣ", "s.h.i.t", "shiiit", "sh1t"]), SIGNS)
def test_a_disguise_is_reported_where_it_stands(word, before):
    text = f"{before} {word}"
    spans = [(hit.start, hit.end) for hit in ENGINE.hits(text)]
    assert any(first <= len(before) + 1 and last >= len(text) - 1 for first, last in spans)


HOSTILE = [
    "a" * 200_000,
    "fuck" * 50_000,
    "f*" * 100_000,
    "f x " * 50_000,
    "shitx " * 33_000,
    " ".join("f" + "*" * 50 for _ in range(4_000)),
    "ё́" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_flood_of_200_kilobytes_is_answered(text):
    started = time.thread_time()
    ENGINE.has_profanity(text)
    assert time.thread_time() - started < 2  # 0.4 s on a quiet machine
