"""What was there when it was looked up may be gone when it is changed: a clear error, and nothing half-written."""

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


def test_what_is_gone_meanwhile_is_said() -> None:
    company = make_company()
    by = Actor.system(company.pk)
    agent = known_agent(company_id=company.pk, environment="production", external_id="671")
    folder = create_folder(by=by, agent=agent, name="a")
    kept = create_folder(by=by, agent=agent, name="kept")
    response = create_response(by=by, agent=agent, title="t", text="x")
    CustomFolder.objects.filter(pk=folder.pk).delete()
    CustomResponse.objects.filter(pk=response.pk).delete()
    gone: list[tuple[type[Exception], Callable[[], object]]] = [
        (NoSuchFolderError, lambda: create_response(by=by, agent=agent, title="t", text="x", folder=folder)),
        (NoSuchFolderError, lambda: create_folder(by=by, agent=agent, name="b", parent=folder)),
        (NoSuchFolderError, lambda: update_folder(by=by, folder=folder, name="b")),
        (NoSuchFolderError, lambda: update_folder(by=by, folder=kept, name="b", parent=folder)),
        (NoSuchFolderError, lambda: delete_folder(by=by, folder=folder)),
        (NoSuchResponseError, lambda: update_response(by=by, response=response, title="t", text="x")),
        (NoSuchResponseError, lambda: delete_response(by=by, response=response)),
    ]
    for error, act in gone:
        with pytest.raises(error):
            act()
    assert not CustomResponse.objects.exists()
    assert CustomFolder.objects.get().name == "kept"


def test_a_child_goes_up_to_where_its_parent_lies_now() -> None:
    company = make_company()
    by = Actor.system(company.pk)
    agent = known_agent(company_id=company.pk, environment="production", external_id="671")
    top = create_folder(by=by, agent=agent, name="top")
    middle = create_folder(by=by, agent=agent, name="middle", parent=top)
    response = create_response(by=by, agent=agent, title="t", text="x", folder=middle)
    delete_folder(by=by, folder=CustomFolder.objects.get(pk=top.pk))
    delete_folder(by=by, folder=middle)  # as it was fetched before: it still names the top folder
    response.refresh_from_db()
    assert response.folder is None
