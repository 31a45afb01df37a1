"""POST /autocompose/v1/profanity/evaluation and /autocompose/v1/spellcheck/correction."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Company
from composer.suggestions.company_words import add_company_word
from safety.models import TermKind
from safety.services import add_term
from tests.api.conftest import Caller, assert_error

PROFANITY = "/autocompose/v1/profanity/evaluation"
SPELLCHECK = "/autocompose/v1/spellcheck/correction"


def typed(text: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    return {"text": text, "typingEvent": {"cursorStart": start, "cursorEnd": end}, **more}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("This is a perfectly decent sentence.", False), ("Well, shit.", True), ("", False), ("Room 455, Essex", False)],
)
def test_profanity_is_found(caller: Caller, text: str, expected: bool) -> None:
    assert caller.post(PROFANITY, {"text": text}).json() == {"hasProfanity": expected}


def test_profanity_needs_no_text(caller: Caller) -> None:
    assert caller.post(PROFANITY, {}).json() == {"hasProfanity": False}
    assert caller.post(PROFANITY).json() == {"hasProfanity": False}


def test_the_documented_spelling_example(caller: Caller) -> None:
    """Use case 3 of the seed page, less its doubled brace."""
    answer = caller.post(SPELLCHECK, typed("How is tihs ", 11, 12, userDictionary=["Hellooo"])).json()
    assert len(answer.pop("id")) == 26
    assert answer == {"misspelledText": "tihs", "correctedText": "this", "position": 7}


@pytest.mark.parametrize(
    "body",
    [
        typed("How is this ", 11, 12),
        typed("How is tihs", 10, 11),  # still being typed
        typed("How is tihs ", 11, 12, userDictionary=["TIHS"]),
        typed("How is tihs ", 11, 12, language="fr"),
        typed("How is tihs ", 3, 2),
        typed("How is tihs ", -5, 900),
        typed("", 0, 0),
    ],
)
def test_no_mistake_is_an_empty_object(caller: Caller, body: dict[str, Any]) -> None:
    response = caller.post(SPELLCHECK, body)
    assert (response.status_code, response.json()) == (200, {})


@pytest.mark.parametrize(
    ("path", "sent", "says"),
    [
        (PROFANITY, {"text": None}, "/text"),
        (PROFANITY, {"text": 1}, "/text"),
        (PROFANITY, [], "the body"),
        (SPELLCHECK, {}, "/text"),
        (SPELLCHECK, {"text": "a "}, "/typingEvent"),
        (SPELLCHECK, typed("a ", 1, 2, language=None), "/language"),
        (SPELLCHECK, typed("a ", 1, 2, userDictionary=[1]), "/userDictionary/0"),
        (SPELLCHECK, {"text": "a ", "typingEvent": {"cursorStart": 1.5, "cursorEnd": 2}}, "/typingEvent/cursorStart"),
        (SPELLCHECK, {"text": "a ", "typingEvent": {"cursorStart": True, "cursorEnd": 2}}, "/typingEvent/cursorStart"),
        (SPELLCHECK, b'{ { "text": "How is tihs ", "typingEvent": { "cursorStart": 11, "cursorEnd": 12 } }', "JSON"),
    ],
)
def test_bad_input_is_refused(caller: Caller, path: str, sent: Any, says: str) -> None:
    assert_error(caller.post(path, sent), 400, says=says)


def test_a_companys_own_words_apply_from_the_next_call_on(
    caller: Caller, other: Caller, company: Company, committing: Any
) -> None:
    by = Actor.system(company.pk)
    slip = typed("How is tihs ", 11, 12)
    assert caller.post(SPELLCHECK, slip).json()["correctedText"] == "this"
    assert caller.post(PROFANITY, {"text": "a frobnix"}).json() == {"hasProfanity": False}
    with committing(execute=True):
        add_company_word(by=by, word="tihs")
        add_term(by=by, kind=TermKind.BLOCK, term="frobnix")
        add_term(by=by, kind=TermKind.ALLOW, term="shit happens")
    assert caller.post(SPELLCHECK, slip).json() == {}
    assert caller.post(PROFANITY, {"text": "a frobnix"}).json() == {"hasProfanity": True}
    assert caller.post(PROFANITY, {"text": "Well, shit happens."}).json() == {"hasProfanity": False}
    assert other.post(SPELLCHECK, slip).json()["correctedText"] == "this"
    assert other.post(PROFANITY, {"text": "a frobnix"}).json() == {"hasProfanity": False}


def test_wrong_methods_are_405(caller: Caller) -> None:
    assert_error(caller.get(PROFANITY), 405)
    assert_error(caller.get(SPELLCHECK), 405)


def test_checking_costs_no_query(caller: Caller, django_assert_num_queries: Any) -> None:
    caller.post(PROFANITY, {"text": "a"})
    with django_assert_num_queries(0):
        caller.post(PROFANITY, {"text": "b"})
        caller.post(SPELLCHECK, typed("How is tihs ", 11, 12))
