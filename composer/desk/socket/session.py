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
from caching.batching import batcher
from caching.cache import CachedValue
from composer.desk.display.cards import GreetingCard
from composer.desk.login_sessions import LoginSession, require_login
from composer.desk.services import greetings
from composer.desk.socket.frames import Type
from composer.models import GreetingRun, GreetingState
from composer.suggestions import answer, contexts, quicksearch
from conversations.errors import NoAgentError
from conversations.event_stream import EventStream
from conversations.events import EventRow
from conversations.models import EventType
from conversations.selectors import Scope

# A new list or model must show within 2 s: for this long a cached context is trusted without asking Redis.
TRUSTED_S = 1.0
# Seconds between two typing hints; the other side forgets a hint after 5 s.
TYPING_S = 3.0
# After these events the agent may have lost the conversation: no later row is shown before that is checked.
LEAVES = {EventType.AGENT_LEFT, EventType.ENDED, EventType.TIMED_OUT}


class Desk(Protocol):
    """What a conversation uses of its socket."""

    def say(self, frame: Mapping[str, Any], /) -> Awaitable[None]: ...

    def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> Awaitable[None]: ...

    def words(self) -> Collection[str]: ...

    @property
    def stream_turns(self) -> AbstractAsyncContextManager[Any]: ...


class OpenConversation:
    def __init__(self, scope: Scope, conversation_id: str, upto: int, desk: Desk) -> None:
        self.id = conversation_id
        # The newest sequence at which the agent was known to have the conversation: a later row may have taken it
        # away.
        self.held_at = 0
        self.customer = ""  # the name on the card
        self.stream = EventStream(
            conversation_id, upto, desk.deliver, pauses_at=self._may_take_away, turns=desk.stream_turns
        )
        self.remembered = answer.Remembered()
        self._scope = scope
        self._desk = desk
        self._trusted_until = 0.0
        self._latest: Type | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._told_typing = 0.0
        self._greeting: asyncio.Task[None] | None = None

    def close(self) -> None:
        self.stream.close()
        for task in (self._preparing, self._looking, self._greeting):
            if task is not None:
                task.cancel()

    def is_held(self, upto: int) -> None:
        """Record that the agent has the conversation at the sequence `upto`, and deliver rows that were held back."""
        self.held_at = max(self.held_at, upto)
        if self.stream.last_seen <= self.held_at:
            self.stream.resume()

    def _may_take_away(self, row: EventRow) -> bool:
        return row["type"] in LEAVES and row["sequence"] > self.held_at

    # --- keystrokes -----------------------------------------------------------------------------------------

    def dirty(self) -> None:
        """Something happened in the conversation: its cached context is stale."""
        self._trusted_until = -1.0

    async def type(self, frame: Type) -> None:
        """Answer a keystroke: at once where the context is cached, else when it is loaded, and then only the newest."""
        self._latest = frame
        if self._preparing is not None:
            return
        cached = contexts.find(self._scope, self.id)
        now = time.monotonic()
        if cached is None or self._trusted_until < 0 or now >= cached.expires_at:
            self._preparing = asyncio.create_task(self._prepare())
            return
        if now >= self._trusted_until and self._looking is None:
            self._looking = asyncio.create_task(self._look(cached))
        await self._answer(cached.value, frame)

    async def _answer(self, context: contexts.CachedContext, frame: Type) -> None:
        given = answer.answer(context, frame.text, frame.cursor, self._desk.words())
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
        """Load the context in a thread; then answer what is on screen by then."""
        try:
            while True:
                self._trusted_until = 0.0
                try:
                    context = await _load_context(self._scope, self.id)
                except NoAgentError:
                    return
                if context is None:
                    return
                if self._trusted_until == 0.0:
                    break  # nothing happened meanwhile
            self._trusted_until = time.monotonic() + TRUSTED_S
            if self._latest is not None:
                await self._answer(context, self._latest)
        finally:
            self._preparing = None

    async def _look(self, cached: CachedValue[contexts.CachedContext]) -> None:
        """Ask Redis whether the cached context is current. The next keystroke goes by the result."""
        try:
            versions, _ = await batcher().read(cached.keys)
            if cached.is_current(versions):
                self._trusted_until = time.monotonic() + TRUSTED_S
            elif contexts.is_usable_meanwhile(cached, versions, self._scope):
                contexts.rebuild_later(self._scope, self.id)
                self._trusted_until = time.monotonic() + TRUSTED_S / 2
            else:
                self.dirty()
        except redis.RedisError:
            self._trusted_until = time.monotonic() + TRUSTED_S  # a stale context is better than none
        finally:
            self._looking = None

    def tells_typing(self, text: str) -> bool:
        """Is it time to send the other side a typing hint?"""
        now = time.monotonic()
        if not text or now - self._told_typing < TYPING_S:
            return False
        self._told_typing = now
        return True

    # --- quicksearch ----------------------------------------------------------------------------------------

    async def search(self, agent: Agent, term: str) -> list[quicksearch.FoundResponse]:
        found: list[quicksearch.FoundResponse] = await _search(self._scope, self.id, agent, term)
        return found

    # --- greeting -------------------------------------------------------------------------------------------

    @property
    def greets(self) -> bool:
        """Is a countdown running?"""
        return self._greeting is not None

    def count_down(self, greeting: GreetingCard | None) -> None:
        """Wait for the running countdown, or for none."""
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
        """Cancel the countdown, or send the greeting at once. All desks of the agent get a hint.

        Raises LoginEndedError.
        """
        self.count_down(None)
        await _end_greeting(self.id, do, login)


async def _load_context(scope: Scope, conversation_id: str) -> contexts.CachedContext | None:
    """Load a context beside the event loop, in a thread of its own."""
    return await asyncio.to_thread(_context_in_thread, scope, conversation_id)


def _context_in_thread(scope: Scope, conversation_id: str) -> contexts.CachedContext | None:
    try:
        return contexts.context_for(scope, conversation_id)
    finally:
        close_old_connections()


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
def _search(scope: Scope, conversation_id: str, agent: Agent, term: str) -> list[quicksearch.FoundResponse]:
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
