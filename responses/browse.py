"""A response list in memory, for browsing by folder, by search term and page by page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.crypto import constant_time_compare, salted_hmac

from responses.errors import NoSuchFolderError

ROOT = "__root"
MAX_PER_PAGE = 1000

ResourceType = Literal["folders", "responses", "all"]


@dataclass(frozen=True, slots=True)
class FolderItem:
    id: str
    name: str
    parent_id: str = ROOT


@dataclass(frozen=True, slots=True)
class ResponseItem:
    """A response. `metadata` holds the allowed values of inserts and filters (contract README section 12, 14)."""

    id: str
    text: str
    title: str = ""
    folder_id: str = ROOT
    metadata: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list. `token` asks for the next page; it is "" on the last one."""

    folders: tuple[FolderItem, ...]
    responses: tuple[ResponseItem, ...]
    token: str


class BadPageTokenError(ValueError):
    """The token is not one that a page of this list had."""


def make_token(version: str, offset: int) -> str:
    """Return the signed token of the page of this list version that starts at `offset`."""
    text = f"{version}:{offset}"
    return base64.urlsafe_b64encode(f"{_signature(text)}:{text}".encode()).decode().rstrip("=")


def _signature(text: str) -> str:
    """Return the signature of a token: with a made-up token anybody could read any stored version."""
    return salted_hmac("responses.page", text, algorithm="sha256").hexdigest()[:16]


def read_token(token: str) -> tuple[str, int]:
    """Return the version and the offset of a token. Raises BadPageTokenError for one that was not made here."""
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode("ascii")
        signature, _, text = text.partition(":")
        version, _, offset = text.rpartition(":")
        number = int(offset)
    except (binascii.Error, UnicodeDecodeError, UnicodeEncodeError, ValueError):
        raise BadPageTokenError(token) from None
    if number < 1 or not version or not constant_time_compare(signature, _signature(text)):
        raise BadPageTokenError(token)
    return version, number


class ListView:
    """An immutable, sorted list.

    `by` is the sort key: "text" for the global list, "title" for custom lists (contract README section 2).
    """

    def __init__(
        self,
        *,
        version: str,
        folders: Iterable[FolderItem],
        responses: Iterable[ResponseItem],
        by: Literal["text", "title"],
    ) -> None:
        self.version = version
        self._folders = sorted(folders, key=lambda folder: (folder.name.casefold(), folder.id))
        self._responses = sorted(
            responses,
            key=lambda response: (
                (response.text if by == "text" else response.title).casefold(),
                response.id,
            ),
        )
        self._folders_by_id: Mapping[str, FolderItem] = {folder.id: folder for folder in self._folders}

    def page(
        self,
        *,
        folder_id: str | None = None,
        resource_type: ResourceType = "all",
        term: str = "",
        offset: int = 0,
        per_page: int = MAX_PER_PAGE,
    ) -> Page:
        """Return one page: folders first, then responses.

        `folder_id` None means all folders and responses, ROOT those that are not in a folder. `term` is part of a
        folder's name or of a response's text or title; case does not matter. Raises NoSuchFolderError.
        """
        if folder_id is not None and folder_id != ROOT and folder_id not in self._folders_by_id:
            raise NoSuchFolderError(folder_id)
        needle = term.casefold()
        folders: Sequence[FolderItem] = ()
        responses: Sequence[ResponseItem] = ()
        if resource_type != "responses":
            folders = [
                folder
                for folder in self._folders
                if folder_id in (None, folder.parent_id) and needle in folder.name.casefold()
            ]
        if resource_type != "folders":
            responses = [
                response
                for response in self._responses
                if folder_id in (None, response.folder_id)
                and (not needle or needle in response.text.casefold() or needle in response.title.casefold())
            ]
        end = offset + per_page
        token = make_token(self.version, end) if len(folders) + len(responses) > end else ""
        first = max(0, offset - len(folders))
        return Page(tuple(folders[offset:end]), tuple(responses[first : max(0, end - len(folders))]), token)
