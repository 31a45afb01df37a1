"""Changing what another request has deleted raises a clear error and writes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.actors import Actor
from accounts.services import known_agent
from responses.errors import NoSuchFolderError, NoSuchResponseError
from responses.models import CustomFolder, CustomResponse
from responses.services import (
    create_folder,
    create_response,
    delete_folder,
    delete_response,
    update_folder,
    update_response,
)
from tests.factories import make_company

pytestmark = pytest.mark.django_db


def test_changing_what_was_deleted_meanwhile_raises() -> None:
    company = make_company()
    by = Actor.system(company.pk)
    agent = known_agent(company_id=company.pk, environment="production", external_id="671")
    folder = create_folder(by=by, agent=agent, name="a")
    other = create_folder(by=by, agent=agent, name="other")
    response = create_response(by=by, agent=agent, title="t", text="x")
    CustomFolder.objects.filter(pk=folder.pk).delete()
    CustomResponse.objects.filter(pk=response.pk).delete()
    changes: list[tuple[type[Exception], Callable[[], object]]] = [
        (NoSuchFolderError, lambda: create_response(by=by, agent=agent, title="t", text="x", folder=folder)),
        (NoSuchFolderError, lambda: create_folder(by=by, agent=agent, name="b", parent=folder)),
        (NoSuchFolderError, lambda: update_folder(by=by, folder=folder, name="b")),
        (NoSuchFolderError, lambda: update_folder(by=by, folder=other, name="b", parent=folder)),
        (NoSuchFolderError, lambda: delete_folder(by=by, folder=folder)),
        (NoSuchResponseError, lambda: update_response(by=by, response=response, title="t", text="x")),
        (NoSuchResponseError, lambda: delete_response(by=by, response=response)),
    ]
    for error, act in changes:
        with pytest.raises(error):
            act()
    assert not CustomResponse.objects.exists()
    assert CustomFolder.objects.get().name == "other"


def test_the_content_of_a_deleted_folder_moves_to_the_present_parent() -> None:
    company = make_company()
    by = Actor.system(company.pk)
    agent = known_agent(company_id=company.pk, environment="production", external_id="671")
    top = create_folder(by=by, agent=agent, name="top")
    middle = create_folder(by=by, agent=agent, name="middle", parent=top)
    response = create_response(by=by, agent=agent, title="t", text="x", folder=middle)
    delete_folder(by=by, folder=CustomFolder.objects.get(pk=top.pk))
    delete_folder(by=by, folder=middle)  # fetched before, so its parent is still the deleted folder
    response.refresh_from_db()
    assert response.folder is None
