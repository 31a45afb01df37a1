"""Browsing a list: folders before responses, sorted, searched, and page by page without loss."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responses.browse import (
    ROOT,
    BadPageTokenError,
    FolderItem,
    ListView,
    Page,
    ResponseItem,
    make_token,
    read_token,
)
from responses.errors import NoSuchFolderError

FOLDERS = (FolderItem("f1", "Start"), FolderItem("f2", "bye", "f1"), FolderItem("f3", "Apples"))
RESPONSES = (
    ResponseItem("r1", "zebra text", "Alpha", "f1"),
    ResponseItem("r2", "Yak text", "beta", "f2"),
    ResponseItem("r3", "xerus text", "Gamma"),
    ResponseItem("r4", "xerus text", "delta"),
)


def view(by: Any = "text", **lists: Any) -> ListView:
    return ListView(version="v1", by=by, **{"folders": FOLDERS, "responses": RESPONSES, **lists})


def ids(page: Page) -> list[str]:
    return [item.id for item in (*page.folders, *page.responses)]


class TestOrder:
    def test_folders_come_by_name_whatever_its_case(self) -> None:
        assert ids(view().page(resource_type="folders")) == ["f3", "f2", "f1"]

    @pytest.mark.parametrize(("by", "order"), [("text", ["r3", "r4", "r2", "r1"]), ("title", ["r1", "r2", "r4", "r3"])])
    def test_responses_come_by_text_or_title_and_then_by_id(self, by: str, order: list[str]) -> None:
        assert ids(view(by).page(resource_type="responses")) == order

    def test_the_order_in_which_they_are_given_is_no_matter(self) -> None:
        turned = view(folders=FOLDERS[::-1], responses=RESPONSES[::-1])
        assert turned.page() == view().page()


class TestFolders:
    @pytest.mark.parametrize(
        ("folder", "found"),
        [
            (None, ["f3", "f2", "f1", "r3", "r4", "r2", "r1"]),
            (ROOT, ["f3", "f1", "r3", "r4"]),
            ("f1", ["f2", "r1"]),
            ("f2", ["r2"]),
            ("f3", []),
        ],
    )
    def test_a_folder_shows_what_lies_right_in_it(self, folder: str | None, found: list[str]) -> None:
        assert ids(view().page(folder_id=folder)) == found

    @pytest.mark.parametrize("folder", ["f9", "", "r1", "F1"])
    def test_an_unknown_one_is_refused(self, folder: str) -> None:
        with pytest.raises(NoSuchFolderError):
            view().page(folder_id=folder)


class TestTerms:
    @pytest.mark.parametrize(
        ("term", "found"),
        [
            ("", ["f3", "f2", "f1", "r3", "r4", "r2", "r1"]),
            ("START", ["f1"]),
            ("ya", ["r2"]),
            ("yA", ["r2"]),
            ("a", ["f3", "f1", "r3", "r4", "r2", "r1"]),
            ("gamma", ["r3"]),
            ("text ", []),
            ("s text", ["r3", "r4"]),
        ],
    )
    def test_a_part_of_a_name_a_text_or_a_title_is_found(self, term: str, found: list[str]) -> None:
        assert ids(view().page(term=term)) == found

    def test_a_term_is_looked_for_in_the_folder_that_is_open(self) -> None:
        assert ids(view().page(folder_id="f1", term="text")) == ["r1"]

    def test_letters_that_change_their_length_with_their_case_are_found(self) -> None:
        street = view(responses=[ResponseItem("r", "Hauptstraße 7")])
        assert ids(street.page(term="STRASSE", resource_type="responses")) == ["r"]


class TestPages:
    @pytest.mark.parametrize("per_page", [1, 2, 3, 4, 6, 7, 8])
    @pytest.mark.parametrize("resource_type", ["all", "folders", "responses"])
    def test_the_pages_together_are_the_list(self, per_page: int, resource_type: Any) -> None:
        whole = ids(view().page(resource_type=resource_type))
        found: list[str] = []
        offset, pages = 0, 0
        while True:
            page = view().page(resource_type=resource_type, offset=offset, per_page=per_page)
            assert len(ids(page)) <= per_page
            found, pages = found + ids(page), pages + 1
            if not page.token:
                break
            version, offset = read_token(page.token)
            assert version == "v1"
        assert found == whole
        assert pages == -(-len(whole) // per_page)

    def test_after_the_end_there_is_nothing(self) -> None:
        assert view().page(offset=100) == Page((), (), "")

    def test_the_last_page_has_no_token_even_when_it_is_full(self) -> None:
        assert view().page(per_page=7).token == ""
        assert view().page(per_page=6).token != ""

    @given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 10), st.integers(0, 25))
    def test_a_page_is_a_piece_of_the_whole(self, folders: int, responses: int, per_page: int, offset: int) -> None:
        some = view(
            folders=[FolderItem(f"f{number}", f"{number}") for number in range(folders)],
            responses=[ResponseItem(f"r{number}", f"{number}") for number in range(responses)],
        )
        page = some.page(offset=offset, per_page=per_page)
        assert ids(page) == ids(some.page())[offset : offset + per_page]
        assert bool(page.token) is (folders + responses > offset + per_page)


class TestTokens:
    @pytest.mark.parametrize(("version", "offset"), [("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1), ("custom", 1000), ("a:b", 7)])
    def test_a_token_is_read_back(self, version: str, offset: int) -> None:
        token = make_token(version, offset)
        assert read_token(token) == (version, offset)
        assert token.isascii()
        assert not set(token) & set("=+/ ")

    @pytest.mark.parametrize("token", ["", "x", "abc", "====", "é", "\udcff", "djE6NQ", "Og", "a b"])
    def test_what_no_page_carried_is_refused(self, token: str) -> None:
        with pytest.raises(BadPageTokenError):
            read_token(token)

    def test_a_token_that_lost_its_end_or_leads_nowhere_is_refused(self) -> None:
        token = make_token("v1", 25)
        for bad in (token[:-1], token[:-4], token[4:], make_token("v1", 0), make_token("v1", -5), make_token("", 5)):
            with pytest.raises(BadPageTokenError):
                read_token(bad)

    @pytest.mark.parametrize(("version", "offset"), [("other", "5"), ("v1", "6"), ("v1", "05"), ("v1", " 5")])
    def test_a_token_made_by_hand_is_refused(self, version: str, offset: str) -> None:
        """Else any stored version could be read by whoever guesses its id."""
        real = make_token("v1", 5)
        signature = base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)).decode().partition(":")[0]
        forged = base64.urlsafe_b64encode(f"{signature}:{version}:{offset}".encode()).decode().rstrip("=")
        with pytest.raises(BadPageTokenError):
            read_token(forged)

    def test_a_token_of_another_desk_is_refused(self, settings: Any) -> None:
        token = make_token("v1", 5)
        settings.SECRET_KEY = "the secret key of another desk, which is long enough"
        with pytest.raises(BadPageTokenError):
            read_token(token)

    @given(st.text(max_size=60))
    def test_any_text_is_read_or_refused(self, token: str) -> None:
        with pytest.raises(BadPageTokenError):
            read_token(token)
