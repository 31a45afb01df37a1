from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.actors import Actor, record
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
    """Add a response to the agent's own list. Raises NoSuchFolderError for a folder that is gone."""
    folder = _locked(agent.pk, folder)
    response = CustomResponse.objects.create(agent=agent, folder=folder, title=title, text=text)
    _write_metadata(response, metadata)
    record(by, "custom_response.created", response)
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
    """Replace the response: without a folder it lies at the top, without metadata it has none.

    Raises NoSuchResponseError, NoSuchFolderError for what is gone by now.
    """
    folder = _locked(response.agent_id, folder)
    response = _still_there(response)
    response.title, response.text, response.folder = title, text, folder
    response.save(update_fields=["title", "text", "folder", "updated_at"])
    response.metadata.all().delete()
    _write_metadata(response, metadata)
    record(by, "custom_response.updated", response)
    versions.invalidate([agent_key(response.agent_id)])
    return response


def _locked(agent_id: str, folder: CustomFolder | None = None) -> CustomFolder | None:
    """Lock the agent's list, whose lock is the agent's row, and look at the folder again.

    Callers fetched what they name before they had the lock: another may have taken it away since, and two moves
    at once could each be fine and make a ring together.
    """
    Agent.objects.select_for_update().get(pk=agent_id)
    return _folder_still_there(folder) if folder else None


def _folder_still_there(folder: CustomFolder) -> CustomFolder:
    now = CustomFolder.objects.filter(pk=folder.pk).first()
    if now is None:
        raise NoSuchFolderError(folder.pk)
    return now


def _still_there(response: CustomResponse) -> CustomResponse:
    now = CustomResponse.objects.filter(pk=response.pk).first()
    if now is None:
        raise NoSuchResponseError(response.pk)
    return now


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
    """Take the response out of the agent's list. Raises NoSuchResponseError when it is gone by now."""
    _locked(response.agent_id)
    response = _still_there(response)
    record(by, "custom_response.deleted", response)
    agent_id = response.agent_id
    response.delete()
    versions.invalidate([agent_key(agent_id)])


@transaction.atomic
def create_folder(*, by: Actor, agent: Agent, name: str, parent: CustomFolder | None = None) -> CustomFolder:
    """Add a folder to the agent's own list. Raises NoSuchFolderError for a parent that is gone."""
    parent = _locked(agent.pk, parent)
    folder = CustomFolder.objects.create(agent=agent, name=name, parent=parent)
    record(by, "custom_folder.created", folder)
    versions.invalidate([agent_key(agent.pk)])
    return folder


@transaction.atomic
def update_folder(*, by: Actor, folder: CustomFolder, name: str, parent: CustomFolder | None = None) -> CustomFolder:
    """Rename or move a folder. Raises FolderCycleError for a parent inside the folder itself, and
    NoSuchFolderError for what is gone by now."""
    parent = _locked(folder.agent_id, parent)
    folder = _folder_still_there(folder)
    parents = dict(CustomFolder.objects.filter(agent_id=folder.agent_id).values_list("pk", "parent_id"))
    above = parent.pk if parent else None
    while above is not None:
        if above == folder.pk:
            raise FolderCycleError
        above = parents.get(above)
    folder.name, folder.parent = name, parent
    folder.save(update_fields=["name", "parent"])
    record(by, "custom_folder.updated", folder)
    versions.invalidate([agent_key(folder.agent_id)])
    return folder


@transaction.atomic
def delete_folder(*, by: Actor, folder: CustomFolder) -> None:
    """Take the folder away; what lay in it moves to the folder above, so that no response is lost.

    (No source says what deleting a folder that is not empty does: contract desk-facts section 19.)
    Raises NoSuchFolderError when it is gone by now.
    """
    _locked(folder.agent_id)
    folder = _folder_still_there(folder)
    folder.children.update(parent=folder.parent_id)
    folder.responses.update(folder=folder.parent_id)
    record(by, "custom_folder.deleted", folder)
    agent_id = folder.agent_id
    folder.delete()
    versions.invalidate([agent_key(agent_id)])
