"""What is taken out of messages before they are stored (seed security__data-redaction)."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.engine.masking import DEFAULT_RULES, Redactor, Rule

DATA = Path(__file__).parent / "data"
REDACTOR = Redactor()
CASES = [
    line.split("\t")
    for line in (DATA / "masking_cases.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
SECRETS = ["4111 1111 1111 1111", "5555555555554444", "078-05-1120", "jo@example.com", "DE89370400440532013000"]


@pytest.mark.parametrize(("text", "redacted"), CASES)
def test_secrets_go_and_the_rest_stays(text, redacted):
    assert REDACTOR.redact(text) == redacted


def test_a_word_of_the_line_before_saves_no_number():
    assert REDACTOR.redact("REF\n078-05-1120") == "REF\n[SSN]"


def test_what_an_empty_mask_lays_bare_is_found_too():
    redactor = Redactor([Rule("pattern", "", "x"), Rule("pattern", "[A]", r"\d\d")])
    assert redactor.redact("1x2") == "[A]"


def test_findings_say_where_and_by_which_rule():
    text = "mail jo@example.com or pay 4111111111111111"
    found = [(text[one.start : one.end], one.rule.kind, one.rule.name) for one in REDACTOR.findings(text)]
    assert found == [
        ("jo@example.com", "email", "E-mail address"),
        ("4111111111111111", "payment_card", "Payment card"),
    ]


def test_a_company_rule_finds_its_pattern():
    redactor = Redactor([*DEFAULT_RULES, Rule("pattern", "[MEMBER]", r"\bM-\d{6}\b", "Member number")])
    assert redactor.redact("M-123456 wrote to jo@example.com") == "[MEMBER] wrote to [EMAIL]"


def test_the_first_rule_wins():
    digits = Rule("pattern", "[NUMBER]", r"\d{16}")
    card = Rule("payment_card", "[CARD]")
    assert Redactor([digits, card]).redact("4111111111111111") == "[NUMBER]"
    assert Redactor([card, digits]).redact("4111111111111111") == "[CARD]"


@pytest.mark.parametrize("pattern", ["(", "[", "", "x" * 1_001, r"(?P<a>.)(?P=a)"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern):
    with pytest.raises(ValueError, match=r"pattern"):
        Redactor([Rule("pattern", "[X]", pattern)])


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no such kind of rule: 'shoe_size'"):
        Redactor([Rule("shoe_size", "[X]")])


@pytest.mark.parametrize("pattern", [r"(a+)+b", r"(a|aa)+b", r"(a*)*b", r"(\w+\s?)*x", r"a.*b|a", r"((a?){99})*b"])
def test_a_pattern_cannot_hang_the_process(pattern):
    redactor = Redactor([Rule("pattern", "[X]", pattern)])
    started = time.thread_time()
    redactor.redact("a" * 200_000)
    assert time.thread_time() - started < 2


def test_after_very_many_finds_the_rest_is_one():
    masked = Redactor([Rule("pattern", "[D]", r"\d")]).redact("1" * 5_000 + " and 4111")
    assert masked == "[D]" * 501


@pytest.mark.parametrize("text", ["\ud800 M-123456", "é M-123456", "😀 M-123456 😀"])
def test_a_company_rule_finds_its_place_among_any_signs(text):
    redactor = Redactor([Rule("pattern", "[MEMBER]", r"\bM-\d{6}\b")])
    assert redactor.redact(text) == text.replace("M-123456", "[MEMBER]")


def test_a_pattern_that_finds_nothing_at_all_changes_nothing():
    assert Redactor([Rule("pattern", "[X]", "z?")]).redact("abc") == "abc"


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_no_text_raises_and_a_second_pass_changes_nothing(text):
    once = REDACTOR.redact(text)
    assert REDACTOR.redact(once) == once


@given(st.text(alphabet="0123456789 -.@abcM[]CARD", max_size=80))
def test_digits_and_masks_in_any_order_settle(text):
    redactor = Redactor([Rule("pattern", "[A]", r"\d\d"), *DEFAULT_RULES, Rule("pattern", "", "CA")])
    once = redactor.redact(text)
    assert redactor.redact(once) == once


@given(st.text(alphabet="ab.*+?|()[]{}\\\\d1,^$", min_size=1, max_size=12), st.text(alphabet="ab1 ", max_size=200))
def test_any_pattern_is_refused_or_settles(pattern, text):
    try:
        redactor = Redactor([Rule("pattern", "[X]", pattern)])
    except ValueError:
        return
    once = redactor.redact(text)
    assert redactor.redact(once) == once


@given(st.sampled_from(SECRETS), st.text(max_size=40), st.text(max_size=40))
def test_a_seeded_secret_never_leaks(secret, before, after):
    assert secret not in REDACTOR.redact(f"{before}\n{secret}\n{after}")


@pytest.mark.parametrize(
    "text", ["1" * 50_000, "1 " * 25_000, "a@" * 25_000, "account is " * 5_000, "(415) " * 9_000, "may 1 " * 9_000]
)
def test_a_flood_is_answered(text):
    started = time.thread_time()
    REDACTOR.redact(text)
    assert time.thread_time() - started < 2.5
