"""Quicksearch in the composer: the agent's own and the company's responses by any word of theirs."""

from __future__ import annotations

from typing import Literal, TypedDict

import redis

from accounts.models import Agent
from accounts.selectors import agent_topic
from composer.suggestions import agent_history, contexts, engines
from conversations.selectors import Scope
from freshness import stamps
from freshness.copies import Copies
from responses.browse import ROOT, ResponseItem
from responses.engine.quicksearch import Document, QuickSearch
from responses.engine.templates import fill
from responses.lists import LoadedList, filters_of, load_custom_list

Source = Literal["custom", "global"]

MOST_FOUND = 12
# Looked through before filters take out what does not belong here.
MOST_LOOKED_AT = 60

_indexes: Copies[tuple[Scope, str], QuickSearch] = Copies(16)
_custom_lists: Copies[str, tuple[LoadedList, QuickSearch]] = Copies(500)


class Found(TypedDict):
    """One response. `text` has its inserts filled in where all are known; `template` is as stored."""

    key: str
    source: str
    title: str
    text: str
    template: str
    folder: str


def search(scope: Scope, conversation_id: str, agent: Agent, term: str) -> list[Found]:
    """The best responses for the term. Among equals those that the agent said lately, then the agent's own list.

    A response whose filter does not match the conversation is left out (contract desk-facts section 8), and so is one
    with a blocked word, which cannot be sent. Without a
    term: the first ones of the agent's list, then of the company's. No list for a conversation that is gone.
    """
    kept = contexts.scene_of(scope, conversation_id)
    if kept is None:
        return []
    said = {one.text for one in agent_history.recent(agent)}
    rows = []
    for place, (source, listed, index) in enumerate((("custom", *_own(agent)), ("global", *_company(scope)))):
        folders = {folder.id: folder.name for folder in listed.folders}
        for fit, number in index.ranked(term, most=MOST_LOOKED_AT):
            item = listed.responses[number]
            if any(kept.metadata.get(name) not in values for name, values in filters_of(item)):
                continue
            text = fill(item.text, kept.inserts) or item.text
            if kept.checks.profanity.has_profanity(text):
                continue
            found = Found(
                key=item.id,
                source=source,
                title=item.title,
                text=text,
                template=item.text,
                folder=folders.get(item.folder_id, ""),
            )
            rows.append(((-fit[0], -fit[1], text not in said, place), found))
    rows.sort(key=lambda row: row[0])
    return [found for _, found in rows[:MOST_FOUND]]


def in_list(scope: Scope, agent: Agent, source: Source, term: str, most: int) -> list[ResponseItem]:
    """The best responses of one list for the term, whatever their filters: somebody looks through that list."""
    listed, index = _own(agent) if source == "custom" else _company(scope)
    return [listed.responses[number] for _, number in index.ranked(term, most=most)]


def _own(agent: Agent) -> tuple[LoadedList, QuickSearch]:
    """The agent's own list and its index, made again when the list has changed."""
    topics = (agent_topic(agent.pk),)
    try:
        now = stamps.read(topics)
    except redis.RedisError:
        now = None
    copy = _custom_lists.find(agent.pk)
    if copy is not None and now is not None and copy.is_current(now):
        return copy.value
    listed = load_custom_list(agent)
    made = listed, _index(listed)
    if now is not None:
        _custom_lists.keep(agent.pk, made, topics=topics, stamps=now)
    return made


def _company(scope: Scope) -> tuple[LoadedList, QuickSearch]:
    """The deployed list and its index: a version never changes, so its index is made once."""
    listed = engines.global_list(scope)
    copy = _indexes.find((scope, listed.version))
    if copy is None:
        _indexes.keep((scope, listed.version), _index(listed), topics=(), stamps=())
        copy = _indexes.find((scope, listed.version))
    return listed, copy.value if copy else _index(listed)


def _index(listed: LoadedList) -> QuickSearch:
    """Folders can be searched by name as well: their words find what lies in them."""
    parents = {folder.id: folder for folder in listed.folders}

    def path(item: ResponseItem) -> tuple[str, ...]:
        found: list[str] = []
        at = item.folder_id
        while at != ROOT and at in parents and at not in found:
            found.append(at)
            at = parents[at].parent_id
        return tuple(found)

    def document(item: ResponseItem) -> Document:
        folders = path(item)
        return Document(item.text, item.title, folders, " ".join(parents[folder].name for folder in folders))

    return QuickSearch(map(document, listed.responses))
