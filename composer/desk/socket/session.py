"""One conversation on one desk: its rows, its suggestions, its greeting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

import redis
from channels.db import database_sync_to_async
from django.db import close_old_connections, transaction

from accounts.models import Agent
from composer.desk.display.cards import GreetingCard
from composer.desk.login_sessions import LoginSession, require_login
from composer.desk.services import greetings
from composer.desk.socket.frames import Type
from composer.models import GreetingRun, GreetingState
from composer.suggestions import answer, contexts, quicksearch
from conversations.errors import NoAgentError
from conversations.events import EventRow
from conversations.follow import Feed
from conversations.models import EventType
from conversations.selectors import Scope
from freshness.trips import trips

# A new list or model must be seen within 2 s: a copy that was current so lately is believed.
BELIEVED_S = 1.0
# A side that types says so again this often; the other side forgets after 5 s.
TYPING_S = 3.0
# With these the agent may have lost the conversation: nothing that follows is shown before that is looked up.
LEAVES = {EventType.AGENT_LEFT, EventType.ENDED, EventType.TIMED_OUT}


class Desk(Protocol):
    """The socket, as its conversations use it."""

    def say(self, frame: Mapping[str, Any], /) -> Awaitable[None]: ...

    def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> Awaitable[None]: ...

    def words(self) -> Collection[str]: ...

    @property
    def feed_turns(self) -> AbstractAsyncContextManager[Any]: ...


class OpenConversation:
    def __init__(self, scope: Scope, conversation_id: str, upto: int, desk: Desk) -> None:
        self.id = conversation_id
        # The number of its newest row when the agent was last seen to have it: a younger row may have taken it away.
        self.held_at = 0
        self.customer = ""  # as the card names them
        self.feed = Feed(conversation_id, upto, desk.deliver, pauses_at=self._may_take_away, turns=desk.feed_turns)
        self.remembered = answer.Remembered()
        self._scope = scope
        self._desk = desk
        self._believed_until = 0.0
        self._latest: Type | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._told_typing = 0.0
        self._greeting: asyncio.Task[None] | None = None

    def close(self) -> None:
        self.feed.close()
        for task in (self._preparing, self._looking, self._greeting):
            if task is not None:
                task.cancel()

    def is_held(self, upto: int) -> None:
        """The agent has it, as the database stands at its row `upto`: what was held back comes."""
        self.held_at = max(self.held_at, upto)
        if self.feed.upto <= self.held_at:
            self.feed.resume()

    def _may_take_away(self, row: EventRow) -> bool:
        return row["type"] in LEAVES and row["sequence"] > self.held_at

    # --- keystrokes -----------------------------------------------------------------------------------------

    def dirty(self) -> None:
        """Something happened here: the copy of the scene is old."""
        self._believed_until = -1.0

    async def type(self, frame: Type) -> None:
        """Answer a keystroke: at once where the scene is at hand, else when it is, and then the newest one only."""
        self._latest = frame
        if self._preparing is not None:
            return
        copy = contexts.find(self._scope, self.id)
        now = time.monotonic()
        if copy is None or self._believed_until < 0 or now >= copy.until:
            self._preparing = asyncio.create_task(self._prepare())
            return
        if now >= self._believed_until and self._looking is None:
            self._looking = asyncio.create_task(self._look(copy))
        await self._answer(copy.value, frame)

    async def _answer(self, kept: contexts.KeptScene, frame: Type) -> None:
        given = answer.answer(kept, frame.text, frame.cursor, self._desk.words())
        self.remembered.add(frame.text, given)
        await self._desk.say(
            {
                "t": "offers",
                "conversation": self.id,
                "n": frame.n,
                "id": given.id,
                "replies": [
                    {"text": one.text, "template": one.template, "title": one.title, "source": one.source}
                    for one in given.replies
                ],
                "phrase": given.phrase,
                "correction": given.correction,
            }
        )

    async def _prepare(self) -> None:
        """Make the scene, beside the event loop; then answer what is on screen by then."""
        try:
            while True:
                self._believed_until = 0.0
                try:
                    kept = await _scene_of(self._scope, self.id)
                except NoAgentError:
                    return
                if kept is None:
                    return
                if self._believed_until == 0.0:
                    break  # nothing happened meanwhile
            self._believed_until = time.monotonic() + BELIEVED_S
            if self._latest is not None:
                await self._answer(kept, self._latest)
        finally:
            self._preparing = None

    async def _look(self, copy: contexts.KeptCopy) -> None:
        """Is the copy still current? The next keystroke goes by what this finds."""
        try:
            stamps, _ = await trips().ask(copy.topics)
            if copy.is_current(stamps):
                self._believed_until = time.monotonic() + BELIEVED_S
            elif contexts.serves_meanwhile(copy, stamps):
                contexts.renew_later(self._scope, self.id)
                self._believed_until = time.monotonic() + BELIEVED_S / 2
            else:
                self.dirty()
        except redis.RedisError:
            self._believed_until = time.monotonic() + BELIEVED_S  # what we have is better than nothing
        finally:
            self._looking = None

    def tells_typing(self, text: str) -> bool:
        """Is it time to tell the other side that this one types?"""
        now = time.monotonic()
        if not text or now - self._told_typing < TYPING_S:
            return False
        self._told_typing = now
        return True

    # --- quicksearch ----------------------------------------------------------------------------------------

    async def search(self, agent: Agent, term: str) -> list[quicksearch.Found]:
        found: list[quicksearch.Found] = await _search(self._scope, self.id, agent, term)
        return found

    # --- greeting -------------------------------------------------------------------------------------------

    @property
    def greets(self) -> bool:
        """Does a countdown run?"""
        return self._greeting is not None

    def count_down(self, greeting: GreetingCard | None) -> None:
        """Watch the countdown that runs now, or none."""
        if greeting is None:
            if self._greeting is not None:
                self._greeting.cancel()
                self._greeting = None
        elif self._greeting is None:
            self._greeting = asyncio.create_task(self._wait_and_greet(greeting["due_at"]))

    async def _wait_and_greet(self, due_at: float) -> None:
        await asyncio.sleep(max(0.0, due_at - time.time()))
        self._greeting = None
        await _end_greeting(self.id, "send")

    async def end_greeting(self, do: Literal["cancel", "send"], login: LoginSession) -> None:
        """Cancel the countdown, or send at once. What it has come to is told to all desks of the agent.

        Raises LoginEndedError.
        """
        self.count_down(None)
        await _end_greeting(self.id, do, login)


async def _scene_of(scope: Scope, conversation_id: str) -> contexts.KeptScene | None:
    """Make a scene beside the event loop, and beside the threads in which other conversations' scenes are made."""
    return await asyncio.to_thread(_make_scene, scope, conversation_id)


def _make_scene(scope: Scope, conversation_id: str) -> contexts.KeptScene | None:
    try:
        return contexts.scene_of(scope, conversation_id)
    finally:
        close_old_connections()


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
def _search(scope: Scope, conversation_id: str, agent: Agent, term: str) -> list[quicksearch.Found]:
    return quicksearch.search(scope, conversation_id, agent, term)


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
@transaction.atomic
def _end_greeting(conversation_id: str, do: Literal["cancel", "send"], login: LoginSession | None = None) -> None:
    if login is not None:
        require_login(login)
    running = GreetingRun.objects.filter(conversation_id=conversation_id, state=GreetingState.COUNTING)
    for run in running:
        if do == "send":
            greetings.send_greeting(run=run)
        else:
            greetings.cancel_greeting(run=run)
