"""Loads a whole list from the database, in its author's order. A few queries for a list of any length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Agent, Company
from responses.browse import ROOT, FolderItem, ListView, ResponseItem
from responses.engine.templates import insert_names
from responses.models import (
    CustomFolder,
    CustomMetadata,
    CustomMetadataValue,
    CustomResponse,
    GlobalFilter,
    GlobalFilterValue,
    GlobalFolder,
    GlobalResponse,
    Insert,
    InsertSource,
    ListVersion,
)

# How a response's metadata names the source of an insert (seed autocompose__deploying-autocompose-api, use case 5).
SOURCE_NAMES: Mapping[str, str] = {
    InsertSource.CUSTOMER_FIRST_NAME: "customer.name",
    InsertSource.CUSTOMER_NAME: "customer.name",
    InsertSource.AGENT_FIRST_NAME: "agent.name",
    InsertSource.AGENT_NAME: "agent.name",
    InsertSource.TIME_OF_DAY: "time_of_day",
    InsertSource.METADATA: "metadata",
}


@dataclass(frozen=True, slots=True)
class LoadedList:
    """Folders and responses as stored; `view` sorts them for browsing."""

    version: str
    description: str
    folders: tuple[FolderItem, ...]
    responses: tuple[ResponseItem, ...]
    view: ListView


def filters_of(item: ResponseItem) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the filters of a response: the metadata whose name is not an insert in its text."""
    inserts = set(insert_names(item.text))
    return tuple((name, frozenset(values)) for name, values in item.metadata if name not in inserts)


def load_global_list(version: ListVersion) -> LoadedList:
    """Return the list of a version. A version never changes."""
    keys = dict(GlobalFolder.objects.filter(version=version).values_list("pk", "key"))
    folders = tuple(
        FolderItem(row.key, row.name, keys[row.parent_id] if row.parent_id else ROOT)
        for row in GlobalFolder.objects.filter(version=version)
    )
    filters = _global_filters(version)
    sources = {row.name: SOURCE_NAMES[row.source] for row in Insert.objects.filter(company_id=version.company_id)}
    responses = tuple(
        ResponseItem(
            id=row.key,
            text=row.text,
            title=row.title,
            folder_id=keys[row.folder_id] if row.folder_id else ROOT,
            metadata=(
                *((name, (sources[name],)) for name in insert_names(row.text) if name in sources),
                *filters.get(row.pk, ()),
            ),
        )
        for row in GlobalResponse.objects.filter(version=version).order_by("position")
    )
    view = ListView(version=version.pk, folders=folders, responses=responses, by="text")
    return LoadedList(version.pk, version.description, folders, responses, view)


def _global_filters(version: ListVersion) -> dict[int, list[tuple[str, tuple[str, ...]]]]:
    values: dict[int, list[str]] = defaultdict(list)
    for filter_id, value in (
        GlobalFilterValue.objects.filter(filter__response__version=version)
        .order_by("pk")
        .values_list("filter_id", "value")
    ):
        values[filter_id].append(value)
    filters: dict[int, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for pk, response_id, name in (
        GlobalFilter.objects.filter(response__version=version).order_by("pk").values_list("pk", "response_id", "name")
    ):
        filters[response_id].append((name, tuple(values[pk])))
    return filters


def empty_list(company: Company) -> LoadedList:
    """Return the list of a company before its first deployment."""
    view = ListView(version="none", folders=(), responses=(), by="text")
    return LoadedList("", f"No list of {company.name} is deployed", (), (), view)


def load_custom_list(agent: Agent) -> LoadedList:
    """Return the agent's own list, sorted by title."""
    folders = tuple(
        FolderItem(row.pk, row.name, row.parent_id or ROOT) for row in CustomFolder.objects.filter(agent=agent)
    )
    rows = list(CustomResponse.objects.filter(agent=agent).order_by("title", "pk"))
    metadata = _custom_metadata(agent) if rows else {}
    responses = tuple(
        ResponseItem(row.pk, row.text, row.title, row.folder_id or ROOT, tuple(metadata.get(row.pk, ())))
        for row in rows
    )
    view = ListView(version="custom", folders=folders, responses=responses, by="title")
    return LoadedList("custom", "", folders, responses, view)


def _custom_metadata(agent: Agent) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    values: dict[int, list[str]] = defaultdict(list)
    for row_id, value in (
        CustomMetadataValue.objects.filter(metadata__response__agent=agent)
        .order_by("metadata", "position")
        .values_list("metadata_id", "value")
    ):
        values[row_id].append(value)
    metadata: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for pk, response_id, name in (
        CustomMetadata.objects.filter(response__agent=agent)
        .order_by("response", "position")
        .values_list("pk", "response_id", "name")
    ):
        metadata[response_id].append((name, tuple(values[pk])))
    return metadata
