"""What the right side of the desk shows: response lists to browse, greetings and notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Agent
from composer.suggestions import contexts, engines, quicksearch
from composer.suggestions.features import features_in
from composer.suggestions.quicksearch import Source
from configuration.levels import Level
from configuration.selectors import stored_settings
from conversations.errors import NoAgentError
from conversations.models import Conversation, Message, MessageKind, SenderRole
from conversations.selectors import Scope
from responses.browse import ROOT, FolderItem, ResponseItem
from responses.engine.templates import fill
from responses.errors import NoSuchFolderError
from responses.inserts import first_name
from responses.lists import LoadedList, load_custom_list
from responses.models import MAX_TEXT_LENGTH, Insert, InsertSource
from responses.setting_declarations import GENERIC_TEXT, GREETS, NAMED_TEXT
from safety.selectors import Audience, redactor_for

# Maximum length of a proposed title, and the length from which the end of a sentence ends it.
MAX_PROPOSED_TITLE_LENGTH = 40
MIN_PROPOSED_TITLE_LENGTH = 12
# Responses of one page of a list.
PER_PAGE = 50
MAX_NOTES = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A response in the panel. `text` has its inserts filled in where all are known."""

    key: str
    title: str
    text: str
    template: str
    folder: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page of a list. `path` leads to `folder`, outermost first; `more`: the offset of the next page, or None."""

    source: Source
    term: str
    folder: str
    path: list[FolderItem]
    folders: list[FolderItem]
    responses: list[Shown]
    more: int | None


@dataclass(frozen=True, slots=True)
class Greetings:
    """The agent's own greetings ("" where there is none) and the company's, which replace missing ones.

    `company_on` False: the company sends no greetings, whatever the agent's own switch.
    """

    generic: str
    named: str
    company_generic: str
    company_named: str
    on: bool
    company_on: bool


def list_page(
    conversation: Conversation, agent: Agent, source: Source, *, folder: str, term: str, offset: int
) -> ListPage:
    """Return a folder's responses, or those of the whole list that match the term. Unknown folders show the top."""
    scope = Scope(agent.company_id, agent.environment)
    listed = load_custom_list(agent) if source == "custom" else engines.global_list(scope)
    known = {one.id: one for one in listed.folders}
    inserts = _inserts(scope, conversation)
    if term:
        found = quicksearch.in_list(scope, agent, source, term, PER_PAGE)
        shown = [_shown(item, known, inserts) for item in found]
        return ListPage(source, term, "", [], [], shown, None)
    try:
        page = listed.view.page(folder_id=folder or ROOT, offset=offset, per_page=PER_PAGE)
    except NoSuchFolderError:
        folder = ""
        page = listed.view.page(folder_id=ROOT, per_page=PER_PAGE)
    return ListPage(
        source,
        "",
        folder,
        _path(folder, known),
        list(page.folders),
        [_shown(item, known, inserts) for item in page.responses],
        offset + PER_PAGE if page.token else None,
    )


def _inserts(scope: Scope, conversation: Conversation) -> Mapping[str, str]:
    try:
        context = contexts.context_for(scope, conversation.pk)
    except NoAgentError:
        return {}
    return context.inserts if context else {}


def sent_text(conversation: Conversation, message_id: str) -> str:
    """Return the text of an agent's message, masked for agents; "" where there is no such message."""
    message = conversation.messages.filter(pk=message_id, kind=MessageKind.CHAT, role=SenderRole.AGENT).first()
    if message is None:
        return ""
    return redactor_for(conversation.company_id, conversation.environment, Audience.AGENT).redact(message.text)


def proposal(conversation: Conversation, customer_name: str, text: str) -> dict[str, str]:
    """Return title and text of a new response made from a message with this text.

    The customer's first name becomes the company's insert for it, because a response is sent to other customers, too.
    """
    text = text.strip()[:MAX_TEXT_LENGTH]
    name = first_name(customer_name)
    if name and text:
        source = InsertSource.CUSTOMER_FIRST_NAME
        insert = Insert.objects.filter(company_id=conversation.company_id, source=source).order_by("name").first()
        if insert is not None:
            placeholder = f"{{{insert.name}}}"
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda _: placeholder, text)
    return {"title": _proposed_title(text), "text": text}


def _proposed_title(text: str) -> str:
    """Return the beginning of the text as a title, in whole words."""
    words, title = text.split(), ""
    for word in words:
        if len(title) + 1 + len(word) > MAX_PROPOSED_TITLE_LENGTH:
            break
        title = f"{title} {word}".strip()
        if title[-1] in ".!?" and len(title) >= MIN_PROPOSED_TITLE_LENGTH:
            break
    return (title or text[:MAX_PROPOSED_TITLE_LENGTH]).rstrip(" .,;:!?-")


def _shown(item: ResponseItem, folders: dict[str, FolderItem], inserts: Mapping[str, str]) -> Shown:
    folder = folders.get(item.folder_id)
    text = fill(item.text, inserts) or item.text
    return Shown(item.id, item.title, text, item.text, folder.name if folder else "")


def _path(folder: str, known: dict[str, FolderItem]) -> list[FolderItem]:
    path: list[FolderItem] = []
    at = folder
    while at in known and known[at] not in path:
        path.insert(0, known[at])
        at = known[at].parent_id
    return path


def greetings_of(agent: Agent, queue_id: int | None = None) -> Greetings:
    """Return the agent's greetings as they are now, in this queue where one is given. One query."""
    scope = Scope(agent.company_id, agent.environment)
    settings = stored_settings(scope, agent=agent, queue_id=queue_id)
    company = settings.without(Level.AGENT)
    own = [settings.resolve(text) for text in (GENERIC_TEXT, NAMED_TEXT)]
    generic, named = (text.value if text.level == Level.AGENT else "" for text in own)
    on = company[GREETS] and features_in(settings, scope, agent).allow_greeting
    return Greetings(generic, named, company[GENERIC_TEXT], company[NAMED_TEXT], settings[GREETS], on)


def notes_of(conversation: Conversation) -> list[Message]:
    """Return the notes of a conversation, newest first, masked for agents. Do not save these rows."""
    redactor = redactor_for(conversation.company_id, conversation.environment, Audience.AGENT)
    rows = list(conversation.messages.filter(kind=MessageKind.NOTE).order_by("-sequence")[:MAX_NOTES])
    for row in rows:
        row.text = redactor.redact(row.text)
    return rows


def folder_choices(listed: LoadedList) -> list[tuple[str, str]]:
    """Return the folders of a list by path, for a form."""
    known = {one.id: one for one in listed.folders}
    paths = [(one.id, " / ".join(part.name for part in _path(one.id, known))) for one in listed.folders]
    return [("", "No folder"), *sorted(paths, key=lambda row: row[1].casefold())]
