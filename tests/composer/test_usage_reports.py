"""What a browser may report, what is redacted in a report, and what agents did with their offers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from composer.errors import UsageConflictError
from composer.models import ComposerEvent, MessageAugmentation, MessageSent, OfferedReply, OfferSet
from composer.usage.events import SentFigures, record_composer_event, record_message_sent
from composer.usage.outcomes import ChosenOffer, SentMessage, chosen_offers, not_chosen
from composer.usage.reports import MAX_AUGMENTATIONS, MAX_EVENTS, MAX_SHOWN, MAX_TEXT_LENGTH, Report, Usage
from conversations.models import Conversation
from tests.factories import make_company, make_conversation, offer, say

OFFER = "0123456789abcdef" * 2
ACTION = {"type": "suggestion-1-inserted"}


class TestUsage:
    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"augmentations": ["FREEHAND"] * MAX_AUGMENTATIONS},
            {"events": [ACTION] * MAX_EVENTS},
            {"shown": [OFFER] * MAX_SHOWN},
            {"figures": {"selected_suggestion_text": "x" * MAX_TEXT_LENGTH, "selected_suggestion_index": 3}},
            {"figures": {"time_to_action": 0.0, "num_edits": 1_000_000}},
        ],
        ids=["least", "augmentations", "events", "shown", "text", "figures"],
    )
    def test_the_most_that_is_allowed_is_read(self, fields: dict[str, Any]) -> None:
        assert Usage.model_validate({"augmentations": ["FREEHAND"], **fields})

    @pytest.mark.parametrize(
        "fields",
        [
            {"augmentations": []},
            {"augmentations": ["MAGIC"]},
            {"augmentations": ["FREEHAND"] * (MAX_AUGMENTATIONS + 1)},
            {"events": [ACTION] * (MAX_EVENTS + 1)},
            {"events": [{"type": "dance"}]},
            {"events": [{**ACTION, "more": 1}]},
            {"shown": [OFFER] * (MAX_SHOWN + 1)},
            {"shown": [OFFER[:-1]]},
            {"shown": [OFFER.upper()]},
            {"figures": {"selected_suggestion_text": "x" * (MAX_TEXT_LENGTH + 1)}},
            {"figures": {"selected_suggestion_index": 4}},
            {"figures": {"selected_suggestion_index": -1}},
            {"figures": {"num_edits": -1}},
            {"figures": {"time_to_action": -0.1}},
            {"figures": {"time_to_action": float("inf")}},
            {"figures": {"time_to_action": float("nan")}},
            {"figures": {"unknown": 1}},
            {"offered": []},
        ],
        ids=lambda fields: str(fields)[:50],
    )
    def test_anything_else_is_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Usage.model_validate({"augmentations": ["FREEHAND"], **fields})


def test_every_text_of_a_report_is_redacted_and_nothing_else() -> None:
    texts = [f"text {number}" for number in range(6)]
    report = Report.model_validate(
        {
            "augmentations": ["FREEHAND"],
            "figures": {"selected_suggestion_text": texts[0], "selected_suggestions_id": "id", "num_edits": 3},
            "events": [{**ACTION, "query": texts[1], "text": texts[2], "suggestions_id": "id"}],
            "offered": [
                {
                    "id": OFFER,
                    "typed": texts[3],
                    "shown_at": 1.5,
                    "replies": [{"text": text, "source": "global", "key": "k"} for text in texts[4:]],
                }
            ],
        }
    )
    redacted = report.redacted(lambda text: text.replace("text", "****"))
    before, after = report.model_dump_json(), redacted.model_dump_json()
    for text in texts:
        assert text in before
        before = before.replace(f'"{text}"', f'"{text.replace("text", "****")}"')
    assert after == before


@pytest.mark.django_db
class TestEvents:
    @pytest.fixture
    def talk(self) -> Conversation:
        return make_conversation(make_company())

    @staticmethod
    def record(talk: Conversation, *augmentations: str, **figures: Any) -> MessageSent:
        return record_message_sent(
            conversation=talk, message_id="m1", augmentations=augmentations, figures=SentFigures(**figures)
        )

    def test_order_and_repeats_of_augmentations_are_kept(self, talk: Conversation) -> None:
        self.record(talk, "FREEHAND", "AUTOSUGGEST", "FREEHAND")
        assert [row.type for row in MessageSent.objects.get().augmentations.all()] == [
            "FREEHAND",
            "AUTOSUGGEST",
            "FREEHAND",
        ]

    def test_the_same_again_is_one(self, talk: Conversation) -> None:
        first = self.record(talk, "FREEHAND", num_edits=2, selected_suggestion_text="Card 4111 1111 1111 1111")
        again = self.record(talk, "FREEHAND", num_edits=2, selected_suggestion_text="Card 4111 1111 1111 1111")
        assert again == first
        assert "4111" not in first.selected_suggestion_text
        assert MessageAugmentation.objects.count() == 1

    @pytest.mark.parametrize(
        ("augmentations", "figures"),
        [
            (("AUTOSUGGEST",), {"num_edits": 2}),
            (("FREEHAND", "FREEHAND"), {"num_edits": 2}),
            ((), {"num_edits": 2}),
            (("FREEHAND",), {"num_edits": 3}),
            (("FREEHAND",), {"num_edits": 2, "dwell_time": 0.5}),
            (("FREEHAND",), {"num_edits": 2, "selected_suggestion_text": "x"}),
        ],
    )
    def test_another_report_of_a_message_is_refused_and_the_first_stays(
        self, talk: Conversation, augmentations: tuple[str, ...], figures: dict[str, Any]
    ) -> None:
        first = self.record(talk, "FREEHAND", num_edits=2)
        with pytest.raises(UsageConflictError):
            self.record(talk, *augmentations, **figures)
        assert MessageSent.objects.get() == first
        assert [row.type for row in first.augmentations.all()] == ["FREEHAND"]

    def test_a_message_of_another_conversation_is_another(self, talk: Conversation) -> None:
        self.record(talk, "FREEHAND")
        self.record(make_conversation(talk.company, "other"), "AUTOSUGGEST")
        assert MessageSent.objects.count() == 2

    def test_actions_may_repeat_and_their_texts_are_redacted(self, talk: Conversation) -> None:
        card = "Card 4111 1111 1111 1111"
        for _ in range(2):
            record_composer_event(
                conversation=talk, type_="global-panel-inserted", suggestions_id="", query=card, text=card
            )
        assert ComposerEvent.objects.count() == 2
        assert not any("4111" in row.query + row.text for row in ComposerEvent.objects.all())


@pytest.mark.django_db
class TestOutcomes:
    @pytest.fixture
    def talk(self) -> Conversation:
        return make_conversation(make_company())

    @staticmethod
    def sent(talk: Conversation, text: str, after: int = 0) -> tuple[str, SentMessage]:
        return say(talk, text, "agent", after), SentMessage(talk.pk, text)

    def test_a_choice_is_what_the_message_was_made_from(self, talk: Conversation) -> None:
        chosen_id, chosen = self.sent(talk, "Hello, Sarah")
        free_id, free = self.sent(talk, "Bye", 1)
        figures = {chosen_id: SentFigures(num_edits=5, selected_suggestion_text="Hello"), free_id: SentFigures()}
        for message_id, row in figures.items():
            record_message_sent(conversation=talk, message_id=message_id, augmentations=[], figures=row)
        assert chosen_offers({chosen_id: chosen, free_id: free}) == {chosen_id: ChosenOffer("Hello", 5)}
        assert chosen_offers({free_id: free}) == {}
        assert chosen_offers({}) == {}

    def test_a_report_under_the_same_id_elsewhere_is_no_choice(self, talk: Conversation) -> None:
        message_id, sent = self.sent(talk, "Hello")
        other = make_conversation(talk.company, "other")
        figures = SentFigures(selected_suggestion_text="Hello")
        record_message_sent(conversation=other, message_id=message_id, augmentations=[], figures=figures)
        assert chosen_offers({message_id: sent}) == {}

    @pytest.mark.parametrize(
        ("text", "chosen", "over"),
        [
            ("Something else", None, ["Hello there", "Bye"]),
            ("Hello there", None, ["Bye"]),
            ("  HELLO   there ", None, ["Bye"]),
            ("Hello there!", None, ["Bye", "Hello there"]),
            ("Hello there, Sarah", "hello there", ["Bye"]),
            ("Hello there", "Bye", []),
        ],
    )
    def test_what_was_shown_and_neither_chosen_nor_typed_was_passed_over(
        self, talk: Conversation, text: str, chosen: str | None, over: list[str]
    ) -> None:
        message_id, sent = self.sent(talk, text)
        offer(message_id, "Hello there", "Bye")
        picked = {message_id: ChosenOffer(chosen, 0)} if chosen else {}
        assert sorted(not_chosen({message_id: sent}, picked)) == sorted(over)

    def test_an_offer_that_was_shown_at_every_keystroke_counts_once_for_a_message(self, talk: Conversation) -> None:
        first_id, first = self.sent(talk, "One")
        second_id, second = self.sent(talk, "Two", 1)
        for message_id in (first_id, first_id, first_id, second_id):
            offer(message_id, "Hello there")
        assert (OfferSet.objects.count(), OfferedReply.objects.count()) == (4, 4)
        assert list(not_chosen({first_id: first, second_id: second}, {})) == ["Hello there"] * 2
        assert list(not_chosen({second_id: second}, {})) == ["Hello there"]
