"""Every service that writes configuration leaves an audit entry, in its transaction, without secrets.

The services are found by a walk over the packages. A new one fails here until it has a case in
`tests.accounts.audited`, or a reason below why it needs no entry.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from accounts.models import AuditEntry
from tests.accounts.audited import CASES, SECRETS, Case, World

pytestmark = pytest.mark.django_db

# The last parts of the names of modules that write, or of the packages that hold them; elsewhere, a public function
# with a parameter `by` writes in somebody's name.
WRITERS = {"services", "access", "switches", "switch"}
NO_WRITERS = ("migrations", "engine", "tests")

EVENTS = "what happens in a conversation is an event of the log, with its actor"
READS = "writes nothing"
PART = "a part of another service, whose entry names it"
OWN = "an agent's or visitor's own working state, which changes with every message"
SYSTEM = "bookkeeping that nobody asked for"

WITHOUT_ENTRY = {
    "accounts.access.add_agents": PART,
    "accounts.access.check_new_password": READS,
    "accounts.access.delete_sessions": PART,
    "accounts.access.generated_password": READS,
    "accounts.actors.record": "writes the entries",
    "accounts.event_log.writing.unsaved_event": EVENTS,
    "accounts.event_log.writing.write_event": EVENTS,
    "accounts.services.known_agent": "the first mention of another system's agent; the call is in the log",
    "accounts.services.secret_digest": READS,
    "asapp_site": "wiring",
    "assignments": "transitions of conversations are events; tests/assignments has the entries of staff's",
    "assignments.services.statuses.add_default_statuses": PART,
    "assignments.services.statuses.begin_status": PART,
    "composer.desk.services": OWN,
    "composer.suggestions.outbound.send_automatic": EVENTS,
    "composer.learning.training.train_suggestions": "has an entry; tests/composer/test_learning.py trains, in seconds",
    "conversations": EVENTS,
    "demo.services.load_demo": "calls the services of each room, and has an entry for its conversations",
    "responses.services.defaults.add_default_dictionary": PART,
    "responses.services.versions.folder_paths": READS,
    "safety.services.rules.add_default_rules": PART,
    "safety.services.rules.try_pattern": READS,
    "widget.services.actor_of": READS,
    "widget.services.end_chat": EVENTS,
    "widget.services.forget_visitor": OWN,
    "widget.services.renew_visitor": OWN,
    "widget.services.send_customer_message": EVENTS,
    "widget.services.start_chat": EVENTS,
    "widget.services.token_to_start": READS,
}


def services() -> Iterator[str]:
    """Yield the names of all public functions that write."""
    for config in apps.get_app_configs():
        if "site-packages" in config.path:
            continue
        for module in pkgutil.walk_packages([config.path], f"{config.name}."):
            parts = module.name.split(".")
            if not set(parts).isdisjoint(NO_WRITERS):
                continue
            is_writer = not set(parts[1:]).isdisjoint(WRITERS)
            for name, function in inspect.getmembers(importlib.import_module(module.name), inspect.isfunction):
                if name.startswith("_") or function.__module__ != module.name:
                    continue
                if is_writer or "by" in inspect.signature(function).parameters:
                    yield f"{module.name}.{name}"


def reason(service: str) -> str | None:
    """Return why a service needs no entry: its own reason, or that of a package around it."""
    parts = service.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((WITHOUT_ENTRY[name] for name in names if name in WITHOUT_ENTRY), None)


def test_every_service_has_a_case_or_a_reason() -> None:
    found = set(services())
    assert len(found) > 60, "the walk finds the services"
    missing = sorted(service for service in found if service not in CASES and reason(service) is None)
    assert not missing, "add a case to tests/accounts/audited.py, or a reason to WITHOUT_ENTRY"


def test_no_case_or_reason_is_left_of_a_service_that_is_gone() -> None:
    found = set(services())
    packages = {".".join(name.split(".")[:length]) for name in found for length in range(1, name.count(".") + 2)}
    assert set(CASES) <= found
    assert not (set(WITHOUT_ENTRY) & set(CASES))
    assert set(WITHOUT_ENTRY) - {"asapp_site"} <= packages


def snapshot() -> dict[str, Any]:
    """Return all rows of all tables."""
    return {
        model._meta.label: sorted(map(repr, model._base_manager.values()))
        for model in apps.get_models()
        if not model._meta.proxy
    }


class StoppedError(Exception):
    """Stands for a database that fails."""


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def world(case: Case) -> World:
    world = World()
    case.given(world)
    return world


@pytest.mark.parametrize("case", CASES, indirect=True)
class TestEach:
    def test_it_says_who_did_what_to_which_row(self, case: Case, world: World) -> None:
        known = set(AuditEntry.objects.values_list("pk", flat=True))
        case.call(world)
        [entry] = AuditEntry.objects.exclude(pk__in=known)
        by = case.by(world)
        assert (entry.company_id, entry.actor_kind, entry.actor_id) == (world.company.pk, by.kind, by.id)
        assert (entry.action, entry.subject_type) == (case.action, case.subject)
        assert entry.subject_id
        assert set(entry.before or ()) == (case.before or set())
        assert set(entry.after or ()) == (case.after or set())
        if entry.before and entry.after:
            assert entry.before != entry.after
        stored = str(list(AuditEntry.objects.values()))
        assert not [secret for secret in (*SECRETS, *world.secrets) if secret in stored]

    def test_it_is_there_only_with_its_change(self, case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        before = snapshot()

        def stop(*_: object, **__: object) -> None:
            raise StoppedError

        monkeypatch.setattr(AuditEntry, "save", stop)
        with pytest.raises(StoppedError):
            case.call(world)
        assert snapshot() == before, "a change without its entry was left behind"
        monkeypatch.undo()
        with transaction.atomic():
            case.call(world)
            transaction.set_rollback(True)
        assert snapshot() == before, "an entry without its change was left behind"
