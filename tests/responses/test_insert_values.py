"""The values of inserts: names that may be said, the time of day where the customer is, metadata."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Company
from responses.inserts import (
    TIME_ZONE_KEY,
    InsertContext,
    first_name,
    insert_values,
    name_to_say,
    source_value,
    time_of_day,
)
from responses.models import Insert, InsertSource
from safety.engine.blocklist import ProfanityEngine
from tests.factories import make_company

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def profanity() -> ProfanityEngine:
    return ProfanityEngine()


class TestTimeOfDay:
    @pytest.mark.parametrize(
        ("clock", "part", "seconds"),
        [
            ("00:00:00", "morning", 12 * 3600),
            ("11:59:59", "morning", 1),
            ("12:00:00", "afternoon", 6 * 3600),
            ("17:59:00", "afternoon", 60),
            ("18:00:00", "evening", 6 * 3600),
            ("23:59:59", "evening", 1),
        ],
    )
    def test_the_day_has_three_parts_and_each_says_how_long_it_lasts(
        self, clock: str, part: str, seconds: float
    ) -> None:
        now = datetime.fromisoformat(f"2026-01-15T{clock}+00:00")
        assert time_of_day("UTC", "UTC", now) == (part, seconds)

    @pytest.mark.parametrize(
        ("zone", "part"),
        [
            ("Europe/Dublin", "afternoon"),
            ("America/New_York", "morning"),
            ("Asia/Tokyo", "evening"),
            ("Pacific/Kiritimati", "morning"),
            ("Asia/Kathmandu", "afternoon"),
        ],
    )
    def test_it_is_the_customers_own(self, zone: str, part: str) -> None:
        assert time_of_day(zone, "UTC", NOON)[0] == part

    @pytest.mark.parametrize("zone", ["", "Nowhere/City", "../../etc/passwd", "/etc/passwd", "UTC\x00", "x" * 5000])
    def test_a_zone_that_is_none_gives_way_to_the_companys(self, zone: str) -> None:
        assert time_of_day(zone, "Asia/Tokyo", NOON) == time_of_day("Asia/Tokyo", "UTC", NOON)

    @given(
        st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 made aware
        st.sampled_from(["UTC", "Europe/Dublin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    )
    def test_it_lasts_at_least_a_moment_and_at_most_half_a_day(self, now: datetime, zone: str) -> None:
        part, seconds = time_of_day(zone, "UTC", now)
        assert part in {"morning", "afternoon", "evening"}
        assert 1 <= seconds <= 12 * 3600


class TestNames:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("Sarah Jones", "Sarah Jones"),
            ("  Sarah \n Jones  ", "Sarah Jones"),
            ("Jean-Luc O'Neill", "Jean-Luc O'Neill"),
            ("שרה", "שרה"),
            ("Dick Tracy", "Dick Tracy"),
            ("Dr. Who", "Dr. Who"),
            ("J. R. Tolkien", "J. R. Tolkien"),
            ("", ""),
            ("12345", ""),
            ("!!!", ""),
            ("{NAME}", ""),
            ("Sarah {NAME}", "Sarah"),
            ("<b>Sarah</b>", ""),
            ("Sarah <sarah@mail.example>", "Sarah"),
            ("sarah@mail.example", ""),
            ("https://evil.example", ""),
            ("evil.example", ""),
            ("Sarah evil.example", "Sarah"),
            ("a|b", ""),
            ("back\\slash", ""),
            ("abcde" * 8 + "f", ""),
            ("abcde" * 8, "abcde" * 8),
            ("Sarah " + "abcde" * 20, "Sarah " + "abcde" * 20),
            ("Shit Head", ""),
            ("Sarah Shit", "Sarah"),
        ],
    )
    def test_a_name_is_said_as_far_as_it_is_one(self, profanity: ProfanityEngine, name: str, said: str) -> None:
        assert name_to_say(name, profanity) == said

    @pytest.mark.parametrize(
        ("name", "first"),
        [("Sarah Jones", "Sarah"), (" Sarah ", "Sarah"), ("Sarah\u00a0Jones", "Sarah"), ("", ""), ("  ", "")],
    )
    def test_the_first_name_is_the_first_word(self, name: str, first: str) -> None:
        assert first_name(name) == first

    @given(st.text(max_size=60))
    def test_what_is_said_is_all_of_the_name_or_its_first_word(self, name: str) -> None:
        said = name_to_say(name, _ENGINE)
        assert not set(said) & set("{}<>[]@/\\|\n")
        assert not said or first_name(said) == said or " " in said


_ENGINE = ProfanityEngine()
KNOWN = InsertContext("Sarah Jones", "Robin Agent", {"tier": "gold"}, "UTC")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (InsertSource.CUSTOMER_FIRST_NAME, "Sarah"),
        (InsertSource.CUSTOMER_NAME, "Sarah Jones"),
        (InsertSource.AGENT_FIRST_NAME, "Robin"),
        (InsertSource.AGENT_NAME, "Robin Agent"),
        (InsertSource.TIME_OF_DAY, "morning"),
    ],
)
def test_each_source_has_its_value(source: str, value: str) -> None:
    assert source_value(source, KNOWN, "morning") == value


def test_metadata_is_read_by_its_name() -> None:
    assert source_value(InsertSource.METADATA, KNOWN, "morning", "tier") == "gold"
    assert source_value(InsertSource.METADATA, KNOWN, "morning", "Tier") == ""
    assert source_value(InsertSource.METADATA, KNOWN, "morning") == ""


@pytest.mark.django_db
class TestDictionary:
    @pytest.fixture
    def company(self) -> Company:
        return make_company()

    @staticmethod
    def values(company: Company, **fields: Any) -> dict[str, str]:
        known = {"customer_name": "Sarah Jones", "agent_name": "", "metadata": {}, "company_zone": "UTC", **fields}
        return insert_values(company.pk, InsertContext(**known), NOON)[0]

    def test_it_decides_what_a_name_stands_for(self, company: Company) -> None:
        assert self.values(company, agent_name="Robin Agent") == {
            "NAME": "Sarah",
            "rep_name": "Robin",
            "TIME_OF_DAY": "afternoon",
        }

    def test_what_is_not_known_has_no_value(self, company: Company) -> None:
        assert self.values(company, customer_name="") == {"TIME_OF_DAY": "afternoon"}

    def test_metadata_stands_for_itself_unless_the_dictionary_has_its_name(self, company: Company) -> None:
        metadata = {"tier": "gold", "empty": "", "NAME": "Mallory", "rep_name": "Mallory"}
        values = self.values(company, metadata=metadata)
        assert (values["tier"], values["NAME"]) == ("gold", "Sarah")
        assert "empty" not in values
        assert "rep_name" not in values, "an insert without a value is not filled by metadata of its name"

    def test_an_insert_may_name_a_key_of_the_metadata(self, company: Company) -> None:
        Insert.objects.create(company=company, name="PLAN", source="metadata", metadata_name="plan_id")
        assert self.values(company, metadata={"plan_id": "basic"})["PLAN"] == "basic"
        assert "PLAN" not in self.values(company)

    def test_the_zone_comes_from_the_conversation_then_the_company(self, company: Company) -> None:
        assert self.values(company, company_zone="Asia/Tokyo")["TIME_OF_DAY"] == "evening"
        metadata = {TIME_ZONE_KEY: "America/New_York"}
        assert self.values(company, company_zone="Asia/Tokyo", metadata=metadata)["TIME_OF_DAY"] == "morning"

    def test_another_companys_dictionary_has_no_part_in_it(self, company: Company) -> None:
        Insert.objects.create(company=make_company("globex"), name="OTHER", source="customer.name")
        assert "OTHER" not in self.values(company)
