"""When two posts are the same message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import identity
from conversations.identity import MAX_GIVEN_ID_LENGTH, DerivedKeys, as_given, text_digest
from conversations.models import CLIENT_ID_LENGTH
from tests.factories import MOMENT

POST: dict[str, Any] = {"role": "customer", "sender": "11462", "sent_at": MOMENT, "text": "ok"}


def key(**other: Any) -> str:
    return DerivedKeys().key(**{**POST, **other})


def test_the_same_post_in_another_call_has_the_same_key() -> None:
    assert key() == key()


@pytest.mark.parametrize(
    "other",
    [
        {"role": "agent"},
        {"sender": "11463"},
        {"sender": ""},
        {"sent_at": MOMENT + timedelta(microseconds=1)},
        {"text": "OK"},
        {"text": "ok "},
        {"text": ""},
    ],
    ids=str,
)
def test_a_post_that_differs_in_anything_has_another_key(other: dict[str, Any]) -> None:
    assert key(**other) != key()


def test_equal_posts_of_one_call_are_told_apart_by_their_order() -> None:
    one, again = DerivedKeys(), DerivedKeys()
    first = [one.key(**POST), one.key(**POST), one.key(**{**POST, "text": "other"}), one.key(**POST)]
    assert len(set(first)) == 4
    assert first == [again.key(**POST), again.key(**POST), again.key(**{**POST, "text": "other"}), again.key(**POST)]


def test_fields_do_not_run_into_each_other() -> None:
    assert key(sender="1", text="23") != key(sender="12", text="3")
    assert key(role="agent", sender="") != key(role="", sender="agent")


def test_a_lone_surrogate_has_a_key_too() -> None:
    assert key(text="\ud83d") != key(text="?")


def test_keys_are_made_with_the_secret_key(settings: Any) -> None:
    before = key(), text_digest("c", "k", "4111 1111 1111 1111")
    settings.SECRET_KEY = "another secret key of another desk, long enough"
    after = key(), text_digest("c", "k", "4111 1111 1111 1111")
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_no_key_shows_the_text() -> None:
    assert "4111" not in key(text="4111 1111 1111 1111")


@given(st.text(min_size=1, max_size=MAX_GIVEN_ID_LENGTH))
def test_a_given_id_is_read_back_and_fits_its_column(client_id: str) -> None:
    stored = identity.given(client_id)
    assert as_given(stored) == client_id
    assert len(stored) <= CLIENT_ID_LENGTH


@given(st.text(max_size=80), st.text(max_size=20), st.text(max_size=80))
def test_a_derived_key_is_never_read_as_a_given_id_and_fits_its_column(role: str, sender: str, text: str) -> None:
    stored = DerivedKeys().key(role=role, sender=sender, sent_at=MOMENT, text=text)
    assert as_given(stored) == ""
    assert len(stored) <= CLIENT_ID_LENGTH


@pytest.mark.parametrize(
    "other", [("d", "c:1", "text"), ("c", "c:2", "text"), ("c", "c:1", "text."), ("c", "c:1te", "xt")]
)
def test_a_digest_belongs_to_one_text_under_one_key_of_one_conversation(other: tuple[str, str, str]) -> None:
    assert text_digest("c", "c:1", "text") == text_digest("c", "c:1", "text")
    assert text_digest(*other) != text_digest("c", "c:1", "text")
