"""The calls for response lists: the global list, and each agent's own list with its folders."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from accounts.models import Agent
from accounts.services import known_agent
from api.auth import ApiRequest, KeyPair, actor_of, scope_of
from api.autocompose.schemas import (
    Browse,
    BrowseOfAgent,
    ByAgent,
    CustomResponseRequest,
    FolderRequest,
    FolderResponse,
    GlobalsResponse,
    ListedResponse,
    ListPageResponse,
    MetadataRequest,
    VersionResponse,
)
from api.autocompose.views import agent_for, empty_response
from api.errors import bad_request, not_found
from composer.suggestions.engines import global_list
from responses import services
from responses.browse import MAX_PER_PAGE, ROOT, BadPageTokenError, ListView, Page, read_token
from responses.lists import load_custom_list, load_global_list
from responses.models import CustomFolder, CustomResponse, ListVersion

router = Router(auth=KeyPair("autocompose"), tags=["AutoCompose"], by_alias=True, exclude_none=True)


def _page(view: ListView, query: Browse, offset: int) -> ListPageResponse:
    page: Page = view.page(
        folder_id=query.folder_id,
        resource_type=query.resource_type,
        term=query.search_term,
        offset=offset,
        per_page=min(query.max_per_page, MAX_PER_PAGE),
    )
    return ListPageResponse(
        responsesList=[ListedResponse.of(item) for item in page.responses],
        folderList=[FolderResponse.of(item) for item in page.folders],
        pageToken=page.token,
    )


def _offset(query: Browse) -> tuple[str, int]:
    """Return the version and offset of the page token; ("", 0) without a token."""
    if not query.page_token:
        return "", 0
    try:
        return read_token(query.page_token)
    except BadPageTokenError:
        raise bad_request("ERROR - [Path '/pageToken'] is not a token of this list") from None


@router.get("/responses/globals", response=GlobalsResponse, summary="List the global responses")
def list_globals(request: ApiRequest, query: Query[Browse]) -> GlobalsResponse:
    """Return the deployed list, sorted by text. Later pages come from the version of the first page."""
    version_id, offset = _offset(query)
    loaded = global_list(scope_of(request.credential))
    if version_id and version_id != loaded.view.version:
        version = ListVersion.objects.filter(company_id=request.credential.company_id, pk=version_id).first()
        if version is None:
            raise bad_request("ERROR - [Path '/pageToken'] is not a token of this list")
        loaded = load_global_list(version)
    return GlobalsResponse(
        responses=_page(loaded.view, query, offset),
        version=VersionResponse(id=loaded.version, description=loaded.description),
    )


@router.get("/responses/customs", response=ListPageResponse, summary="Get custom responses")
def list_customs(request: ApiRequest, query: Query[BrowseOfAgent]) -> ListPageResponse:
    """Return the agent's own list, sorted by title; an empty one for an agent without responses."""
    _, offset = _offset(query)
    agent = agent_for(request, query.agent_id)
    view = load_custom_list(agent).view if agent else ListView(version="custom", folders=(), responses=(), by="title")
    return _page(view, query, offset)


def _folder_in(agent: Agent | None, folder_id: str | None) -> CustomFolder | None:
    """Return the agent's folder of this id; None for the top level. Raises 404 for another agent's folder."""
    if folder_id is None or folder_id == ROOT:
        return None
    folder = CustomFolder.objects.filter(agent=agent, pk=folder_id).first() if agent else None
    if folder is None:
        raise not_found("folder")
    return folder


def _own_folder(request: ApiRequest, agent_id: str, folder_id: str) -> CustomFolder:
    folder = _folder_in(agent_for(request, agent_id), folder_id)
    if folder is None:
        raise not_found("folder")
    return folder


def _own_response(request: ApiRequest, agent_id: str, response_id: str) -> CustomResponse:
    agent = agent_for(request, agent_id)
    response = (
        CustomResponse.objects.select_related("agent").filter(agent=agent, pk=response_id).first() if agent else None
    )
    if response is None:
        raise not_found("custom response")
    return response


def _known_agent(request: ApiRequest, agent_id: str) -> Agent:
    scope = scope_of(request.credential)
    return known_agent(company_id=scope.company_id, environment=scope.environment, external_id=agent_id)


def _metadata(rows: list[MetadataRequest] | None) -> list[tuple[str, list[str]]]:
    """Return the entries in order; a name that comes twice becomes one entry with the values of both."""
    merged: dict[str, list[str]] = {}
    for row in rows or []:
        merged.setdefault(row.name, []).extend(row.allowed_values or [])
    return list(merged.items())


@router.post("/responses/customs/response", response=ListedResponse, summary="Create a custom response")
def create_response(request: ApiRequest, payload: CustomResponseRequest, query: Query[ByAgent]) -> ListedResponse:
    folder = _folder_in(agent_for(request, query.agent_id), payload.folder_id)
    agent = _known_agent(request, query.agent_id)
    created = services.create_response(
        by=actor_of(request.credential),
        agent=agent,
        title=payload.title,
        text=payload.text,
        folder=folder,
        metadata=_metadata(payload.metadata),
    )
    return next(ListedResponse.of(item) for item in load_custom_list(agent).responses if item.id == created.pk)


@router.put("/responses/customs/response/{response_id}", summary="Update a custom response")
def update_response(
    request: ApiRequest, response_id: str, payload: CustomResponseRequest, query: Query[ByAgent]
) -> HttpResponse:
    """Replace the response as a whole."""
    response = _own_response(request, query.agent_id, response_id)
    services.update_response(
        by=actor_of(request.credential),
        response=response,
        title=payload.title,
        text=payload.text,
        folder=_folder_in(response.agent, payload.folder_id),
        metadata=_metadata(payload.metadata),
    )
    return empty_response()


@router.delete("/responses/customs/response/{response_id}", summary="Delete a custom response")
def delete_response(request: ApiRequest, response_id: str, query: Query[ByAgent]) -> HttpResponse:
    services.delete_response(
        by=actor_of(request.credential), response=_own_response(request, query.agent_id, response_id)
    )
    return empty_response()


@router.post("/responses/customs/folder", response=FolderResponse, summary="Create a response folder")
def create_folder(request: ApiRequest, payload: FolderRequest, query: Query[ByAgent]) -> FolderResponse:
    parent = _folder_in(agent_for(request, query.agent_id), payload.parent_folder_id)
    agent = _known_agent(request, query.agent_id)
    folder = services.create_folder(by=actor_of(request.credential), agent=agent, name=payload.name, parent=parent)
    return FolderResponse(id=folder.pk, name=folder.name, parentFolderId=folder.parent_id or ROOT)


@router.put("/responses/customs/folder/{folder_id}", summary="Update a response folder")
def update_folder(request: ApiRequest, folder_id: str, payload: FolderRequest, query: Query[ByAgent]) -> HttpResponse:
    """Rename or move a folder. Without `parentFolderId` it moves to the top level."""
    folder = _own_folder(request, query.agent_id, folder_id)
    services.update_folder(
        by=actor_of(request.credential),
        folder=folder,
        name=payload.name,
        parent=_folder_in(folder.agent, payload.parent_folder_id),
    )
    return empty_response()


@router.delete("/responses/customs/folder/{folder_id}", summary="Delete a response folder")
def delete_folder(request: ApiRequest, folder_id: str, query: Query[ByAgent]) -> HttpResponse:
    """Delete a folder. What is in it moves to the folder above."""
    services.delete_folder(by=actor_of(request.credential), folder=_own_folder(request, query.agent_id, folder_id))
    return empty_response()
