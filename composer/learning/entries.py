"""Responses as the suggestion engine sees them."""

from __future__ import annotations

from composer.engine.types import Entry, Source
from responses.browse import ResponseItem
from responses.lists import filters_of


def entry_of(item: ResponseItem, source: Source) -> Entry:
    return Entry(
        key=item.id,
        text=item.text,
        title=item.title,
        source=source,
        filters=filters_of(item),
        folder=item.folder_id,
    )
