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


@given(st.text(max_size=200))
def test_no_text_raises_and_finds_lie_in_it(text):
    for hit in ENGINE.hits(text):
        assert 0 <= hit.start < hit.end <= len(text)


@given(st.text(max_size=40), st.text(max_size=40))
def test_folding_never_moves_a_position(before, after):
    text = f"{before} shit {after}"
    hits = ENGINE.hits(text)
    assert any(hit.start <= len(before) + 1 and hit.end >= len(before) + 5 for hit in hits) or ENGINE.has_profanity(
        text
    ) == bool(hits)
    folded = fold(text)
    if folded.places is not None:
        assert len(folded.places) == len(folded.text)
        assert list(folded.places) == sorted(folded.places)


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
    started = time.perf_counter()
    ENGINE.has_profanity(text)
    assert time.perf_counter() - started < 2.5  # 0.5 s on a quiet machine
