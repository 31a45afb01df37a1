"""Quicksearch in the composer: the agent's own and the company's responses by any word of theirs."""

from __future__ import annotations

from typing import Literal, TypedDict

from accounts.models import Agent
from composer.suggestions import contexts, engines
from composer.suggestions.agent_history import agent_histories
from composer.suggestions.custom_lists import custom_lists
from conversations.selectors import Scope
from responses.browse import ResponseItem
from responses.engine.quicksearch import QuickSearch
from responses.engine.templates import fill
from responses.lists import LoadedList, filters_of

Source = Literal["custom", "global"]

MAX_RESULTS = 12
# Ranked before filters remove what does not belong to the conversation.
MAX_CANDIDATES = 60


class FoundResponse(TypedDict):
    """One response. `text` has its inserts filled in where all are known; `template` is as stored."""

    key: str
    source: str
    title: str
    text: str
    template: str
    folder: str


def search(scope: Scope, conversation_id: str, agent: Agent, term: str) -> list[FoundResponse]:
    """Return the best responses for the term: among equals those that the agent sent lately, then the agent's own.

    A response whose filter does not match the conversation is left out (contract desk-facts section 8), and so is one
    with a blocked word, which cannot be sent. Without a term these are the first responses of the agent's list, then of
    the company's. The list is empty for a conversation that does not exist.
    """
    context = contexts.context_for(scope, conversation_id)
    if context is None:
        return []
    said = {text.text for text in agent_histories.get(agent)}
    rows = []
    for source_rank, source in enumerate(("custom", "global")):
        listed, index = _list_and_index(scope, agent, source)
        folders = {folder.id: folder.name for folder in listed.folders}
        for fit, number in index.ranked(term, limit=MAX_CANDIDATES):
            item = listed.responses[number]
            if any(context.metadata.get(name) not in values for name, values in filters_of(item)):
                continue
            text = fill(item.text, context.inserts) or item.text
            if context.checks.profanity.has_profanity(text):
                continue
            found = FoundResponse(
                key=item.id,
                source=source,
                title=item.title,
                text=text,
                template=item.text,
                folder=folders.get(item.folder_id, ""),
            )
            rows.append(((-fit[0], -fit[1], text not in said, source_rank), found))
    rows.sort(key=lambda row: row[0])
    return [found for _, found in rows[:MAX_RESULTS]]


def in_list(scope: Scope, agent: Agent, source: Source, term: str, most: int) -> list[ResponseItem]:
    """Return the best responses of one list for the term, whatever their filters: somebody browses that list."""
    listed, index = _list_and_index(scope, agent, source)
    return [listed.responses[number] for _, number in index.ranked(term, limit=most)]


def _list_and_index(scope: Scope, agent: Agent, source: str) -> tuple[LoadedList, QuickSearch]:
    if source == "custom":
        own = custom_lists.get(agent)
        return own.listed, own.index
    listed = engines.global_list(scope)
    return listed, engines.global_index(listed)
