from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.actors import Actor, record
from accounts.audit_facts import changed, text_facts
from accounts.models import Agent
from accounts.selectors import agent_key
from caching import versions
from responses.errors import FolderCycleError, NoSuchFolderError, NoSuchResponseError
from responses.models import CustomFolder, CustomMetadata, CustomMetadataValue, CustomResponse

# A custom response's `metadata` as the API has it: (name, allowed values) in order.
MetadataRows = Sequence[tuple[str, Sequence[str]]]


@transaction.atomic
def create_response(
    *,
    by: Actor,
    agent: Agent,
    title: str,
    text: str,
    folder: CustomFolder | None = None,
    metadata: MetadataRows = (),
) -> CustomResponse:
    """Add a response to the agent's own list. Raises NoSuchFolderError if the folder no longer exists."""
    folder = _locked(agent.pk, folder)
    response = CustomResponse.objects.create(agent=agent, folder=folder, title=title, text=text)
    _write_metadata(response, metadata)
    record(by, "custom_response.created", response, after=_response_facts(response))
    versions.invalidate([agent_key(agent.pk)])
    return response


@transaction.atomic
def update_response(
    *,
    by: Actor,
    response: CustomResponse,
    title: str,
    text: str,
    folder: CustomFolder | None = None,
    metadata: MetadataRows = (),
) -> CustomResponse:
    """Replace all fields of the response; without a folder it moves to the top level.

    Raises NoSuchResponseError or NoSuchFolderError if the response or the folder no longer exists.
    """
    folder = _locked(response.agent_id, folder)
    response = _still_there(response)
    before = _response_facts(response)
    response.title, response.text, response.folder = title, text, folder
    response.save(update_fields=["title", "text", "folder", "updated_at"])
    response.metadata.all().delete()
    _write_metadata(response, metadata)
    was, now = changed(before, _response_facts(response))
    record(by, "custom_response.updated", response, before=was, after=now)
    versions.invalidate([agent_key(response.agent_id)])
    return response


def _locked(agent_id: str, folder: CustomFolder | None = None) -> CustomFolder | None:
    """Lock the agent's list, by locking the agent's row, and read the folder again.

    Callers fetched the folder before they had the lock, so another request may have deleted it. Without the lock two
    moves at once could each be valid and make a cycle together.
    """
    Agent.objects.select_for_update().get(pk=agent_id)
    return _folder_still_there(folder) if folder else None


def _folder_still_there(folder: CustomFolder) -> CustomFolder:
    stored = CustomFolder.objects.filter(pk=folder.pk).first()
    if stored is None:
        raise NoSuchFolderError(folder.pk)
    return stored


def _still_there(response: CustomResponse) -> CustomResponse:
    stored = CustomResponse.objects.filter(pk=response.pk).first()
    if stored is None:
        raise NoSuchResponseError(response.pk)
    return stored


def _response_facts(response: CustomResponse) -> dict[str, object]:
    """Return what the audit says of a response: its texts may hold anything, so only digests of them. One query."""
    metadata = list(response.metadata.order_by("position").values_list("name", flat=True))
    texts = text_facts(title=response.title, text=response.text)
    return {"agent": response.agent_id, "folder": _id(response.folder_id), "metadata": metadata, **texts}


def _folder_facts(folder: CustomFolder) -> dict[str, object]:
    return {"agent": folder.agent_id, "parent": _id(folder.parent_id), "name": folder.name}


def _id(key: object) -> str | None:
    return None if key is None else str(key)


def _write_metadata(response: CustomResponse, metadata: MetadataRows) -> None:
    rows = CustomMetadata.objects.bulk_create(
        CustomMetadata(response=response, position=position, name=name) for position, (name, _) in enumerate(metadata)
    )
    CustomMetadataValue.objects.bulk_create(
        CustomMetadataValue(metadata=row, position=position, value=value)
        for row, (_, values) in zip(rows, metadata, strict=True)
        for position, value in enumerate(values)
    )


@transaction.atomic
def delete_response(*, by: Actor, response: CustomResponse) -> None:
    """Delete a response of the agent's own list. Raises NoSuchResponseError if it no longer exists."""
    _locked(response.agent_id)
    response = _still_there(response)
    record(by, "custom_response.deleted", response, before=_response_facts(response))
    agent_id = response.agent_id
    response.delete()
    versions.invalidate([agent_key(agent_id)])


@transaction.atomic
def create_folder(*, by: Actor, agent: Agent, name: str, parent: CustomFolder | None = None) -> CustomFolder:
    """Add a folder to the agent's own list. Raises NoSuchFolderError if the parent no longer exists."""
    parent = _locked(agent.pk, parent)
    folder = CustomFolder.objects.create(agent=agent, name=name, parent=parent)
    record(by, "custom_folder.created", folder, after=_folder_facts(folder))
    versions.invalidate([agent_key(agent.pk)])
    return folder


@transaction.atomic
def update_folder(*, by: Actor, folder: CustomFolder, name: str, parent: CustomFolder | None = None) -> CustomFolder:
    """Rename or move a folder.

    Raises FolderCycleError for a parent inside the folder, and NoSuchFolderError if a folder no longer exists.
    """
    parent = _locked(folder.agent_id, parent)
    folder = _folder_still_there(folder)
    parents = dict(CustomFolder.objects.filter(agent_id=folder.agent_id).values_list("pk", "parent_id"))
    above = parent.pk if parent else None
    while above is not None:
        if above == folder.pk:
            raise FolderCycleError
        above = parents.get(above)
    before = _folder_facts(folder)
    folder.name, folder.parent = name, parent
    folder.save(update_fields=["name", "parent"])
    was, now = changed(before, _folder_facts(folder))
    record(by, "custom_folder.updated", folder, before=was, after=now)
    versions.invalidate([agent_key(folder.agent_id)])
    return folder


@transaction.atomic
def delete_folder(*, by: Actor, folder: CustomFolder) -> None:
    """Delete a folder. What is in it moves to the folder above, so that no response is lost.

    (No source says what happens to the content of a deleted folder: contract desk-facts section 19.)
    Raises NoSuchFolderError if the folder no longer exists.
    """
    _locked(folder.agent_id)
    folder = _folder_still_there(folder)
    folder.children.update(parent=folder.parent_id)
    folder.responses.update(folder=folder.parent_id)
    record(by, "custom_folder.deleted", folder, before=_folder_facts(folder))
    agent_id = folder.agent_id
    folder.delete()
    versions.invalidate([agent_key(agent_id)])
