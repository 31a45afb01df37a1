"""The customer's socket: one for each tab of the chat page. The frames are those of `docs/chat.md`."""

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
from widget.admission import ELSEWHERE, SocketRefusedError, admission
from widget.as_typed import AsTyped
from widget.cookies import token_of
from widget.errors import ChatError, NoVisitorError, TooFastError
from widget.events import visitor_group
from widget.models import Visitor
from widget.selectors import TOLD, Side, customer_row, customer_sees, ended_visitors, side_of, visitor_of
from widget.services import CustomerSending
from widget.typing import Typist

logger = logging.getLogger(__name__)

NO_SESSION = 4401
# An echo looks at session and conversation, but not oftener than this.
LOOK_EVERY_S = 5.0

watch: SessionWatch[int] = SessionWatch(ended_visitors)


class ChatConsumer(FrameConsumer):
    max_tasks = 4

    visitor: Visitor
    side: Side

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        client = scope.get("client")
        who = {"token": token_of(scope["cookies"]) or "", "address": client[0] if client else ""}
        self._who = who
        try:
            await super().__call__(scope, receive, send)
        finally:
            admission.leave(self, **who)

    async def connect(self) -> None:
        await self.accept()
        self._stream: EventStream | None = None
        self._typist: Typist | None = None
        self._sending = asyncio.Lock()
        self._told: dict[str, Any] = {}
        self._typed = AsTyped()
        self._hello: frames.Hello | None = None  # one that is not answered yet
        self._look_from = 0.0
        if await self._is_let_in() and await self._look():
            self.log = CountedLog(logger, visitor=self.visitor.pk)
            await self.channel_layer.group_add(visitor_group(self.visitor.pk), self.channel_name)
            self.start(self._end_with_the_session())
            watch.add(self, self.visitor.pk)

    async def _is_let_in(self) -> bool:
        """Before the database is asked for anything."""
        if not self._who["token"]:
            await self.end(NO_SESSION)
            return False
        try:
            self.frames_left, too_many = admission.enter(self, **self._who)
        except SocketRefusedError as error:
            await self.end(error.code)
            return False
        if too_many is not None:
            await too_many.end(ELSEWHERE)
        return True

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()
        watch.discard(self)
        await self._leave()
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
                self._hello = frame
                self.look_again()
            case frames.Send():
                await self.run(self._send(frame))
            case frames.Typing() if self._typist is not None:
                self._typist.types(frame.text)

    async def _echo(self, frame: frames.Echo) -> None:
        """Once in 17 s: whatever hints were lost, as while Redis restarted, session and conversation are looked at."""
        await self.say({"t": "echo", "n": frame.n})
        now = time.monotonic()
        if now >= self._look_from:
            self._look_from = now + LOOK_EVERY_S
            self.look_again()

    async def _send(self, frame: frames.Send) -> None:
        if self._typist is not None:
            self._typist.stop()
        async with self._sending:  # in the order in which they came
            await self._store(frame)

    async def _store(self, frame: frames.Send) -> None:
        base = {"conversation": frame.conversation, "client_id": frame.client_id}
        is_first = self._typed.keep(frame.client_id, frame.text)
        try:
            row = row_of(await message_batcher().store(_sending(self.visitor, self._who["address"], frame)))
        except (ChatError, ResendMismatchError, NoVisitorError) as error:
            if is_first:
                self._typed.forget(frame.client_id)
            await self._refuse(base, error)
        else:
            self._typed.stored(frame.client_id)
            shown = await beside_the_loop(len(frame.text), self._shown, row)
            await self.say({"t": "stored", **base, "row": shown})

    async def _refuse(self, base: Mapping[str, Any], error: Exception) -> None:
        if isinstance(error, TooFastError):
            again = {"retry_after": error.retry_after}
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error), **again})
        elif isinstance(error, ChatError):
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error)})
        elif isinstance(error, ResendMismatchError):
            message = "Another message was sent under the same id."
            await self.say({"t": "refused", **base, "code": "conflict", "message": message})
        else:
            await self._look()

    # --- events of the groups -------------------------------------------------------------------------------

    async def conversation_changed(self, hint: Changed) -> None:
        if self._follows(hint["conversation"]) and self._stream is not None:
            await self._stream.on_hint(hint)

    async def conversation_typing(self, event: Mapping[str, Any]) -> None:
        if event["who"] == "agent" and self._follows(event["conversation"]):
            await self.say({"t": "typing", "conversation": event["conversation"], "who": self.side.agent or ""})

    async def visitor_changed(self, _: Mapping[str, Any]) -> None:
        self.look_again()

    async def layer_resubscribed(self, _: Mapping[str, Any]) -> None:
        """Hints were lost while Redis was away."""
        self.look_again()

    # --- what the socket shows ------------------------------------------------------------------------------

    async def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> None:
        told = [row["sequence"] for row in rows if row["type"] in TOLD]
        is_news = bool(told) and told[-1] > self._looked_upto()
        if is_news and await self._look() and self.visitor.conversation_id != conversation_id:
            self.look_again()
            return
        if not self._follows(conversation_id):
            return
        shown = await beside_the_loop(length_of(rows), self._all_shown, rows)
        await self.say({"t": "rows", "conversation": conversation_id, "rows": shown, "upto": upto, "more": more})
        if told:
            await self._say_state()

    def _looked_upto(self) -> int:
        """The number of the newest row when session and conversation were last looked at."""
        return self.visitor.conversation.last_sequence if self.visitor.conversation is not None else 0

    def _all_shown(self, rows: Sequence[EventRow]) -> list[dict[str, Any]]:
        return [self._shown(row) for row in rows]

    def _shown(self, row: EventRow) -> dict[str, Any]:
        message = row["message"]
        return customer_row(row, self.side, self._typed.get(message["client_id"], row["at"]) if message else None)

    async def _show(self, resume: int) -> None:
        """Welcome the page to the visitor's conversation, and bring what follows `resume`."""
        conversation = self.visitor.conversation_id
        if not self._follows(conversation):
            await self._leave()
        self._told = self.side.state()
        await self.say(
            {
                "t": "welcome",
                # Pages count from the server's time: the clock of a browser may be wrong.
                "now": time.time(),
                "conversation": conversation,
                "upto": self.visitor.conversation.last_sequence if self.visitor.conversation else 0,
                **self._told,
            }
        )
        if conversation is None:
            return
        if self._stream is None:
            self._stream = EventStream(conversation, resume, self.deliver, customer_sees, read=rows_for_visitor)
            self._typist = Typist(self.channel_layer, conversation, self.visitor.company_id)
            await self.channel_layer.group_add(conversation_group(conversation), self.channel_name)
        else:
            self._stream.rewind_to(resume)
        # What came between the look and the group, and since the page was last here.
        self._stream.catch_up()

    async def _leave(self) -> None:
        stream, self._stream = self._stream, None
        if self._typist is not None:
            self._typist.stop()
            self._typist = None
        if stream is not None:
            stream.close()
            await self.channel_layer.group_discard(conversation_group(stream.conversation_id), self.channel_name)

    def _follows(self, conversation_id: str | None) -> bool:
        return not self._over and self._stream is not None and self._stream.conversation_id == conversation_id

    async def _look(self) -> bool:
        """Read session and conversation anew; the socket is closed, and this is False, where there is no session."""
        known = (self.visitor, self.side) if hasattr(self, "side") else None
        found = await _visitor(self.scope, known)
        if found is None:
            await self.end(NO_SESSION)  # what is followed is left when the socket has closed
            return False
        self.visitor, self.side = found
        return True

    def look_again(self) -> None:
        """Look at session and conversation, once more after a look that is under way."""
        self.repeat("look", self._look_again)

    async def session_may_have_ended(self) -> None:
        await self.end(NO_SESSION)

    async def _look_again(self) -> None:
        hello = self._hello
        if not await self._look():
            return
        if hello is not None:
            if self._hello is hello:
                self._hello = None
            same = hello.conversation == self.visitor.conversation_id
            await self._show(hello.resume if same else 0)
            return
        if self._stream is None:
            return
        if not self._follows(self.visitor.conversation_id):
            await self._show(0)
            return
        await self._say_state()
        if self.visitor.conversation is not None and self.visitor.conversation.last_sequence > self._stream.last_seen:
            self._stream.catch_up()

    async def _say_state(self) -> None:
        """How things stand, unless the page knows."""
        if self.side.state() == self._told:
            return
        self._told = self.side.state()
        await self.say({"t": "state", "conversation": self.visitor.conversation_id, **self._told})

    async def _end_with_the_session(self) -> None:
        """A session ends at its time, and not at the next look; the page may have moved that time on."""
        while (left := (self.visitor.expires_at - timezone.now()).total_seconds()) > 0:
            await asyncio.sleep(left)
            if not await self._look():
                return


def _sending(visitor: Visitor, address: str, frame: frames.Send) -> CustomerSending:
    written_at = frame.written_at(timezone.now())
    return CustomerSending(visitor, frame.conversation, frame.client_id, frame.text, written_at, address)


# --- one hop to the database for each frame -------------------------------------------------------------------


@in_visitor_thread
def _visitor(scope: Mapping[str, Any], known: tuple[Visitor, Side] | None) -> tuple[Visitor, Side] | None:
    try:
        company = scope["url_route"]["kwargs"]["company"]
        visitor = visitor_of(company, token_of(scope["cookies"], company))
    except NoVisitorError:
        return None
    if visitor.conversation is None:
        return visitor, NOWHERE
    if known is not None and _stands_as(visitor.conversation, known):
        return visitor, known[1]
    return visitor, side_of(visitor.conversation)


def _stands_as(conversation: Conversation, known: tuple[Visitor, Side]) -> bool:
    """Has nothing happened since? In a queue the place changes with what happens to others."""
    before = known[0].conversation
    return (
        before is not None
        and (before.pk, before.last_sequence, before.status)
        == (conversation.pk, conversation.last_sequence, conversation.status)
        and known[1].place is None
    )


NOWHERE = Side(status="none", agent=None, place=None)
