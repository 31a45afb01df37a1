"""Which values a slot usually takes, how times are written there, and how values fill slots."""

from __future__ import annotations

import pytest

from composer.engine.text.entities import EntityRecognizer
from composer.engine.text.features import FeatureExtractor
from composer.engine.text.slot_values import SlotValueConfig, SlotValueStats, plain, styled
from composer.engine.text.templates import Template, Values

HOTEL = ("name", "the", "hotel")
TIME = ("time", "at", ".")


@pytest.fixture
def stats() -> SlotValueStats:
    found = SlotValueStats()
    for customer in range(20):
        found.add(HOTEL, "Hilton", customer)
        found.add(HOTEL, "Hyatt", customer)
        found.add(TIME, "5 pm", customer)
    return found


@pytest.mark.parametrize("text", ["5pm", "5 PM", "5:00 p.m.", "05:00pm"])
def test_times_are_one_however_they_are_written(text: str) -> None:
    assert plain(text) == "5pm"


def test_other_values_are_compared_folded() -> None:
    assert plain("Old  Town Inn.") == "old town inn"


def test_a_time_is_written_as_its_slot_mostly_has_it(stats: SlotValueStats) -> None:
    assert stats.written(TIME, "7:30PM") == "7:30 pm"
    assert stats.written(("time", "by", "."), "7:30PM") == "7:30PM"
    assert stats.written(HOTEL, "Hilton") == "Hilton"
    assert styled("17:00", 1) == "17:00"


def test_a_value_that_was_seen_has_a_higher_share(stats: SlotValueStats) -> None:
    assert stats.log_share(HOTEL, "HILTON") > stats.log_share(HOTEL, "John")


def test_a_value_that_its_slot_never_takes_is_hardly_right(stats: SlotValueStats) -> None:
    assert stats.confidence(HOTEL, "Hilton") == 1.0
    assert stats.confidence(HOTEL, "John") < 0.05


def test_where_values_are_mostly_new_another_new_one_may_be_right() -> None:
    names = SlotValueStats()
    for number in range(SlotValueConfig().min_seen):
        names.add(HOTEL, f"Inn {number}", number)
    assert names.confidence(HOTEL, "John") > 0.5


def test_a_slot_seen_seldom_says_nothing(stats: SlotValueStats) -> None:
    assert not stats.is_known(("name", "a", "hotel"))
    assert stats.confidence(("name", "a", "hotel"), "John") == 1.0


def test_the_value_that_belongs_there_fills_a_slot(stats: SlotValueStats) -> None:
    extractor = FeatureExtractor(EntityRecognizer(frozenset(), frozenset()), {})
    turns = [
        extractor.analyse("customer", "Is it Hilton that has a pool?"),
        extractor.analyse("customer", "I am called John."),
    ]
    template = Template.of("the \ue009 hotel has one")
    assert template.filled(Values.of(turns)) == "the John hotel has one"
    assert template.filled(Values.of(turns, stats=stats)) == "the Hilton hotel has one"
    assert template.slot_confidence(Values.of(turns[1:], stats=stats)) < 0.05
    assert template.slot_confidence(Values.of([], stats=stats)) == 0.0


def test_a_value_of_too_few_customers_is_not_saved() -> None:
    found = SlotValueStats()
    for customer in (1, 1, 1, 2):
        found.add(HOTEL, "Hilton", customer)
    assert found.arrays()["usual_keys"].tolist() == []
    found.add(HOTEL, "Hyatt", 3)
    saved = SlotValueStats(dict.fromkeys(found.arrays()["usual_keys"].tolist(), 9))
    assert saved.is_known(HOTEL), "three customers' conversations hold the slot"
    assert saved.confidence(HOTEL, "Hilton") < 1, "but not the value"


@pytest.mark.parametrize(
    ("said", "template", "filled"),
    [
        ("wow 45 now!!", "It takes a day or \ue008 longer.", None),
        ("I waited 45 days", "It takes \ue008 days.", "It takes 45 days."),
        ("my account 99812", "I see account \ue008.", "I see account 99812."),
        ("give me two", "It needs \ue008 minutes.", None),
    ],
)
def test_a_number_fills_a_slot_beside_its_own_unit(said: str, template: str, filled: str | None) -> None:
    extractor = FeatureExtractor(EntityRecognizer(), {})
    assert Template.of(template).filled(Values.of([extractor.analyse("customer", said)])) == filled


def test_the_companys_name_is_nobodys() -> None:
    extractor = FeatureExtractor(EntityRecognizer(), {})
    turns = [extractor.analyse("customer", "Is this really Larkline here?")]
    assert Template.of("Hello \ue009!").filled(Values.of(turns, company={"larkline"})) is None
    assert Template.of("Hello \ue009!").filled(Values.of(turns)) == "Hello Larkline!"
