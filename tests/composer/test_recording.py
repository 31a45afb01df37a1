"""From the desk's report to the documented events: certain, once, and with what was offered."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pydantic import ValidationError

from composer.models import ComposerEvent, MessageSent, OfferSet, UsageReport
from composer.usage import recording
from composer.usage.events import SentFigures, record_message_sent
from composer.usage.reports import Report, Usage
from composer.usage.storing import hand_over, store_reports
from composer.usage.tasks import record_overdue_usage, record_usage
from conversations.models import Message
from tests.factories import make_company, make_conversation, say

OFFER = "e7b2a1c0d3f4455696a7b8c9d0e1f203"
REPORT: dict[str, Any] = {
    "augmentations": ["AUTOSUGGEST", "PHRASE_AUTOCOMPLETE", "FLUENCY_APPLY"],
    "figures": {
        "num_edits": 3,
        "selected_suggestion_text": "Hello, how can I help you?",
        "selected_suggestions_id": OFFER,
        "selected_suggestion_index": 2,
        "initial_suggestions_id": OFFER,
        "time_to_action": 1.3,
        "crafting_time": 8.5,
        "dwell_time": 2.1,
        "phrases_presented": 2,
        "phrases_selected": 1,
    },
    "events": [
        {"type": "suggestion-2-inserted", "suggestions_id": OFFER},
        {"type": "spellcheck-applied", "suggestions_id": OFFER, "correction_id": "c1"},
    ],
    "offered": [
        {
            "id": OFFER,
            "typed": "My card is 4111 1111 1111 1111",
            "shown_at": 1_800_000_000.5,
            "replies": [
                {"text": "Hi!", "source": "company", "key": "", "score": 0.5},
                {"text": "Hello, how can I help you?", "source": "global", "key": "01H", "score": 0.4},
            ],
        }
    ],
}


@pytest.fixture
def message() -> Message:
    conversation = make_conversation(make_company())
    return Message.objects.get(pk=say(conversation, "Hello, how can I help you today?", role="agent"))


@pytest.fixture
def stored(message: Message) -> UsageReport:
    store_reports([(message, Report.model_validate(REPORT))])
    return UsageReport.objects.get()


@pytest.mark.django_db
def test_a_report_becomes_the_documented_events(stored: UsageReport) -> None:
    assert record_usage(json.loads(json.dumps([stored.pk]))) == 1
    sent = MessageSent.objects.get()
    assert (sent.message_id, sent.num_edits, sent.selected_suggestion_index) == (stored.pk, 3, 2)
    assert (sent.time_to_action, sent.crafting_time, sent.dwell_time) == (1.3, 8.5, 2.1)
    assert [row.type for row in sent.augmentations.all()] == REPORT["augmentations"]
    events = ComposerEvent.objects.order_by("pk").values_list("type", "suggestions_id", "correction_id")
    assert sorted(events) == [("spellcheck-applied", OFFER, "c1"), ("suggestion-2-inserted", OFFER, "")]
    stored.refresh_from_db()
    assert stored.recorded_at is not None
    assert stored.payload == {}


@pytest.mark.django_db
def test_what_was_offered_is_kept_with_where_it_came_from(stored: UsageReport) -> None:
    record_usage([stored.pk])
    offered = OfferSet.objects.get()
    assert offered.message_id == stored.pk
    assert "4111" not in offered.typed
    assert list(offered.replies.values_list("position", "source", "response_key", "text")) == [
        (1, "company", "", "Hi!"),
        (2, "global", "01H", "Hello, how can I help you?"),
    ]


@pytest.mark.django_db
def test_a_doubled_delivery_changes_no_count(stored: UsageReport) -> None:
    assert [record_usage([stored.pk, stored.pk]), record_usage([stored.pk])] == [1, 0]
    assert (MessageSent.objects.count(), ComposerEvent.objects.count(), OfferSet.objects.count()) == (1, 2, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_record_one_report(stored: UsageReport) -> None:
    done: list[int] = []

    def work() -> None:
        done.append(record_usage([stored.pk]))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 0, 1]
    assert (MessageSent.objects.count(), ComposerEvent.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_the_report_to_the_next(
    stored: UsageReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        pass

    def killed(*_: object) -> None:
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(recording, "_record_offers", killed)
        with pytest.raises(KilledError):
            record_usage([stored.pk])
    assert not MessageSent.objects.exists()
    assert not ComposerEvent.objects.exists()
    assert record_usage([stored.pk]) == 1
    assert (MessageSent.objects.count(), ComposerEvent.objects.count()) == (1, 2)


@pytest.mark.django_db
def test_a_report_whose_task_was_lost_is_found(stored: UsageReport) -> None:
    assert record_overdue_usage() == 0  # its task may still be on the way
    UsageReport.objects.update(stored_at=timezone.now() - timedelta(minutes=1))
    assert record_overdue_usage() == 1
    assert MessageSent.objects.get().message_id == stored.pk


@pytest.mark.django_db
@pytest.mark.usefixtures("stored")
def test_the_first_report_of_a_message_counts(message: Message) -> None:
    store_reports([(message, Report.model_validate({**REPORT, "augmentations": ["FREEHAND"]}))])
    assert UsageReport.objects.get().payload["augmentations"] == REPORT["augmentations"]


@pytest.mark.django_db
def test_without_a_broker_the_send_goes_on(
    stored: UsageReport, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kombu.exceptions import OperationalError

    def away(*_: object, **__: object) -> None:
        raise OperationalError("connection to redis://secret@away refused")

    monkeypatch.setattr(record_usage, "apply_async", away)
    hand_over([stored.pk])
    assert "reports wait" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "bad",
    [
        {"augmentations": []},
        {"augmentations": ["NOT_DOCUMENTED"]},
        {"figures": {"num_edits": -1}},
        {"figures": {"selected_suggestion_index": 4}},
        {"figures": {"time_to_action": float("nan")}},
        {"events": [{"type": "something-else"}]},
        {"shown": ["not an id"]},
        {"shown": [OFFER] * 51},
        {"more": 1},
    ],
)
def test_what_a_browser_may_not_say(bad: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Usage.model_validate({"augmentations": ["FREEHAND"], **bad})


@pytest.mark.django_db
def test_a_message_that_was_reported_otherwise_before_is_settled(
    stored: UsageReport, message: Message, caplog: pytest.LogCaptureFixture
) -> None:
    """An integration told of the same message over the API: that stays, and the worker does not try for ever."""
    record_message_sent(
        conversation=message.conversation, message_id=message.pk, augmentations=["FREEHAND"], figures=SentFigures()
    )
    with caplog.at_level("WARNING"):
        assert record_usage([stored.pk]) == 1
    assert [record.message for record in caplog.records] == ["a message was reported twice"]
    sent = MessageSent.objects.get()
    assert [row.type for row in sent.augmentations.all()] == ["FREEHAND"]
    assert not recording.overdue_reports()
    assert record_usage([stored.pk]) == 0
