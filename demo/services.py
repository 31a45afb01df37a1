"""Loads the demo company: people, response lists, conversations and an API key, from the files in `demo/data`."""

from __future__ import annotations

import json
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor, record
from accounts.models import Agent, ApiCredential, Company, Environment, Role, User
from accounts.services import create_api_credential, create_queue, create_user
from admin_console.services import open_company
from assignments.lifecycle import import_conversations
from assignments.services import set_slots
from configuration.levels import Owner
from configuration.registry import Setting
from configuration.services import set_settings
from conversations.history import PastConversation, PastMessage
from conversations.selectors import Scope
from conversations.services import Party
from responses.importing import read_list
from responses.models import CustomFolder, Insert, InsertSource
from responses.services import create_folder, create_response, deploy_version, save_version
from responses.setting_declarations import GENERIC_TEXT, GREETS, NAMED_TEXT

logger = logging.getLogger(__name__)

DATA = Path(__file__).resolve().parent / "data"
SLUG = "larkline"
ENVIRONMENT = Environment.PRODUCTION


@dataclass(frozen=True, slots=True)
class Person:
    label: str
    username: str
    full_name: str
    role: Role
    queues: tuple[str, ...] = ()
    slots: int | None = None


QUEUES = ("internet", "mobile", "billing")
# Each agent has four conversations, and gets the three that wait when they sign in. Two slots stay free, so that the
# agent who is signed in also gets a chat that is started on the chat page, in any queue.
PEOPLE = (
    Person("agent", "maya", "Maya Lindqvist", Role.AGENT, QUEUES, slots=9),
    Person("second agent", "tom", "Tom Okafor", Role.AGENT, QUEUES, slots=9),
    Person("supervisor", "priya", "Priya Raman", Role.SUPERVISOR, QUEUES),
    Person("admin", "jonas", "Jonas Weber", Role.ADMIN),
    Person("developer", "lee", "Lee Castellano", Role.DEVELOPER),
)
INSERTS = (("PLAN_NAME", "Name of the customer's plan"), ("ACCOUNT_LAST4", "Last four digits of the account number"))


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What is needed to try the demo: (label, user name, password) of each person, and an API id and secret."""

    logins: list[tuple[str, str, str]]
    api_id: str
    api_secret: str
    environment: str

    @property
    def chat_path(self) -> str:
        """The path of the demo company's chat page."""
        return reverse("chat", args=[SLUG])


def load_demo(*, data_dir: Path) -> DemoFacts:
    """Load the demo company if it is missing, and return its passwords and API key, the same at every call.

    Passwords and secret are generated on the first call and stored in `data_dir`/demo.json, which only the owner can
    read. If that file is missing, broken or of another database, new ones are generated. The company is loaded
    completely or not at all.
    """
    file = data_dir / "demo.json"
    company = Company.objects.filter(slug=SLUG).first()
    stored = _stored_facts(file, company) if company is not None else None
    if stored is not None:
        return stored
    with transaction.atomic():
        passwords = {person.username: _password() for person in PEOPLE}
        if company is None:
            company = _load_company(passwords)
        else:
            logger.warning(
                "demo.json is missing or of another database: the demo people get new passwords",
                extra={"company": SLUG},
            )
            _create_people(company, passwords)
        new = create_api_credential(by=Actor.system(company.pk), company=company, environment=ENVIRONMENT, name="Demo")
        facts = DemoFacts(
            logins=[(person.label, person.username, passwords[person.username]) for person in PEOPLE],
            api_id=new.credential.api_id,
            api_secret=new.secret,
            environment=str(ENVIRONMENT.value),
        )
        _store_facts(file, facts)
    return facts


def _password() -> str:
    """Return a password of 60 random bits that is easy to type: no sign looks like another one."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(3))


def _stored_facts(file: Path, company: Company) -> DemoFacts | None:
    """Return what an earlier call stored of this company, or None. One query."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        facts = DemoFacts(**{**content, "logins": [tuple(login) for login in content["logins"]]})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    is_of_company = ApiCredential.objects.filter(company=company, api_id=facts.api_id).exists()
    return facts if is_of_company else None


def _store_facts(file: Path, facts: DemoFacts) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent)  # mode 600
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(facts), out, indent=2)
        out.flush()
        os.fsync(descriptor)  # so that a power cut cannot leave the file without its content
    Path(name).replace(file)


def _load_company(passwords: Mapping[str, str]) -> Company:
    company, _ = open_company(slug=SLUG, name="Larkline", time_zone="Europe/Dublin")
    people = _create_people(company, passwords)
    _load_library(company)
    for username, own in json.loads((DATA / "custom_responses.json").read_text(encoding="utf-8")).items():
        _load_customs(people[username], own)
    _load_conversations(company, people)
    return company


def _create_people(company: Company, passwords: Mapping[str, str]) -> dict[str, User]:
    by = Actor.system(company.pk)
    queues = {name: create_queue(by=by, company=company, name=name) for name in QUEUES}
    people = {}
    for person in PEOPLE:
        people[person.username], _ = create_user(
            by=by,
            company=company,
            username=person.username,
            password=passwords[person.username],
            roles=[person.role],
            full_name=person.full_name,
            queues=[queues[name] for name in person.queues],
        )
        if person.slots is not None:
            agent = Agent.objects.get(user=people[person.username], environment=ENVIRONMENT)
            set_slots(by=by, agent=agent, slots=person.slots)
    return people


def _load_library(company: Company) -> None:
    by = Actor.system(company.pk)
    Insert.objects.bulk_create(
        Insert(company=company, name=name, source=InsertSource.METADATA, metadata_name=name, description=text)
        for name, text in INSERTS
    )
    greetings: dict[Setting[Any], Any] = {
        GREETS: True,
        GENERIC_TEXT: "Hello and welcome to Larkline! I’m here to help.",
        NAMED_TEXT: "Hello {NAME}, welcome to Larkline! I’m here to help.",
    }
    set_settings(by=by, owner=Owner(company.pk), values=greetings)
    rows = read_list(DATA / "global_responses.csv").rows
    version, _ = save_version(by=by, company=company, rows=rows, description="First list")
    for environment in Environment:
        deploy_version(by=by, version=version, environment=environment)


def _load_customs(user: User, own: Mapping[str, Any]) -> None:
    by = Actor.user(user)
    agent = Agent.objects.get(user=user, environment=ENVIRONMENT)
    folders: dict[str, CustomFolder] = {}
    for row in own["folders"]:
        parent = folders[row["parent"]] if row["parent"] else None
        folders[row["name"]] = create_folder(by=by, agent=agent, name=row["name"], parent=parent)
    for row in own["responses"]:
        create_response(
            by=by,
            agent=agent,
            title=row["title"],
            text=row["text"],
            folder=folders[row["folder"]] if row["folder"] else None,
            metadata=[(entry["name"], entry["allowedValues"]) for entry in row["metadata"]],
        )


def _load_conversations(company: Company, people: Mapping[str, User]) -> None:
    now = timezone.now()
    names = {username: str(user) for username, user in people.items()} | {"agent-rosa": "Rosa", "agent-dev": "Dev"}
    rows = json.loads((DATA / "conversations.json").read_text(encoding="utf-8"))
    by = Actor.system(company.pk)
    written = import_conversations(
        by=by,
        scope=Scope(company.pk, ENVIRONMENT),
        batch=[_past(row, names, now) for row in rows],
        with_events=True,
    )
    record(by, "demo.loaded", company, after={"conversations": written.conversations, "messages": written.messages})


def _past(row: Mapping[str, Any], names: Mapping[str, str], now: datetime) -> PastConversation:
    moment = now - timedelta(minutes=row["started_minutes_ago"])
    agent, customer = row["agent"], row["customer"]
    senders = {"agent": agent or "", "customer": customer["externalId"], "system": "larkline-bot"}
    messages = []
    for message in row["messages"]:
        moment += timedelta(seconds=message["after_seconds"])
        messages.append(PastMessage(message["role"], senders[message["role"]], message["text"], moment))
    return PastConversation(
        external_id=row["externalId"],
        messages=messages,
        customer=Party(customer["externalId"], customer["name"]),
        agent=Party(agent, names[agent]) if agent else None,
        queue=row["queue"],
        metadata=row["metadata"],
        channel=row["channel"],
        status=row["status"],
        resolution=row["resolution"] or "",
    )
