"""The simple suggestion engine: scene and typed text in, offers out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.prefix import MAX_QUERY_LENGTH, PrefixEngine
from composer.engine.types import MAX_OFFERS, Entry, SuggestionContext

LIST = [
    Entry("1", "Thank you for waiting."),
    Entry("2", "Thanks, {NAME}."),
    Entry("3", "Thank you for waiting."),
    Entry("4", "I thank you.", filters=(("queue", frozenset({"billing"})), ("tier", frozenset({"gold"})))),
    Entry("5", "Straße gesperrt"),
    Entry("6", "Please hold, I am waiting for the system."),
]
ENGINE = PrefixEngine(LIST)


def offered(query: str, **scene: Any) -> list[str]:
    scene = {"inserts": {"NAME": "Sarah"}, **scene}
    prepared = ENGINE.prepare(SuggestionContext(company="c", environment="production", agent="a", **scene))
    return [offer.key for offer in prepared.suggest(query).replies]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["1", "2", "5"]),
        ("than", ["1", "2"]),
        ("  THAN", ["1", "2"]),
        ("thank you  for", ["1"]),
        ("thank you for waiting.", []),
        ("thanks, sarah", ["2"]),
        ("strasse", ["5"]),
        ("waiting system", ["6"]),
        ("system nothing", []),
        ("t" * (MAX_QUERY_LENGTH + 1), []),
    ],
)
def test_typed_text_finds_responses(query: str, keys: list[str]) -> None:
    assert offered(query) == keys


def test_every_filter_must_match() -> None:
    assert offered("i th") == []
    assert offered("i th", metadata={"queue": "billing"}) == []
    assert offered("i th", metadata={"queue": "billing", "tier": "gold"}) == ["4"]


def test_an_insert_needs_its_value() -> None:
    assert offered("than", inserts={}) == ["1"]
    assert offered("than", inserts={"name": "Sarah"}) == ["1"], "inserts are case-sensitive"


def test_the_agents_own_come_first() -> None:
    own = (Entry("own", "Thank you so much, {NAME}!", source="custom"),)
    assert offered("thank", customs=own) == ["own", "1", "2"]
    assert offered("thank", customs=own, inserts={}) == ["1"]


def test_an_offer_says_where_it_comes_from() -> None:
    prepared = ENGINE.prepare(
        SuggestionContext(company="c", environment="production", agent="a", inserts={"NAME": "Sarah"})
    )
    [offer] = prepared.suggest("thanks, s").replies
    assert (offer.text, offer.template, offer.source) == ("Thanks, Sarah.", "Thanks, {NAME}.", "global")
    assert offer.score == 2.0


@given(query=st.text(max_size=100), texts=st.lists(st.text(min_size=1, max_size=40), max_size=20))
def test_any_text_gives_at_most_three_different_offers(query: str, texts: list[str]) -> None:
    engine = PrefixEngine(Entry(str(number), text) for number, text in enumerate(texts))
    replies = engine.prepare(SuggestionContext(company="c", environment="production", agent="a")).suggest(query).replies
    assert len(replies) <= MAX_OFFERS
    assert len({reply.text for reply in replies}) == len(replies)
