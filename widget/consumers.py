"""The customer's socket: one for each tab of the chat page. `docs/chat.md` describes its frames."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone

from caching.sockets import Receive, Send
from conversations.counted_log import CountedLog
from conversations.errors import ResendMismatchError
from conversations.event_stream import EventStream, rows_for_visitor
from conversations.events import Changed, EventRow, conversation_group, row_of
from conversations.frames import BadFrameError
from conversations.message_batcher import message_batcher
from conversations.models import Conversation
from conversations.session_watch import SessionWatch
from conversations.sockets import FrameConsumer, beside_the_loop, length_of
from conversations.threads import in_visitor_thread
from widget import frames
from widget.admission import REPLACED_BY_NEWER_SOCKET, SocketRefusedError, admission
from widget.cookies import token_of
from widget.errors import ChatError, NoVisitorError, TooFastError
from widget.events import visitor_group
from widget.models import Visitor
from widget.recent_originals import RecentOriginals
from widget.selectors import (
    CUSTOMER_EVENTS,
    CustomerView,
    customer_row,
    customer_sees,
    customer_view_of,
    ended_visitors,
    visitor_of,
)
from widget.services import PendingCustomerMessage
from widget.typing_broadcaster import TypingBroadcaster

logger = logging.getLogger(__name__)

# WebSocket close code.
NO_SESSION = 4401
# An echo reloads session and conversation at most this often.
MIN_RELOAD_INTERVAL_S = 5.0

watch: SessionWatch[int] = SessionWatch(ended_visitors)


class ChatConsumer(FrameConsumer):
    """Shows one tab its visitor's conversation, and stores the messages that the tab sends.

    `visitor` and `view` are set when the session has been read.
    """

    max_tasks = 4

    visitor: Visitor
    view: CustomerView

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        client = scope.get("client")
        identity = {"token": token_of(scope["cookies"]) or "", "address": client[0] if client else ""}
        self._identity = identity
        try:
            await super().__call__(scope, receive, send)
        finally:
            admission.release(self, **identity)

    async def connect(self) -> None:
        await self.accept()
        self._stream: EventStream | None = None
        self._typing: TypingBroadcaster | None = None
        self._store_lock = asyncio.Lock()
        self._sent_state: dict[str, Any] = {}
        self._originals = RecentOriginals()
        self._unanswered_hello: frames.Hello | None = None
        self._next_reload_at = 0.0
        if await self._is_admitted() and await self._reload():
            self.log = CountedLog(logger, visitor=self.visitor.pk)
            await self.channel_layer.group_add(visitor_group(self.visitor.pk), self.channel_name)
            self.start(self._end_with_session())
            watch.add(self, self.visitor.pk)

    async def _is_admitted(self) -> bool:
        """Apply the limits before any query; closes the socket and returns False when it is over one."""
        if not self._identity["token"]:
            await self.end(NO_SESSION)
            return False
        try:
            self.frames_left, replaced = admission.admit(self, **self._identity)
        except SocketRefusedError as error:
            await self.end(error.code)
            return False
        if replaced is not None:
            await replaced.end(REPLACED_BY_NEWER_SOCKET)
        return True

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()
        watch.discard(self)
        await self._unfollow()
        if hasattr(self, "visitor"):
            self.log.close()
            await self.channel_layer.group_discard(visitor_group(self.visitor.pk), self.channel_name)

    # --- frames of the page ---------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "visitor") or not await self.admits_frame():
            return
        try:
            frame = frames.parse(text_data if text_data is not None else bytes_data or b"")
        except BadFrameError as error:
            self.log.info("bad frame", "bad frame", of=error.of, reason=str(error))
            await self.say_error(error.of, error.ref, error.code, str(error))
            return
        match frame:
            case frames.Echo():
                await self._echo(frame)
            case frames.Hello():
                self._unanswered_hello = frame
                self.reload_soon()
            case frames.Send():
                await self.run(self._send(frame))
            case frames.Typing() if self._typing is not None:
                self._typing.update(frame.text)

    async def _echo(self, frame: frames.Echo) -> None:
        """Answer the echo that a page sends every 17 s, and reload session and conversation.

        The reload shows what was missed when hints were lost, for example while Redis restarted.
        """
        await self.say({"t": "echo", "n": frame.n})
        now = time.monotonic()
        if now >= self._next_reload_at:
            self._next_reload_at = now + MIN_RELOAD_INTERVAL_S
            self.reload_soon()

    async def _send(self, frame: frames.Send) -> None:
        if self._typing is not None:
            self._typing.stop()
        async with self._store_lock:  # stores messages in the order in which they came
            await self._store(frame)

    async def _store(self, frame: frames.Send) -> None:
        base = {"conversation": frame.conversation, "client_id": frame.client_id}
        is_first = self._originals.add(frame.client_id, frame.text)
        try:
            row = row_of(
                await message_batcher().store(_pending_message(self.visitor, self._identity["address"], frame))
            )
        except (ChatError, ResendMismatchError, NoVisitorError) as error:
            if is_first:
                self._originals.forget(frame.client_id)
            await self._refuse(base, error)
        else:
            self._originals.mark_stored(frame.client_id)
            shown = await beside_the_loop(len(frame.text), self._shown, row)
            await self.say({"t": "stored", **base, "row": shown})

    async def _refuse(self, base: Mapping[str, Any], error: Exception) -> None:
        if isinstance(error, TooFastError):
            retry = {"retry_after": error.retry_after}
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error), **retry})
        elif isinstance(error, ChatError):
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error)})
        elif isinstance(error, ResendMismatchError):
            message = "A different message with the same id is already stored."
            await self.say({"t": "refused", **base, "code": "conflict", "message": message})
        else:
            await self._reload()

    # --- events of the groups -------------------------------------------------------------------------------

    async def conversation_changed(self, hint: Changed) -> None:
        if self._follows(hint["conversation"]) and self._stream is not None:
            await self._stream.on_hint(hint)

    def conversation_changed_at_once(self, hint: Changed) -> bool:
        if not self._follows(hint["conversation"]) or self._stream is None or not self.may_say_at_once(hint["rows"]):
            return False
        rows = self._stream.take(hint)
        if rows is None:
            return False
        shown = self._all_shown(rows)
        frame = {"t": "rows", "conversation": hint["conversation"], "rows": shown, "upto": hint["upto"], "more": False}
        self.say_at_once(frame)
        return True

    async def conversation_typing(self, event: Mapping[str, Any]) -> None:
        if event["who"] == "agent" and self._follows(event["conversation"]):
            await self.say({"t": "typing", "conversation": event["conversation"], "who": self.view.agent or ""})

    async def visitor_changed(self, _: Mapping[str, Any]) -> None:
        self.reload_soon()

    async def layer_resubscribed(self, _: Mapping[str, Any]) -> None:
        """Reload, because hints were lost while Redis was away."""
        self.reload_soon()

    # --- what the socket shows ------------------------------------------------------------------------------

    async def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> None:
        """Send rows of the conversation, after a reload when they hold an event that the view does not know yet."""
        events = [row["sequence"] for row in rows if row["type"] in CUSTOMER_EVENTS]
        is_view_outdated = bool(events) and events[-1] > self._loaded_sequence()
        if is_view_outdated and await self._reload() and self.visitor.conversation_id != conversation_id:
            self.reload_soon()
            return
        if not self._follows(conversation_id):
            return
        shown = await beside_the_loop(length_of(rows), self._all_shown, rows)
        await self.say({"t": "rows", "conversation": conversation_id, "rows": shown, "upto": upto, "more": more})
        if events:
            await self._say_state()

    def _loaded_sequence(self) -> int:
        """Return the number of the conversation's newest row at the last reload."""
        return self.visitor.conversation.last_sequence if self.visitor.conversation is not None else 0

    def _all_shown(self, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
        return [self._shown(row) for row in rows]

    def _shown(self, row: EventRow) -> dict[str, Any]:
        message = row["message"]
        original = self._originals.get(message["client_id"], row["at"]) if message else None
        return customer_row(row, self.view, original)

    async def _welcome(self, resume: int) -> None:
        """Send `welcome` for the visitor's conversation, then its rows after the number `resume`."""
        conversation = self.visitor.conversation_id
        if not self._follows(conversation):
            await self._unfollow()
        self._sent_state = self.view.state()
        await self.say(
            {
                "t": "welcome",
                # The clock of a browser may be wrong, so pages use the server's.
                "now": time.time(),
                "conversation": conversation,
                "upto": self.visitor.conversation.last_sequence if self.visitor.conversation else 0,
                **self._sent_state,
            }
        )
        if conversation is None:
            return
        if self._stream is None:
            self._stream = EventStream(conversation, resume, self.deliver, customer_sees, read=rows_for_visitor)
            self._typing = TypingBroadcaster(self.channel_layer, conversation, self.visitor.company_id)
            await self.channel_layer.group_add(conversation_group(conversation), self.channel_name)
        else:
            self._stream.rewind_to(resume)
        # Sends what came since the page was last connected, and between the reload and joining the group.
        self._stream.catch_up()

    async def _unfollow(self) -> None:
        """Stop following the conversation."""
        stream, self._stream = self._stream, None
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        if stream is not None:
            stream.close()
            await self.channel_layer.group_discard(conversation_group(stream.conversation_id), self.channel_name)

    def _follows(self, conversation_id: str | None) -> bool:
        return not self._over and self._stream is not None and self._stream.conversation_id == conversation_id

    async def _reload(self) -> bool:
        """Read session and conversation again; closes the socket and returns False when the session has ended."""
        loaded = (self.visitor, self.view) if hasattr(self, "view") else None
        reloaded = await _load_visitor(self.scope, loaded)
        if reloaded is None:
            await self.end(NO_SESSION)  # `disconnect` unfollows the conversation
            return False
        self.visitor, self.view = reloaded
        return True

    def reload_soon(self) -> None:
        """Reload in a task and send what has changed; once more when a reload is under way."""
        self.repeat("reload", self._reload_and_show)

    async def session_may_have_ended(self) -> None:
        await self.end(NO_SESSION)

    async def _reload_and_show(self) -> None:
        hello = self._unanswered_hello
        if not await self._reload():
            return
        if hello is not None:
            if self._unanswered_hello is hello:
                self._unanswered_hello = None
            is_same = hello.conversation == self.visitor.conversation_id
            await self._welcome(hello.resume if is_same else 0)
            return
        if self._stream is None:
            return
        if not self._follows(self.visitor.conversation_id):
            await self._welcome(0)
            return
        await self._say_state()
        if self.visitor.conversation is not None and self.visitor.conversation.last_sequence > self._stream.last_seen:
            self._stream.catch_up()

    async def _say_state(self) -> None:
        """Send the view's state if it differs from the one that was sent last."""
        if self.view.state() == self._sent_state:
            return
        self._sent_state = self.view.state()
        await self.say({"t": "state", "conversation": self.visitor.conversation_id, **self._sent_state})

    async def _end_with_session(self) -> None:
        """Close the socket at the time at which the session expires, which a page view may have prolonged."""
        while (left := (self.visitor.expires_at - timezone.now()).total_seconds()) > 0:
            await asyncio.sleep(left)
            if not await self._reload():
                return


def _pending_message(visitor: Visitor, address: str, frame: frames.Send) -> PendingCustomerMessage:
    written_at = frame.written_at(timezone.now())
    return PendingCustomerMessage(visitor, frame.conversation, frame.client_id, frame.text, written_at, address)


# --- one hop to the database for each frame -------------------------------------------------------------------


@in_visitor_thread
def _load_visitor(
    scope: Mapping[str, Any], loaded: tuple[Visitor, CustomerView] | None
) -> tuple[Visitor, CustomerView] | None:
    """Read the session and the customer's view, reusing a loaded view that is still valid; None without a session."""
    try:
        company = scope["url_route"]["kwargs"]["company"]
        visitor = visitor_of(company, token_of(scope["cookies"], company))
    except NoVisitorError:
        return None
    if visitor.conversation is None:
        return visitor, NO_CONVERSATION
    if loaded is not None and _is_unchanged(visitor.conversation, loaded):
        return visitor, loaded[1]
    return visitor, customer_view_of(visitor.conversation)


def _is_unchanged(conversation: Conversation, loaded: tuple[Visitor, CustomerView]) -> bool:
    """Return True when nothing has happened in the conversation since it was loaded.

    Never True while it waits in a queue: its position changes with what other customers do.
    """
    loaded_conversation, view = loaded[0].conversation, loaded[1]
    return (
        loaded_conversation is not None
        and (loaded_conversation.pk, loaded_conversation.last_sequence, loaded_conversation.status)
        == (conversation.pk, conversation.last_sequence, conversation.status)
        and view.queue_position is None
    )


NO_CONVERSATION = CustomerView(status="none", agent=None, queue_position=None)
