"""What customers read of events that are no messages."""

from __future__ import annotations

import pytest

from widget.event_words import event_words
from widget.moves import Arrival, Moves

JOINED, LEFT = "conversation.agent_joined", "conversation.agent_left"


@pytest.mark.parametrize(
    ("name", "arrival", "words"),
    [
        ("Maya", "new", "Maya joined the chat"),
        ("", "new", "Somebody joined the chat"),
        ("Maya", "back", "Maya is back"),
        ("", "back", "Your agent is back"),
        ("Maya", "at_once", ""),
    ],
)
def test_an_agent_who_joins_is_named_unless_they_were_away_for_a_moment(
    name: str, arrival: Arrival, words: str
) -> None:
    assert event_words(JOINED, 7, Moves(joined={7: (name, arrival)})) == words


def test_an_agent_whose_move_is_unknown_is_somebody() -> None:
    assert event_words(JOINED, 8, Moves()) == "Somebody joined the chat"


def test_an_agent_who_passes_the_conversation_on_is_announced() -> None:
    moves = Moves(passed_on=frozenset({7}))
    assert event_words(LEFT, 7, moves) == "You are being connected to a colleague"
    assert event_words(LEFT, 9, moves) == "", "an agent whose line broke says nothing"


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        ("conversation.ended", "The conversation has ended"),
        ("conversation.timed_out", "We did not hear from you. Write to go on"),
        ("conversation.queued", ""),
        ("conversation.authenticated", ""),
        ("an event of tomorrow", ""),
    ],
)
def test_other_events(type_: str, words: str) -> None:
    assert event_words(type_, 3, Moves()) == words
