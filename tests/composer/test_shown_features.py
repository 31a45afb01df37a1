"""What the composer shows with each combination of features, typed or not, long or short."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.engine.types import Offer, Offers
from composer.suggestions.answer import MAX_TYPED_LENGTH, answer, greeting_due, offers_for
from composer.suggestions.checks import Checks
from composer.suggestions.contexts import CachedContext
from composer.suggestions.features import Features
from safety.engine.blocklist import ProfanityEngine

REPLY = Offer("Hello there", "Hello there", "", "global")


class Session:
    """Offers one reply and a phrase for every text."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def suggest(self, query: str) -> Offers:
        self.asked.append(query)
        return Offers((REPLY,), f"{query} and more")


class Found:
    misspelled, corrected, position = "teh", "the", 3


class Speller:
    """Corrects every text, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def correct(self, text: str, begin: int, end: int, own_words: Collection[str]) -> Found:
        self.asked.append((text, begin, end, own_words))
        return Found()


PROFANITY = ProfanityEngine()


def context(speller: Speller | None = None, session: Session | None = None, **features: bool) -> CachedContext:
    checks = Checks(cast(Any, speller or Speller()), PROFANITY)
    greeting = cast(Any, "the greeting")
    return CachedContext(
        session=cast(Any, session or Session()),
        checks=checks,
        features=Features(**features),
        greeting=greeting,
        inserts={},
        metadata={},
        valid_for_s=60,
        is_latest=True,
        subject=cast(Any, None),
    )


@pytest.mark.parametrize(
    ("off", "typed", "replies", "phrase", "correction"),
    [
        ((), "", True, True, True),
        ((), "hi", True, True, True),
        (("suggestions_while_typing",), "", True, True, True),
        (("suggestions_while_typing",), "hi", False, False, True),
        (("phrase_completions",), "hi", True, False, True),
        (("spellcheck",), "hi", True, True, False),
        (("autopilot_greetings",), "hi", True, True, True),
        (("suggestions_while_typing", "phrase_completions"), "hi", False, False, True),
        (("phrase_completions", "spellcheck"), "", True, False, False),
        (("autocompose",), "", False, False, False),
        (("autocompose",), "hi", False, False, False),
    ],
)
def test_a_feature_that_is_off_shows_nothing(
    off: tuple[str, ...], typed: str, replies: bool, phrase: bool, correction: bool
) -> None:
    shown = answer(context(**dict.fromkeys(off, False)), typed, (0, 2), ())
    assert (bool(shown.replies), bool(shown.phrase), bool(shown.correction)) == (replies, phrase, correction)


FEATURES = st.fixed_dictionaries(
    {
        name: st.booleans()
        for name in (
            "suggestions_while_typing",
            "phrase_completions",
            "spellcheck",
            "autopilot_greetings",
            "autocompose",
        )
    }
)


@given(FEATURES, st.sampled_from(["", "hi", "hi "]), st.sampled_from([None, (0, 2)]))
def test_the_control_group_sees_nothing_and_the_api_sees_what_the_desk_sees(
    features: dict[str, bool], typed: str, cursor: tuple[int, int] | None
) -> None:
    made = context(**features)
    shown, offered = answer(made, typed, cursor, ()), offers_for(made, typed)
    assert (shown.replies, shown.phrase) == (offered.replies, offered.phrase)
    if not features["autocompose"]:
        assert (shown.replies, shown.phrase, shown.correction) == ((), "", None)
        assert greeting_due(made, typed) is None


@pytest.mark.parametrize(
    ("off", "typed", "is_due"),
    [
        ((), "", True),
        ((), "h", False),
        ((), " ", False),
        (("autopilot_greetings",), "", False),
        (("autocompose",), "", False),
        (("suggestions_while_typing", "phrase_completions", "spellcheck"), "", True),
    ],
)
def test_a_greeting_is_due_only_before_anything_is_typed(off: tuple[str, ...], typed: str, is_due: bool) -> None:
    assert (greeting_due(context(**dict.fromkeys(off, False)), typed) is not None) is is_due


def test_what_is_off_is_not_even_asked_for() -> None:
    speller, session = Speller(), Session()
    answer(context(speller, session, suggestions_while_typing=False, spellcheck=False), "hi", (0, 2), ())
    assert (speller.asked, session.asked) == ([], [])


def test_without_a_keystroke_nothing_is_corrected() -> None:
    speller = Speller()
    shown = answer(context(speller), "teh ", None, ())
    assert (shown.correction, speller.asked) == (None, [])


def test_the_speller_knows_where_was_typed_and_the_agents_own_words() -> None:
    speller = Speller()
    own = frozenset({"frell"})
    shown = answer(context(speller), "so teh ", (6, 7), own)
    assert speller.asked == [("so teh ", 6, 7, own)]
    assert shown.correction is not None
    assert (shown.correction.misspelled, shown.correction.corrected, shown.correction.position) == ("teh", "the", 3)


@pytest.mark.parametrize(("length", "is_shown"), [(MAX_TYPED_LENGTH, True), (MAX_TYPED_LENGTH + 1, False)])
def test_a_pasted_text_is_left_alone(length: int, is_shown: bool) -> None:
    shown = answer(context(), ("word " * length)[:length], (0, 1), ())
    assert (bool(shown.replies), bool(shown.phrase), bool(shown.correction)) == (is_shown,) * 3


def test_each_answer_has_an_id_of_its_own() -> None:
    made = context()
    ids = {answer(made, "hi", None, ()).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id_) == 32 and int(id_, 16) >= 0 for id_ in ids)
