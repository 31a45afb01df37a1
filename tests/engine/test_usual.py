"""Which values a place usually takes, and how times are written there."""

from __future__ import annotations

import pytest

from composer.engine.text.entities import EntityRecognizer
from composer.engine.text.features import FeatureExtractor
from composer.engine.text.slot_values import LEAST_SEEN, SlotValueStats, plain, styled
from composer.engine.text.templates import Template, Values

HOTEL = ("name", "the", "hotel")
TIME = ("time", "at", ".")


@pytest.fixture
def usual() -> SlotValueStats:
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


def test_a_time_is_written_as_its_place_mostly_has_it(usual: SlotValueStats) -> None:
    assert usual.written(TIME, "7:30PM") == "7:30 pm"
    assert usual.written(("time", "by", "."), "7:30PM") == "7:30PM"
    assert usual.written(HOTEL, "Hilton") == "Hilton"
    assert styled("17:00", 1) == "17:00"


def test_what_a_place_takes_is_worth_more(usual: SlotValueStats) -> None:
    assert usual.worth(HOTEL, "HILTON") > usual.worth(HOTEL, "John")


def test_a_value_that_its_place_never_takes_is_hardly_right(usual: SlotValueStats) -> None:
    assert usual.sureness(HOTEL, "Hilton") == 1.0
    assert usual.sureness(HOTEL, "John") < 0.05


def test_where_values_are_mostly_new_another_new_one_may_be_right() -> None:
    names = SlotValueStats()
    for number in range(LEAST_SEEN):
        names.add(HOTEL, f"Inn {number}", number)
    assert names.sureness(HOTEL, "John") > 0.5


def test_a_place_seen_seldom_says_nothing(usual: SlotValueStats) -> None:
    assert not usual.knows(("name", "a", "hotel"))
    assert usual.sureness(("name", "a", "hotel"), "John") == 1.0


def test_the_value_that_belongs_there_fills_a_slot(usual: SlotValueStats) -> None:
    reader = FeatureExtractor(EntityRecognizer(frozenset(), frozenset()), {})
    turns = [reader.said("customer", "Is it Hilton that has a pool?"), reader.said("customer", "I am called John.")]
    template = Template.of("the \ue009 hotel has one")
    assert template.filled(Values.of(turns)) == "the John hotel has one"
    assert template.filled(Values.of(turns, usual=usual)) == "the Hilton hotel has one"
    assert template.sureness(Values.of(turns[1:], usual=usual)) < 0.05
    assert template.sureness(Values.of([], usual=usual)) == 0.0


def test_a_value_of_too_few_customers_is_not_saved() -> None:
    found = SlotValueStats()
    for customer in (1, 1, 1, 2):
        found.add(HOTEL, "Hilton", customer)
    assert found.arrays()["usual_keys"].tolist() == []
    found.add(HOTEL, "Hyatt", 3)
    saved = SlotValueStats(dict.fromkeys(found.arrays()["usual_keys"].tolist(), 9))
    assert saved.knows(HOTEL), "three customers' conversations hold the place"
    assert saved.sureness(HOTEL, "Hilton") < 1, "but not the value"


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
    reader = FeatureExtractor(EntityRecognizer(), {})
    assert Template.of(template).filled(Values.of([reader.said("customer", said)])) == filled


def test_the_companys_name_is_nobodys() -> None:
    reader = FeatureExtractor(EntityRecognizer(), {})
    turns = [reader.said("customer", "Is this really Larkline here?")]
    assert Template.of("Hello \ue009!").filled(Values.of(turns, company={"larkline"})) is None
    assert Template.of("Hello \ue009!").filled(Values.of(turns)) == "Hello Larkline!"
