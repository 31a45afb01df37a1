from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from accounts.actors import Actor, record
from accounts.ids import new_ulid
from accounts.models import Company
from caching import versions
from conversations.selectors import Scope
from responses.models import (
    Deployment,
    GlobalFilter,
    GlobalFilterValue,
    GlobalFolder,
    GlobalResponse,
    ListVersion,
)
from responses.selectors import list_key


@dataclass(frozen=True, slots=True)
class ListRow:
    """A response of a list as its author wrote it. `folder` holds the names of its folders from the top down."""

    text: str
    title: str = ""
    folder: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()


def _checksum(rows: Sequence[ListRow]) -> str:
    content = [[row.text, row.title, row.folder, row.filters] for row in rows]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def save_version(*, by: Actor, company: Company, rows: Sequence[ListRow], description: str) -> tuple[ListVersion, bool]:
    """Save a version with these rows and return it, and True; the newest version and False if that has the same rows.

    A response or folder that the newest version also has keeps its key, so that its use can be followed.
    """
    Company.objects.select_for_update().get(pk=company.pk)
    newest = ListVersion.objects.filter(company=company).order_by("-number").first()
    checksum = _checksum(rows)
    if newest is not None and newest.checksum == checksum:
        return newest, False
    number = (ListVersion.objects.filter(company=company).aggregate(Max("number"))["number__max"] or 0) + 1
    version = ListVersion.objects.create(company=company, number=number, description=description, checksum=checksum)
    folders = _write_folders(version, rows, _folder_keys(newest))
    _write_responses(version, rows, folders, _response_keys(newest))
    record(
        by,
        "list_version.saved",
        version,
        before={"version": newest.number, "checksum": newest.checksum} if newest is not None else None,
        after={"version": number, "checksum": checksum, "responses": len(rows)},
    )
    return version, True


def folder_paths(version: ListVersion) -> dict[int, tuple[str, ...]]:
    """Return the path of each folder of a version, from the top down, by primary key. One query."""
    rows = {row.pk: row for row in GlobalFolder.objects.filter(version=version)}

    def path(folder: GlobalFolder) -> tuple[str, ...]:
        above = path(rows[folder.parent_id]) if folder.parent_id else ()
        return (*above, folder.name)

    return {pk: path(row) for pk, row in rows.items()}


def _folder_keys(version: ListVersion | None) -> dict[tuple[str, ...], str]:
    if version is None:
        return {}
    keys = dict(GlobalFolder.objects.filter(version=version).values_list("pk", "key"))
    return {path: keys[pk] for pk, path in folder_paths(version).items()}


def _response_keys(version: ListVersion | None) -> dict[tuple[tuple[str, ...], str, str], list[str]]:
    """Return keys by folder path, title and text; in reverse order of position, so that `pop` gives the first."""
    keys: dict[tuple[tuple[str, ...], str, str], list[str]] = {}
    if version is not None:
        paths = folder_paths(version)
        for row in GlobalResponse.objects.filter(version=version).order_by("-position"):
            path = paths[row.folder_id] if row.folder_id else ()
            keys.setdefault((path, row.title, row.text), []).append(row.key)
    return keys


def _write_folders(
    version: ListVersion, rows: Sequence[ListRow], keys: dict[tuple[str, ...], str]
) -> dict[tuple[str, ...], GlobalFolder]:
    paths = {row.folder[:depth] for row in rows for depth in range(1, len(row.folder) + 1)}
    written: dict[tuple[str, ...], GlobalFolder] = {}
    for depth in sorted({len(path) for path in paths}):
        level = sorted(path for path in paths if len(path) == depth)
        rows_of_level = GlobalFolder.objects.bulk_create(
            GlobalFolder(
                version=version,
                key=keys.get(path) or new_ulid(),
                parent=written.get(path[:-1]),
                name=path[-1],
            )
            for path in level
        )
        written.update(zip(level, rows_of_level, strict=True))
    return written


def _write_responses(
    version: ListVersion,
    rows: Sequence[ListRow],
    folders: dict[tuple[str, ...], GlobalFolder],
    keys: dict[tuple[tuple[str, ...], str, str], list[str]],
) -> None:
    responses = []
    for position, row in enumerate(rows):
        known_keys = keys.get((row.folder, row.title, row.text))
        responses.append(
            GlobalResponse(
                version=version,
                key=known_keys.pop() if known_keys else new_ulid(),
                folder=folders.get(row.folder),
                text=row.text,
                title=row.title,
                position=position,
            )
        )
    GlobalResponse.objects.bulk_create(responses, batch_size=500)
    filters = [
        (GlobalFilter(response=response, name=name), values)
        for response, row in zip(responses, rows, strict=True)
        for name, values in row.filters
    ]
    GlobalFilter.objects.bulk_create([filter_ for filter_, _ in filters], batch_size=500)
    GlobalFilterValue.objects.bulk_create(
        [GlobalFilterValue(filter=filter_, value=value) for filter_, values in filters for value in values],
        batch_size=500,
    )


@transaction.atomic
def deploy_version(*, by: Actor, version: ListVersion, environment: str) -> Deployment:
    """Make an environment use this version from now on, in every process."""
    deployed = Deployment.objects.filter(company_id=version.company_id, environment=environment)
    before = deployed.select_for_update().values_list("version__number", flat=True).first()
    deployment, _ = Deployment.objects.update_or_create(
        company_id=version.company_id, environment=environment, defaults={"version": version}
    )
    record(
        by,
        "list_version.deployed",
        version,
        before={"environment": environment, "version": before},
        after={"environment": environment, "version": version.number},
    )
    versions.invalidate([list_key(Scope(version.company_id, environment))])
    return deployment
