"""GET /autocompose/v1/responses/globals and /customs, and the six calls that change an agent's own list."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import AuditEntry, Company
from responses.models import CustomFolder, CustomResponse
from responses.services import ListRow, save_version
from tests.api.conftest import Caller, assert_error
from tests.factories import make_list

GLOBALS = "/autocompose/v1/responses/globals"
CUSTOMS = "/autocompose/v1/responses/customs"
RESPONSE = f"{CUSTOMS}/response"
FOLDER = f"{CUSTOMS}/folder"
ME = "?agentId=671"


@pytest.fixture
def library(company: Company) -> None:
    make_list(
        company,
        ListRow("No problem {NAME}, I'd be happy to transfer you.", "Sup Transfer 1", ("Transfer", "Supervisor")),
        ListRow("I'd be happy to transfer you to my supervisor.", "Sup Transfer 2", ("Transfer",)),
        ListRow("anything else?", filters=(("queue", ("a", "b")),)),
        ListRow("Bye", "transfer of files"),
    )


def test_globals_are_sorted_and_described(caller: Caller, library: None) -> None:  # noqa: ARG001
    answer = caller.get(GLOBALS).json()
    listed = answer["responses"]["responsesList"]
    assert [row["text"] for row in listed] == [
        "anything else?",
        "Bye",
        "I'd be happy to transfer you to my supervisor.",
        "No problem {NAME}, I'd be happy to transfer you.",
    ]
    assert listed[0]["metadata"] == [{"name": "queue", "allowedValues": ["a", "b"]}]
    assert listed[3]["metadata"] == [{"name": "NAME", "allowedValues": ["customer.name"]}]
    assert listed[0]["folderId"] == "__root"
    assert answer["version"]["description"] == "June 5 2022 Update"
    folders = {row["name"]: row for row in answer["responses"]["folderList"]}
    assert list(folders) == ["Supervisor", "Transfer"]
    assert folders["Transfer"]["parentFolderId"] == "__root"
    assert folders["Supervisor"]["parentFolderId"] == folders["Transfer"]["id"] == listed[2]["folderId"]


def test_globals_are_searched_and_filtered(caller: Caller, library: None) -> None:  # noqa: ARG001
    def found(query: str) -> tuple[list[str], list[str]]:
        page = caller.get(f"{GLOBALS}?{query}").json()["responses"]
        return [row["title"] for row in page["responsesList"]], [row["name"] for row in page["folderList"]]

    assert found("searchTerm=TRANSFER") == (["transfer of files", "Sup Transfer 2", "Sup Transfer 1"], ["Transfer"])
    assert found("searchTerm=transfer&resourceType=folders") == ([], ["Transfer"])
    assert found("searchTerm=transfer&resourceType=responses")[1] == []
    assert found("folderId=__root") == (["", "transfer of files"], ["Transfer"])
    folder = caller.get(f"{GLOBALS}?resourceType=folders&folderId=__root").json()["responses"]["folderList"][0]["id"]
    assert found(f"folderId={folder}") == (["Sup Transfer 2"], ["Supervisor"])
    assert found("agentId=671&unknown=1")[0] == found("")[0]


def test_pages_hold_every_item_once(caller: Caller, company: Company, library: None, committing: Any) -> None:  # noqa: ARG001
    seen: list[str] = []
    token, pages = "", 0
    while True:
        page = caller.get(f"{GLOBALS}?maxPerPage=2&pageToken={token}").json()["responses"]
        items = page["folderList"] + page["responsesList"]
        assert len(items) <= 2
        seen += [item["id"] for item in items]
        token, pages = page["pageToken"], pages + 1
        if pages == 1:
            with committing(execute=True):
                make_list(company, "A new list was deployed meanwhile.")
        if not token:
            break
    assert pages == 3
    assert len(seen) == len(set(seen)) == 6


def test_no_deployed_list_is_an_empty_list(caller: Caller) -> None:
    assert caller.get(GLOBALS).json()["responses"] == {"responsesList": [], "folderList": [], "pageToken": ""}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("folderId=nope", 404),
        ("resourceType=everything", 400),
        ("maxPerPage=ten", 400),
        ("maxPerPage=0", 400),
        ("maxPerPage=-1", 400),
        ("pageToken=nonsense", 400),
        ("pageToken=bm9uZTotMQ", 400),
        ("pageToken=%00", 400),
        ("pageToken=ADox", 400),
        ("searchTerm=%00", 400),
    ],
)
def test_bad_queries_are_refused(caller: Caller, library: None, query: str, status: int) -> None:  # noqa: ARG001
    assert_error(caller.get(f"{GLOBALS}?{query}"), status, caller.get(f"{GLOBALS}?{query}").json()["error"]["code"])
    assert_error(
        caller.get(f"{CUSTOMS}{ME}&{query}"), status, caller.get(f"{CUSTOMS}{ME}&{query}").json()["error"]["code"]
    )


def test_another_companys_list_is_not_visible(other: Caller, library: None) -> None:  # noqa: ARG001
    assert other.get(GLOBALS).json()["responses"]["responsesList"] == []


def test_use_case_6(caller: Caller) -> None:
    """A response without a folder, then moved to one."""
    howdy = {"text": "Howdy, how can I help you today?", "title": "Howdy Help"}
    created = caller.post(RESPONSE + ME, howdy)
    assert created.status_code == 200
    id_ = created.json()["id"]
    assert created.json() == {"id": id_, **howdy, "folderId": "__root"}
    folder = caller.post(FOLDER + ME, {"name": "Greetings"}).json()
    assert folder == {"id": folder["id"], "name": "Greetings", "parentFolderId": "__root"}
    moved = caller.put(f"{RESPONSE}/{id_}{ME}", {**howdy, "folderId": folder["id"]})
    assert (moved.status_code, moved.content) == (200, b"")
    page = caller.get(CUSTOMS + ME).json()
    assert page["responsesList"] == [{"id": id_, **howdy, "folderId": folder["id"]}]
    assert page["folderList"] == [folder]
    assert page["pageToken"] == ""
    assert AuditEntry.objects.filter(action="custom_response.updated").count() == 1


def test_custom_responses_are_sorted_by_title_and_keep_metadata(caller: Caller) -> None:
    metadata = [{"name": "queue", "allowedValues": ["b", "a"]}, {"name": "NAME", "allowedValues": ["customer.name"]}]
    caller.post(RESPONSE + ME, {"text": "A text {NAME}", "title": "zeta", "metadata": metadata})
    caller.post(RESPONSE + ME, {"text": "Z text", "title": "Alpha"})
    listed = caller.get(CUSTOMS + ME).json()["responsesList"]
    assert [row["title"] for row in listed] == ["Alpha", "zeta"]
    assert listed[1]["metadata"] == metadata


def test_an_update_removes_what_is_not_sent(caller: Caller) -> None:
    folder = caller.post(FOLDER + ME, {"name": "F"}).json()["id"]
    body = {"text": "a", "title": "b", "folderId": folder, "metadata": [{"name": "q", "allowedValues": ["1"]}]}
    id_ = caller.post(RESPONSE + ME, body).json()["id"]
    caller.put(f"{RESPONSE}/{id_}{ME}", {"text": "c", "title": "d"})
    [row] = caller.get(CUSTOMS + ME).json()["responsesList"]
    assert row == {"id": id_, "text": "c", "title": "d", "folderId": "__root"}


def test_deleting_a_folder_keeps_its_contents(caller: Caller) -> None:
    outer = caller.post(FOLDER + ME, {"name": "Outer"}).json()["id"]
    inner = caller.post(FOLDER + ME, {"name": "Inner", "parentFolderId": outer}).json()["id"]
    leaf = caller.post(FOLDER + ME, {"name": "Leaf", "parentFolderId": inner}).json()["id"]
    response_id = caller.post(RESPONSE + ME, {"text": "a", "title": "b", "folderId": inner}).json()["id"]
    gone = caller.delete(f"{FOLDER}/{inner}{ME}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert CustomResponse.objects.get(pk=response_id).folder_id == outer
    assert CustomFolder.objects.get(pk=leaf).parent_id == outer
    assert_error(caller.delete(f"{FOLDER}/{inner}{ME}"), 404)


def test_a_folder_cannot_be_inside_itself(caller: Caller) -> None:
    outer = caller.post(FOLDER + ME, {"name": "Outer"}).json()["id"]
    inner = caller.post(FOLDER + ME, {"name": "Inner", "parentFolderId": outer}).json()["id"]
    for parent in (outer, inner):
        assert_error(caller.put(f"{FOLDER}/{outer}{ME}", {"name": "Outer", "parentFolderId": parent}), 422)
    assert caller.put(f"{FOLDER}/{inner}{ME}", {"name": "Renamed"}).status_code == 200
    assert CustomFolder.objects.get(pk=inner).parent_id is None


def test_deleting_a_response_twice_is_404(caller: Caller) -> None:
    id_ = caller.post(RESPONSE + ME, {"text": "a", "title": "b"}).json()["id"]
    gone = caller.delete(f"{RESPONSE}/{id_}{ME}")
    assert (gone.status_code, gone.content) == (200, b"")
    assert_error(caller.delete(f"{RESPONSE}/{id_}{ME}"), 404)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"{RESPONSE}/{{response}}", {"text": "x", "title": "x"}),
        ("DELETE", f"{RESPONSE}/{{response}}", None),
        ("PUT", f"{FOLDER}/{{folder}}", {"name": "x"}),
        ("DELETE", f"{FOLDER}/{{folder}}", None),
        ("POST", RESPONSE, {"text": "x", "title": "x", "folderId": "{folder}"}),
        ("POST", FOLDER, {"name": "x", "parentFolderId": "{folder}"}),
        ("GET", f"{CUSTOMS}?folderId={{folder}}", None),
    ],
)
def test_another_agents_list_cannot_be_changed(
    caller: Caller, other: Caller, method: str, path: str, body: Any
) -> None:
    """A colleague and another company get 404; agentId is required."""
    folder = caller.post(FOLDER + ME, {"name": "F"}).json()["id"]
    response = caller.post(RESPONSE + ME, {"text": "a", "title": "b", "folderId": folder}).json()["id"]
    path = path.format(folder=folder, response=response)
    joint = "&" if "?" in path else "?"
    filled = {key: value.format(folder=folder) for key, value in body.items()} if body else None
    assert_error(caller.call(method, f"{path}{joint}agentId=672", filled), 404)
    assert_error(other.call(method, f"{path}{joint}agentId=671", filled, other.headers), 404)
    assert_error(caller.call(method, path, filled), 400, says="/agentId")
    assert CustomResponse.objects.get(pk=response).text == "a"
    assert CustomFolder.objects.get(pk=folder).name == "F"


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (RESPONSE, {"text": "a"}, "/title"),
        (RESPONSE, {"text": "a", "title": ""}, "/title"),
        (RESPONSE, {"text": "", "title": "b"}, "/text"),
        (RESPONSE, {"text": "a", "title": None}, "/title"),
        (RESPONSE, {"text": "a", "title": "x" * 501}, "/title"),
        (RESPONSE, {"text": "a", "title": "b", "folderId": None}, "/folderId"),
        (RESPONSE, {"text": "a", "title": "b", "metadata": [{"name": 1}]}, "/metadata/0/name"),
        (
            RESPONSE,
            {"text": "a", "title": "b", "metadata": [{"name": "n", "allowedValues": "v"}]},
            "/metadata/0/allowed",
        ),
        (FOLDER, {}, "/name"),
        (FOLDER, {"name": ""}, "/name"),
        (FOLDER, {"name": "x", "parentFolderId": 3}, "/parentFolderId"),
    ],
)
def test_bad_input_is_refused(caller: Caller, path: str, body: Any, says: str) -> None:
    response = caller.post(path + ME, body)
    assert response.status_code == 400
    assert says in response.json()["error"]["message"]
    assert not CustomResponse.objects.exists()
    assert not CustomFolder.objects.exists()


def test_wrong_methods_are_405(caller: Caller) -> None:
    for path in (GLOBALS, CUSTOMS, RESPONSE, FOLDER):
        assert_error(caller.call("PATCH", path), 405)


def test_a_made_up_token_is_refused(caller: Caller, company: Company) -> None:
    """A token with a made-up signature must not open a version that was never deployed."""
    make_list(company, "one", "two", "three")
    draft, _ = save_version(
        by=Actor.system(company.pk),
        company=company,
        rows=[ListRow("secret one"), ListRow("secret two")],
        description="",
    )
    for text in (f"{draft.pk}:1", ":1", f"{'0' * 16}:{draft.pk}:1", f":{draft.pk}:1"):
        token = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        assert_error(caller.get(f"{GLOBALS}?pageToken={token}"), 400)
