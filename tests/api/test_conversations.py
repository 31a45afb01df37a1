"""POST and GET /conversation/v1/conversations, and one conversation."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Event
from conversations.models import Conversation, Participant
from tests.api.conftest import Caller, assert_error
from tests.factories import make_conversation, make_credential

PATH = "/conversation/v1/conversations"


def body(**changes: Any) -> dict[str, Any]:
    """The example of the seed's use case 1."""
    example = {
        "externalId": "33411121",
        "agent": {"externalId": "671", "name": "agentname"},
        "customer": {"externalId": "11462", "name": "Sarah Jones"},
        "metadata": {"organizationalGroup": "some-group", "subdivision": "some-division", "queue": "some-queue"},
        "timestamp": "2021-11-23T12:13:14.55Z",
    }
    return {**example, **changes}


def test_it_creates_and_reads_back(caller: Caller) -> None:
    created = caller.post(PATH, body())
    assert created.status_code == 200
    id_ = created.json()["id"]
    assert len(id_) == 26
    assert id_.isupper() or id_.isdigit()
    expected = {key: value for key, value in body().items() if key != "timestamp"} | {"id": id_}
    assert caller.get(f"{PATH}/{id_}").json() == expected
    assert caller.get(f"{PATH}?externalId=33411121").json() == {"items": [expected]}


def test_the_same_external_id_updates_the_conversation(caller: Caller) -> None:
    first = caller.post(PATH, body(agent={"externalId": "671"})).json()["id"]
    again = caller.post(PATH, body(agent={"externalId": "672", "name": "Ana"}, metadata={"queue": "other"})).json()[
        "id"
    ]
    assert again == first
    read = caller.get(f"{PATH}/{first}").json()
    assert read["agent"] == {"externalId": "672", "name": "Ana"}
    assert read["metadata"] == {
        "organizationalGroup": "some-group",
        "subdivision": "some-division",
        "queue": "other",
    }
    agents = Participant.objects.filter(conversation_id=first, role="agent").order_by("pk")
    assert [row.left_at is None for row in agents] == [False, True]


def test_a_virtual_agent_starts_and_an_agent_joins(caller: Caller) -> None:
    without = body()
    del without["agent"]
    id_ = caller.post(PATH, without).json()["id"]
    assert "agent" not in caller.get(f"{PATH}/{id_}").json()
    assert Conversation.objects.get(pk=id_).status == "automated"
    caller.post(PATH, body())
    assert caller.get(f"{PATH}/{id_}").json()["agent"]["externalId"] == "671"
    assert Conversation.objects.get(pk=id_).status == "live"
    caller.post(PATH, without)
    assert caller.get(f"{PATH}/{id_}").json()["agent"]["externalId"] == "671", "an agent that is not sent stays"


def test_events_are_numbered_without_gaps(caller: Caller) -> None:
    id_ = caller.post(PATH, body()).json()["id"]
    caller.post(PATH, body(metadata={"queue": "other"}))
    caller.post(PATH, body(metadata={"queue": "other"}))  # changes nothing, tells nothing
    numbers = list(Event.objects.filter(conversation_id=id_).order_by("sequence").values_list("sequence", "type"))
    assert numbers == [
        (1, "conversation.created"),
        (2, "conversation.agent_joined"),
        (3, "conversation.updated"),
    ]
    assert Conversation.objects.get(pk=id_).last_sequence == 3


@pytest.mark.parametrize(
    "moment",
    ["2021-11-23T12:13:14Z", "2021-11-23T12:13:14", "2021-11-23T14:13:14.123456789012+02:00", "2016-12-31T23:59:60Z"],
)
def test_it_takes_every_documented_timestamp(caller: Caller, moment: str) -> None:
    assert caller.post(PATH, body(timestamp=moment)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"timestamp": "23/11/2021"}, "400-03", "ERROR - [Path '/timestamp'] String 23/11/2021 is invalid against"),
        ({"timestamp": "2021-02-30T00:00:00Z"}, "400-03", "/timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+23:00"}, "400-03", "/timestamp"),
        ({"timestamp": 1637669594}, "400-01", "/timestamp"),
        ({"timestamp": None}, "400-01", "/timestamp"),
        ({"externalId": 33411121}, "400-01", "/externalId"),
        ({"externalId": ""}, "400-03", "/externalId"),
        ({"externalId": "x" * 257}, "400-03", "/externalId"),
        ({"externalId": "a\x00b"}, "400-01", "/externalId"),
        ({"customer": None}, "400-01", "/customer"),
        ({"customer": {"name": "Sarah"}}, "400-01", "/customer/externalId"),
        ({"customer": {"externalId": "1", "name": None}}, "400-01", "/customer/name"),
        ({"agent": None}, "400-01", "/agent"),
        ({"agent": {}}, "400-01", "/agent/externalId"),
        ({"agent": "671"}, "400-01", "/agent"),
        ({"metadata": {"tier": 3}}, "400-01", "/metadata/tier"),
        ({"metadata": None}, "400-01", "/metadata"),
        ({"metadata": ["a"]}, "400-01", "/metadata"),
        ({"id": {}}, "400-01", "/id"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(caller: Caller, changes: Any, code: str, says: str) -> None:
    assert_error(caller.post(PATH, body(**changes)), 400, code, says)
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("name", ["externalId", "customer", "timestamp"])
def test_required_fields_are_named(caller: Caller, name: str) -> None:
    without = body()
    del without[name]
    assert_error(caller.post(PATH, without), 400, says=f"[Path '/{name}'] is required")


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"3", b"{", b'{"a": NaN}', b'{"externalId": "\\ud800"}', b"\xff\xfe{}", b"[" * 100_000],
)
def test_a_body_that_is_not_a_json_object_is_refused(caller: Caller, raw: bytes) -> None:
    assert_error(caller.post(PATH, raw), 400, says="the body")


def test_unknown_properties_are_ignored(caller: Caller) -> None:
    assert caller.post(PATH, body(id="mine", color="red")).json()["id"] != "mine"


def test_listing_requires_an_external_id(caller: Caller) -> None:
    assert_error(caller.get(PATH), 400, says="/externalId")
    assert caller.get(f"{PATH}?externalId=nobody").json() == {"items": []}


def test_unknown_ids_are_404(caller: Caller) -> None:
    assert_error(caller.get(f"{PATH}/01BX5ZZKBKACTAV9WEVGEMMVRZ"), 404, says="conversation")
    assert_error(caller.get(f"{PATH}/not-an-id"), 404)


def test_another_company_does_not_see_it(caller: Caller, other: Caller) -> None:
    id_ = caller.post(PATH, body()).json()["id"]
    assert_error(other.get(f"{PATH}/{id_}"), 404)
    assert other.get(f"{PATH}?externalId=33411121").json() == {"items": []}
    assert other.post(PATH, body()).json()["id"] != id_


def test_the_sandbox_does_not_see_production(caller: Caller) -> None:
    conversation = make_conversation(caller.credential.credential.company, environment="production")
    sandbox = Caller(make_credential(conversation.company, environment="sandbox"), caller.committing)
    assert_error(sandbox.get(f"{PATH}/{conversation.pk}"), 404)


def test_wrong_methods_are_405_in_the_envelope(caller: Caller) -> None:
    response = caller.delete(PATH)
    assert_error(response, 405)
    assert set(response["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}
