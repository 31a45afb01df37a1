"""What the desk's socket reads and writes in the database: one hop to a thread for each frame."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from typing import Any

from channels.db import database_sync_to_async
from django.db import transaction

from assignments.models import DeskConnection
from assignments.services import desk_closed, desk_opened
from assignments.standing import held_by, on_desk
from composer.desk import services
from composer.desk.display.cards import cards_for
from composer.desk.display.departures import departures
from composer.desk.login_sessions import require_login
from composer.desk.socket import frames
from composer.desk.socket.login import Login, NoDeskError, NotSignedInError, login_of
from composer.models import PersonalWord
from composer.suggestions.personal_words import add_word, remove_word
from conversations.models import Conversation
from conversations.session_watch import in_watch_thread

# Close codes of the socket.
SIGNED_OUT, NOT_ALLOWED = 4401, 4403

in_thread = database_sync_to_async  # all sockets of a process share one thread
aside = functools.partial(database_sync_to_async, thread_sensitive=False)  # these have threads of their own


@in_watch_thread
def login(scope: Mapping[str, Any]) -> tuple[Login | None, int]:
    try:
        return login_of(scope), 0
    except NotSignedInError:
        return None, SIGNED_OUT
    except NoDeskError:
        return None, NOT_ALLOWED


@aside
def open_desk(login: Login) -> DeskConnection:
    return desk_opened(by=login.actor, agent=login.agent)


@aside
def close_desk(connection: DeskConnection) -> None:
    desk_closed(connection=connection)


@aside
def newest_sequences(login: Login) -> dict[str, int]:
    """Return the newest sequences of the agent's conversations."""
    return on_desk(login.agent)


@aside
def mark_read(login: Login, frame: frames.Read) -> None:
    services.mark_read(agent=login.agent, conversation_id=frame.conversation, sequence=frame.upto)


@in_thread  # type: ignore[untyped-decorator] # channels has no types
def has_to_greet(login: Login) -> bool:
    """May a countdown have to begin in one of the agent's conversations?"""
    return bool(services.to_greet(login.agent))


@in_thread  # type: ignore[untyped-decorator]
def state(login: Login, known: Collection[str]) -> dict[str, Any]:
    """Return the desk's state. `known`: the conversations that the desk has; it says how those that are gone left."""
    require_login(login.session)
    for conversation in services.to_greet(login.agent):
        services.start_greeting(conversation=conversation)
    cards = cards_for(login.agent)
    return {
        "agent": {"id": login.agent.external_id, "name": str(login.user)},
        "cards": cards,
        "left": departures(login.agent, set(known) - {card["id"] for card in cards}),
        "words": list(PersonalWord.objects.filter(agent=login.agent).values_list("word", flat=True)),
    }


@in_thread  # type: ignore[untyped-decorator]
@transaction.atomic
def keep_draft(login: Login, frame: frames.DraftFrame) -> dict[str, Any] | None:
    require_login(login.session)
    try:
        conversation = held_by(login.agent).get(pk=frame.conversation)
    except Conversation.DoesNotExist:
        return None
    draft = services.keep_draft(
        agent=login.agent,
        conversation=conversation,
        text=frame.text,
        cursor=frame.cursor,
        revision=frame.revision,
    )
    return {"revision": draft.revision, "text": draft.text, "cursor": draft.cursor}


@in_thread  # type: ignore[untyped-decorator]
@transaction.atomic
def change_word(login: Login, frame: frames.Word) -> bool:
    require_login(login.session)
    if frame.do == "add":
        return add_word(agent=login.agent, word=frame.word)
    remove_word(agent=login.agent, word=frame.word)
    return True
