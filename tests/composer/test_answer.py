"""What one composer was offered, from the first keystroke to the message."""

from __future__ import annotations

from composer.engine.types import Offer
from composer.suggestions.answer import MAX_REMEMBERED, Answer, Remembered

HELLO = Offer(text="Hello", template="Hello", title="", source="global", key="k", score=0.123456)


def remembered(count: int) -> tuple[Remembered, list[str]]:
    made, ids = Remembered(), [f"{number:032x}" for number in range(count)]
    for id_ in ids:
        made.add("typed", Answer(id_, (HELLO,), "", None))
    return made, ids


def test_only_what_was_shown_is_told_in_the_order_it_was_made() -> None:
    made, ids = remembered(3)
    [first, last] = made.offered([ids[2], ids[0], "never made"])
    assert (first.id, last.id) == (ids[0], ids[2])
    assert [(reply.text, reply.source, reply.key, reply.score) for reply in first.replies] == [
        ("Hello", "global", "k", 0.1235)
    ]


def test_an_answer_without_replies_is_no_offer() -> None:
    made = Remembered()
    made.add("typed", Answer("0" * 32, (), "typed on", None))
    assert made.offered(["0" * 32]) == []


def test_of_too_many_the_first_and_the_newest_stay() -> None:
    made, ids = remembered(MAX_REMEMBERED + 5)
    kept = [row.id for row in made.offered(ids)]
    assert kept == [ids[0], *ids[-MAX_REMEMBERED + 1 :]]


def test_what_a_message_used_is_forgotten_with_all_before_and_nothing_after() -> None:
    made, ids = remembered(4)
    made.forget([])
    made.forget(["never made"])
    assert len(made.offered(ids)) == 4
    made.forget([ids[0], ids[2]])
    assert [row.id for row in made.offered(ids)] == [ids[3]]
