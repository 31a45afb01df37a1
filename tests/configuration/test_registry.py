"""Declarations: what is refused, what a type accepts, and what the product declares."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Role
from configuration.errors import (
    DuplicateSettingError,
    InvalidDeclarationError,
    InvalidValueError,
    UnknownSettingError,
)
from configuration.levels import ALL_LEVELS
from configuration.registry import FromDjango, Setting, all_settings, declare, setting_named
from configuration.value_types import Boolean, Choice, Integer, Percentage, Text, ValueType

GOOD = Setting("tests.good", Integer(0, 5, "things"), 2, ALL_LEVELS, frozenset({Role.ADMIN}), "A number of things.")


@pytest.mark.usefixtures("own_registry")
class TestDeclaration:
    def test_it_is_found_by_name(self) -> None:
        assert declare(GOOD) is setting_named("tests.good")

    def test_a_name_is_declared_once(self) -> None:
        declare(GOOD)
        with pytest.raises(DuplicateSettingError, match=r"tests\.good"):
            declare(replace(GOOD, default=1))

    def test_an_unknown_name_is_said(self) -> None:
        with pytest.raises(UnknownSettingError, match=r"no setting 'tests\.nope'"):
            setting_named("tests.nope")

    @pytest.mark.parametrize(
        "wrong",
        [{"name": "good"}, {"name": "tests.Good"}, {"name": "tests." + "x" * 64}, {"levels": frozenset()},
         {"roles": frozenset()}, {"description": "no sentence"}],
    )  # fmt: skip
    def test_one_that_cannot_be_used_is_refused(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InvalidDeclarationError):
            declare(replace(GOOD, **wrong))

    def test_a_default_is_within_its_bounds(self) -> None:
        with pytest.raises(InvalidValueError, match=r"tests\.good: must be a whole number of things from 0 to 5"):
            declare(replace(GOOD, default=6))

    def test_a_default_may_be_the_operators(self, settings: Settings) -> None:
        setting = declare(replace(GOOD, default=FromDjango("AGENT_SLOTS")))
        settings.AGENT_SLOTS = 5
        assert setting.default_value() == 5


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (Boolean(), "on", True),
        (Boolean(), " No", False),
        (Integer(0, 5, "x"), "5", 5),
        (Text(3), "", ""),
        (Text(3), "äöü", "äöü"),
        (Percentage(), "12.5", Decimal("12.50")),
        (Percentage(), "100%", Decimal("100.00")),
        (Choice(("one", "two")), "two", "two"),
    ],
)
def test_what_a_person_writes_is_stored_and_read_again(type_: ValueType[Any], text: str, value: Any) -> None:
    assert type_.parse(text) == value
    assert type_.check(type_.to_json(value)) == value
    assert type_.parse(type_.to_text(value)) == value


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Boolean(), 1),
        (Boolean(), "on"),
        (Integer(0, 5, "x"), 6),
        (Integer(0, 5, "x"), -1),
        (Integer(0, 5, "x"), True),
        (Integer(0, 5, "x"), 2.0),
        (Integer(0, 5, "x"), "2"),
        (Text(3), "abcd"),
        (Text(3), "a\0"),
        (Text(3), "\ud800"),
        (Text(3), None),
        (Percentage(), 100.01),
        (Percentage(), -1),
        (Percentage(), 1.005),
        (Percentage(), float("nan")),
        (Percentage(), float("inf")),
        (Percentage(), True),
        (Percentage(), "50"),
        (Choice(("one", "two")), "three"),
    ],
)
def test_other_values_are_refused(type_: ValueType[Any], value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        type_.check(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [(Boolean(), "maybe"), (Integer(0, 5, "x"), "six"), (Integer(0, 5, "x"), "6"), (Percentage(), "half")],
)
def test_so_are_other_words(type_: ValueType[Any], text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        type_.parse(text)


def test_what_the_rooms_declare_is_there_after_the_start() -> None:
    names = [setting.name for setting in all_settings()]
    assert names == sorted(names)
    assert {"desk.slots", "greetings.enabled", "autocompose.enabled", "suggestions.from_transcripts"} <= set(names)


def test_an_audit_entry_holds_no_text() -> None:
    assert Text(99).to_audit("Hello Nora") == "text of 10 characters"
