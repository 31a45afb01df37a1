"""The search index over one list of responses."""

from __future__ import annotations

from responses.browse import ROOT, ResponseItem
from responses.engine.quicksearch import Document, QuickSearch
from responses.lists import LoadedList


def index_of(listed: LoadedList) -> QuickSearch:
    """Return an index by text, title and the names of all folders above: their words find what lies in them."""
    parents = {folder.id: folder for folder in listed.folders}

    def path(item: ResponseItem) -> tuple[str, ...]:
        ids: list[str] = []
        folder_id = item.folder_id
        while folder_id != ROOT and folder_id in parents and folder_id not in ids:
            ids.append(folder_id)
            folder_id = parents[folder_id].parent_id
        return tuple(ids)

    def document(item: ResponseItem) -> Document:
        folders = path(item)
        return Document(item.text, item.title, folders, " ".join(parents[folder].name for folder in folders))

    return QuickSearch(map(document, listed.responses))
