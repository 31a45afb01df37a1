"""POST /autocompose/v1/conversations/{id}/suggestions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from accounts.models import Agent, Company
from composer.models import Feature
from composer.setting_declarations import FEATURE_SETTINGS
from conversations.models import Message
from responses.services import ListRow
from tests.api.conftest import Caller, assert_error
from tests.configuring import choose, set_greetings_of
from tests.factories import make_conversation, make_list, say

LIST = (
    ListRow("Sure, can I get your account number for verification please?"),
    ListRow("Sure {NAME}, I can certainly help you with that."),
    ListRow("The GOLD plan is a great choice", title="Gold plan great choice"),
    ListRow("Sure, transferring you now.", filters=(("queue", ("billing", "sales")),)),
    ListRow("Good {TIME_OF_DAY}, this is {rep_name}."),
    ListRow("Your code is {SECRET_CODE}."),
)
MESSAGE = {
    "text": "Can I upgrade?",
    "sender": {"role": "customer", "externalId": "11462"},
    "timestamp": "2023-06-01T19:16:55.706Z",
}


def path_of(conversation: Any) -> str:
    return f"/autocompose/v1/conversations/{conversation.pk}/suggestions"


@pytest.fixture
def path(company: Company) -> str:
    make_list(company, *LIST)
    return path_of(make_conversation(company))


def texts(response: Any) -> list[str]:
    return [row["text"] for row in response.json()["suggestions"]]


def test_the_documented_example(caller: Caller, path: str) -> None:
    """Use case 1 of the seed page."""
    response = caller.post(path, {"query": "Sure"})
    assert response.status_code == 200
    answer = response.json()
    assert re.fullmatch(r"[0-9a-f]{32}", answer["id"])
    assert answer["suggestions"][:2] == [
        {"text": LIST[0].text, "templateText": LIST[0].text, "title": ""},
        {"text": "Sure Sarah, I can certainly help you with that.", "templateText": LIST[1].text, "title": ""},
    ]
    assert set(answer) == {"id", "suggestions"}


def test_an_empty_query_gives_three_replies_and_a_complete_text_none(caller: Caller, path: str) -> None:
    assert len(texts(caller.post(path, {"query": ""}))) == 3
    assert len(texts(caller.post(path))) == 3
    assert texts(caller.post(path, {"query": "the gold plan is a GREAT choice"})) == []
    assert caller.post(path, {"query": "The GOLD"}).json()["suggestions"][0]["title"] == "Gold plan great choice"


def test_the_query_is_compared_with_the_filled_in_text(caller: Caller, path: str) -> None:
    assert texts(caller.post(path, {"query": "sure  sar"})) == ["Sure Sarah, I can certainly help you with that."]
    assert texts(caller.post(path, {"query": "number account"})) == [LIST[0].text], "words in any order"


def test_responses_whose_filters_do_not_match_are_not_offered(caller: Caller, company: Company, path: str) -> None:
    assert "Sure, transferring you now." not in texts(caller.post(path, {"query": "Sure, tr"}))
    for queue, offered in (("sales", True), ("billing", True), ("Billing", False)):
        conversation = make_conversation(company, f"in {queue}", metadata={"queue": queue})
        offered_texts = texts(caller.post(path_of(conversation), {"query": "Sure, tr"}))
        assert ("Sure, transferring you now." in offered_texts) is offered


def test_an_insert_without_a_value_is_not_offered(caller: Caller, company: Company, path: str) -> None:
    assert texts(caller.post(path, {"query": "Your code"})) == []
    nameless = make_conversation(company, "nameless", customer_name="")
    assert texts(caller.post(path_of(nameless), {"query": "Sure"})) == [LIST[0].text]
    coded = make_conversation(company, "coded", metadata={"SECRET_CODE": "swordfish"})
    assert texts(caller.post(path_of(coded), {"query": "Your code"})) == ["Your code is swordfish."]


@pytest.mark.parametrize("zone", ["Europe/Dublin", "not a zone", ""])
def test_the_time_of_day_is_the_customers(caller: Caller, company: Company, path: str, zone: str) -> None:  # noqa: ARG001
    conversation = make_conversation(company, "zoned", metadata={"CUSTOMER_TIMEZONE": zone})
    [text] = texts(caller.post(path_of(conversation), {"query": "Good"}))
    assert re.fullmatch(r"Good (morning|afternoon|evening), this is Robin\.", text)


def test_the_agents_own_responses_come_first_and_only_to_them(caller: Caller, company: Company, path: str) -> None:
    own = {
        "title": "Mine",
        "text": "Sure thing {WHO}!",
        "metadata": [{"name": "WHO", "allowedValues": ["customer.name"]}],
    }
    assert texts(caller.post(path, {"query": "Sure"}))[0] != "Sure thing Sarah!"
    caller.post("/autocompose/v1/responses/customs/response?agentId=671", own)
    assert caller.post(path, {"query": "Sure"}).json()["suggestions"][0] == {
        "text": "Sure thing Sarah!",
        "templateText": "Sure thing {WHO}!",
        "title": "Mine",
    }
    colleague = make_conversation(company, "colleague", agent="672")
    assert "Sure thing Sarah!" not in texts(caller.post(path_of(colleague), {"query": "Sure"}))


def test_the_message_of_the_request_is_stored_first(caller: Caller, path: str) -> None:
    answer = caller.post(path, {"query": "", "message": MESSAGE}).json()
    assert Message.objects.get().pk == answer["message"]["id"]


def test_without_an_agent_it_fails_and_stores_nothing(caller: Caller, company: Company) -> None:
    path = path_of(make_conversation(company, agent=None))
    assert_error(caller.post(path, {"query": "Sure"}), 422, says="no agent")
    assert_error(caller.post(path, {"query": "", "message": MESSAGE}), 422, says="no agent")
    assert not Message.objects.exists()


def test_the_next_call_offers_a_new_list(caller: Caller, company: Company, path: str, committing: Any) -> None:
    assert len(texts(caller.post(path, {"query": "Sure"}))) == 2
    with committing(execute=True):
        make_list(company, "Sure as eggs.")
    assert texts(caller.post(path, {"query": "Sure"})) == ["Sure as eggs."]


def test_a_customers_name_from_another_conversation_is_used(caller: Caller, company: Company) -> None:
    make_list(company, "This is {rep_name}.")
    person = {"customer": {"externalId": "1"}, "timestamp": "2021-11-23T12:13:14Z"}
    make = "/conversation/v1/conversations"
    id_ = caller.post(make, {"externalId": "first", "agent": {"externalId": "9"}, **person}).json()["id"]
    path = f"/autocompose/v1/conversations/{id_}/suggestions"
    assert texts(caller.post(path)) == []
    caller.post(make, {"externalId": "second", "agent": {"externalId": "9", "name": "Robin Roe"}, **person})
    assert texts(caller.post(path)) == ["This is Robin."]


def test_typing_costs_no_query(caller: Caller, path: str, django_assert_num_queries: Any) -> None:
    caller.post(path, {"query": "S"})
    with django_assert_num_queries(0):
        for typed in ("Su", "Sur", "Sure"):
            assert caller.post(path, {"query": typed}).status_code == 200


class TestGreeting:
    @pytest.fixture(autouse=True)
    def greeting(self, company: Company) -> None:
        set_greetings_of(
            company,
            enabled=True,
            generic_text="Hello!",
            named_text="Hello {NAME}!",
            delay_seconds=10,
            trigger_after_seconds=2,
        )

    def test_the_greeting_is_offered_until_the_agent_writes(
        self, caller: Caller, company: Company, path: str, committing: Any
    ) -> None:
        assert caller.post(path).json()["autopilotMessage"] == {
            "text": "Hello Sarah!",
            "templateText": "Hello {NAME}!",
            "title": "",
            "delaySeconds": 10,
            "triggerAfterSeconds": 2,
        }
        assert "autopilotMessage" not in caller.post(path, {"query": "H"}).json()
        with committing(execute=True):
            say(make_conversation(company), "Hi there", role="agent", after=5)
        assert "autopilotMessage" not in caller.post(path).json()

    def test_a_customer_without_a_name_gets_the_generic_text(self, caller: Caller, company: Company) -> None:
        path = path_of(make_conversation(company, customer_name=""))
        assert caller.post(path).json()["autopilotMessage"]["text"] == "Hello!"

    def test_the_agent_can_switch_it_off(self, caller: Caller, path: str) -> None:
        caller.put("/autocompose/v1/autopilot/greetings/status?agentId=671", {"enabled": False})
        assert "autopilotMessage" not in caller.post(path).json()


@pytest.mark.parametrize(
    ("feature", "empty", "typed"),
    [("suggestions_while_typing", 3, 0), ("autocompose", 0, 0), ("phrase_completions", 3, 2)],
)
def test_features_that_are_off_give_nothing(
    caller: Caller, company: Company, path: str, feature: str, empty: int, typed: int
) -> None:
    agent = Agent.objects.get(external_id="671")
    choose(company, {FEATURE_SETTINGS[Feature(feature)].name: False}, agent=agent)
    assert len(texts(caller.post(path))) == empty
    assert len(texts(caller.post(path, {"query": "Sure"}))) == typed


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"query": None}, "/query"),
        ({"query": 3}, "/query"),
        ({"message": None}, "/message"),
        ({"message": {**MESSAGE, "text": ""}}, "/message/text"),
        ({"message": {**MESSAGE, "timestamp": "x"}}, "/message/timestamp"),
        ([], "the body"),
        ("null", "the body"),
        (b"null", "the body"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(caller: Caller, path: str, sent: Any, says: str) -> None:
    response = caller.post(path, sent)
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not Message.objects.exists()


def test_other_companies_and_unknown_ids_get_404(caller: Caller, other: Caller, path: str) -> None:
    assert_error(other.post(path, {"query": "Sure"}), 404)
    assert_error(other.post(path, {"query": "", "message": MESSAGE}), 404)
    assert_error(caller.post("/autocompose/v1/conversations/01BX5ZZKBKACTAV9WEVGEMMVRZ/suggestions"), 404)
    assert not Message.objects.exists()


def test_wrong_methods_are_405(caller: Caller, path: str) -> None:
    assert_error(caller.get(path), 405)
