"""Texts that were made to take long: what they cost grows with their length, and not with its square."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composer.engine.fluency import SpellingEngine
from safety.engine.blocklist import ProfanityEngine
from safety.engine.masking import DEFAULT_RULES, Redactor, Rule

UNITS = [
    "a@b.cx ", "jo at ex dot com ", "+1 415-555-0132 ", "call 0201234567 ", "born 01/02/1990 ", "may 1 1990 ",
    "4111 1111 1111 1111 ", "4000 0000 0000 0000 ", "078-05-1120 ", "DE89370400440532013000 ", "account is ",
    "123456 is ", "cvv 123 ", "https://a.b/c?d=e ", "(((([[[[", "))))", "1", "1 ", "4 1", " ", "\t", "\n", "-", "a",
    "moby dick ", "Moby Dick. ", "fuck ", "fuck", "f u c k ", "f\u200bu\u200bc\u200bk ", "e\u0301", "\u0301", "\u200b",
    "\u202ea\u202c", "5h1t ", "f*", "f**** ", "*", "wan ker ", "superasshole ", "Dick \"\"\" ", "Mr. Dick ",
    "blue tit ", "ѕһіт ", "👍", "\ufdfa", "[CARD] ", "'", ".", "@", "order 078-05-1120 ", "shit happens ", "call me ",
]  # fmt: skip
OWN_RULES = Redactor(
    [Rule("pattern", "", r"\(\)"), Rule("pattern", "[X]", r"f.*k|f"), Rule("pattern", "[Y]", r"\d+ "), *DEFAULT_RULES]
)
OWN_TERMS = ProfanityEngine(
    block=["f u", "wan ker king", *(f"call {word}" for word in ("us", "him", "her", "them"))],
    allow=["fuck fuck fuck", "u c k", "shit happens", "moby dick"],
)
CHECKS: dict[str, Callable[[str], object]] = {
    "redaction": Redactor().redact,
    "redaction by own rules": OWN_RULES.redact,
    "profanity": ProfanityEngine().has_profanity,
    "finds of profanity": ProfanityEngine().hits,
    "finds of own terms": OWN_TERMS.hits,
    "spelling": lambda text: SpellingEngine().correct(f"{text} tihs ", len(text) + 5, len(text) + 6),
}
SIZE, TIMES = 4_000, 8
# Doubling costs at most 2.6 times as much, so doubling three times at most 17.6 times. A square would be 64 times.
MAX_GROWTH = 2.6**3
# Below this, in seconds of the processor, nothing is told by a ratio.
TOO_SHORT_S = 0.02
MAX_TRIES = 12


def cost(check: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    check(text)
    return time.thread_time() - started


def growth(check: Callable[[str], object], short: str, long: str) -> float:
    """By how much more the long text costs. The least of several tries counts: other work only adds."""
    least_short = least_long = float("inf")
    # A collection goes through all objects of the process, and not through those of the check alone.
    gc.disable()
    try:
        for _ in range(MAX_TRIES):
            least_short = min(least_short, cost(check, short))
            least_long = min(least_long, cost(check, long))
            if least_long < TOO_SHORT_S or least_long <= MAX_GROWTH * least_short:
                return 0.0
    finally:
        gc.enable()
    return least_long / least_short


def text_of(before: str, unit: str, after: str, length: int) -> str:
    return before + unit * (length // len(unit)) + after


@pytest.mark.parametrize("name", CHECKS)
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(
    before=st.sampled_from(["", "account 123456 is ", "may 1 1990", "123 is", "dob", "f"]),
    unit=st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map("".join),
    after=st.sampled_from(["", "1", "x@", " my", "k"]),
)
def test_doubling_a_text_costs_little_more_than_double(name: str, before: str, unit: str, after: str) -> None:
    short, long = (text_of(before, unit, after, SIZE * times) for times in (1, TIMES))
    assert growth(CHECKS[name], short, long) <= MAX_GROWTH


@pytest.mark.parametrize("unit", UNITS)
def test_each_shape_is_linear(unit: str) -> None:
    for name, check in CHECKS.items():
        short, long = (text_of("may 1 1990", unit, "1", SIZE * times) for times in (1, TIMES))
        assert growth(check, short, long) <= MAX_GROWTH, name
