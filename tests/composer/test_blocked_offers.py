"""Nothing is offered that holds a blocked word or goes on with one."""

from __future__ import annotations

from typing import Any, cast

import pytest

from composer.engine.fluency import SpellingEngine
from composer.engine.types import Offer, Offers
from composer.suggestions.answer import answer
from composer.suggestions.checks import Checks
from composer.suggestions.contexts import CachedContext
from composer.suggestions.features import Features
from safety.engine.blocklist import ProfanityEngine


class Always:
    """A scene with the same offers for every text."""

    def __init__(self, phrase: str, *replies: str) -> None:
        self.phrase, self.replies = phrase, replies

    def suggest(self, query: str) -> Offers:
        offers = tuple(Offer(text, text, "", "company") for text in self.replies)
        return Offers(offers, query + self.phrase if self.phrase else "")


def shown(typed: str, phrase: str, *replies: str) -> tuple[list[str], str]:
    checks = Checks(cast(SpellingEngine, None), ProfanityEngine(block=("frell",)))
    context = CachedContext(
        Always(phrase, *replies),
        checks,
        Features(),
        None,
        {},
        {},
        valid_for_s=60,
        is_latest=True,
        subject=cast(Any, None),
    )
    found = answer(context, typed, None, ())
    return [reply.text for reply in found.replies], found.phrase


@pytest.mark.parametrize("typed", ["this is shit, sorry", "what the frell ", "shit", "we will see, you shit"])
def test_a_blocked_word_that_is_typed_ends_all_offers(typed: str) -> None:
    assert shown(typed, " and more", "Could you sign out?") == ([], "")


def test_a_reply_with_a_blocked_word_is_left_out() -> None:
    replies = "Could you sign out?", "This frell again.", "Please sign in."
    assert shown("", "", *replies)[0] == ["Could you sign out?", "Please sign in."]
    assert shown("hello ", "there", *replies) == (["Could you sign out?", "Please sign in."], "hello there")


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [("what the ", "frell is it"), ("what a fre", "ll"), ("a long word and then " * 3 + "fr", "ell")],
)
def test_a_phrase_that_would_make_a_blocked_word_is_left_out(typed: str, phrase: str) -> None:
    assert shown(typed, phrase, "Please sign in.") == (["Please sign in."], "")


def test_a_long_text_is_looked_at_from_its_begin_to_the_cursor() -> None:
    long = "I have looked at the line and it is fine, please restart the router now and wait. " * 3
    assert shown(long, "and more") == ([], long + "and more")
    assert shown("shit " + long, "and more") == ([], "")
    assert shown(long + "shit", " and more") == ([], "")
