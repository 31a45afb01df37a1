"""The customer's socket: one for each tab of the chat page. The frames are those of `docs/chat.md`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.db import database_sync_to_async
from django.utils import timezone

from conversations.errors import ResendMismatchError
from conversations.events import Changed, EventRow, conversation_group, row_of
from conversations.follow import Feed
from conversations.frames import BadFrameError
from conversations.models import Conversation
from conversations.sockets import FrameConsumer
from conversations.together import together
from widget import frames
from widget.as_typed import AsTyped
from widget.cookies import token_of
from widget.errors import ChatError, NoVisitorError, TooFastError
from widget.events import visitor_group
from widget.models import Visitor
from widget.selectors import TOLD, Side, customer_row, customer_sees, side_of, visitor_of
from widget.services import CustomerSending
from widget.typing import Typist

logger = logging.getLogger(__name__)

NO_SESSION = 4401


class ChatConsumer(FrameConsumer):
    visitor: Visitor
    side: Side

    async def connect(self) -> None:
        await self.accept()
        self._feed: Feed | None = None
        self._typist: Typist | None = None
        self._sending = asyncio.Lock()
        self._over = False
        self._told: dict[str, Any] = {}
        self._typed = AsTyped()
        if await self._look():
            await self.channel_layer.group_add(visitor_group(self.visitor.pk), self.channel_name)
            self.start(self._end_with_the_session())

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()
        await self._leave()
        if hasattr(self, "visitor"):
            await self.channel_layer.group_discard(visitor_group(self.visitor.pk), self.channel_name)

    # --- frames of the page ---------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "visitor"):
            return
        try:
            frame = frames.parse(text_data if text_data is not None else bytes_data or b"")
        except BadFrameError as error:
            logger.info("bad frame", extra={"visitor": self.visitor.pk, "of": error.of, "reason": str(error)})
            await self.say_error(error.of, error.ref, "bad_frame", str(error))
            return
        match frame:
            case frames.Echo():
                await self._echo(frame)
            case frames.Hello():
                self.start(self._hello(frame))
            case frames.Send():
                self.start(self._send(frame))
            case frames.Typing() if self._typist is not None:
                self._typist.types(frame.text)

    async def _echo(self, frame: frames.Echo) -> None:
        """Once in 17 s: whatever hints were lost, as while Redis restarted, session and conversation are looked at."""
        await self.say({"t": "echo", "n": frame.n})
        self.start(self._look_again())

    async def _hello(self, frame: frames.Hello) -> None:
        if await self._look():
            same = frame.conversation == self.visitor.conversation_id
            await self._show(frame.resume if same else 0)

    async def _send(self, frame: frames.Send) -> None:
        if self._typist is not None:
            self._typist.stop()
        async with self._sending:  # in the order in which they came
            await self._store(frame)

    async def _store(self, frame: frames.Send) -> None:
        base = {"conversation": frame.conversation, "client_id": frame.client_id}
        self._typed.keep(frame.client_id, frame.text)
        try:
            row = row_of(await together().store(_sending(self.visitor, frame)))
        except TooFastError as error:
            again = {"retry_after": error.retry_after}
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error), **again})
        except ChatError as error:
            await self.say({"t": "refused", **base, "code": error.code, "message": str(error)})
        except ResendMismatchError:
            message = "Another message was sent under the same id."
            await self.say({"t": "refused", **base, "code": "conflict", "message": message})
        except NoVisitorError:
            await self._look()
        else:
            await self.say({"t": "stored", **base, "row": self._shown(row)})

    # --- events of the groups -------------------------------------------------------------------------------

    async def conversation_changed(self, hint: Changed) -> None:
        if self._follows(hint["conversation"]) and self._feed is not None:
            await self._feed.take(hint)

    async def conversation_typing(self, event: Mapping[str, Any]) -> None:
        if event["who"] == "agent" and self._follows(event["conversation"]):
            await self.say({"t": "typing", "conversation": event["conversation"], "who": self.side.agent or ""})

    async def visitor_changed(self, _: Mapping[str, Any]) -> None:
        self.start(self._look_again())

    async def layer_resubscribed(self, _: Mapping[str, Any]) -> None:
        """Hints were lost while Redis was away."""
        self.start(self._look_again())

    # --- what the socket shows ------------------------------------------------------------------------------

    async def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool, /) -> None:
        moved = any(row["type"] in TOLD for row in rows)
        if moved and await self._look() and self.visitor.conversation_id != conversation_id:
            self.start(self._look_again())
            return
        if not self._follows(conversation_id):
            return
        shown = [self._shown(row) for row in rows]
        await self.say({"t": "rows", "conversation": conversation_id, "rows": shown, "upto": upto, "more": more})
        if moved:
            await self._say_state()

    def _shown(self, row: EventRow) -> dict[str, Any]:
        message = row["message"]
        return customer_row(row, self.side, self._typed.get(message["client_id"]) if message else None)

    async def _show(self, resume: int) -> None:
        """Welcome the page to the visitor's conversation, and bring what follows `resume`."""
        conversation = self.visitor.conversation_id
        if not self._follows(conversation):
            await self._leave()
        self._told = self.side.state()
        await self.say(
            {
                "t": "welcome",
                "conversation": conversation,
                "upto": self.visitor.conversation.last_sequence if self.visitor.conversation else 0,
                **self._told,
            }
        )
        if conversation is None:
            return
        if self._feed is None:
            self._feed = Feed(conversation, resume, self.deliver, customer_sees)
            self._typist = Typist(self.channel_layer, conversation, self.visitor.company_id)
            await self.channel_layer.group_add(conversation_group(conversation), self.channel_name)
        else:
            self._feed.rewind(resume)
        # What came between the look and the group, and since the page was last here.
        self._feed.catch_up()

    async def _leave(self) -> None:
        feed, self._feed = self._feed, None
        if self._typist is not None:
            self._typist.stop()
            self._typist = None
        if feed is not None:
            feed.close()
            await self.channel_layer.group_discard(conversation_group(feed.conversation_id), self.channel_name)

    def _follows(self, conversation_id: str | None) -> bool:
        return not self._over and self._feed is not None and self._feed.conversation_id == conversation_id

    async def _look(self) -> bool:
        """Read session and conversation anew; the socket is closed, and this is False, where there is no session."""
        known = (self.visitor, self.side) if hasattr(self, "side") else None
        found = await _visitor(self.scope, known)
        if found is None:
            self._over = True  # nothing more is shown; what is followed is left when the socket has closed
            await self.close(code=NO_SESSION)
            return False
        self.visitor, self.side = found
        return True

    async def _look_again(self) -> None:
        if not await self._look() or self._feed is None:
            return
        if not self._follows(self.visitor.conversation_id):
            await self._show(0)
            return
        await self._say_state()
        if self.visitor.conversation is not None and self.visitor.conversation.last_sequence > self._feed.upto:
            self._feed.catch_up()

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


def _sending(visitor: Visitor, frame: frames.Send) -> CustomerSending:
    sent_at = datetime.fromtimestamp(frame.sent_at, UTC)
    return CustomerSending(visitor, frame.conversation, frame.client_id, frame.text, sent_at)


# --- one hop to the database for each frame -------------------------------------------------------------------


@database_sync_to_async  # type: ignore[untyped-decorator] # channels has no types
def _visitor(scope: Mapping[str, Any], known: tuple[Visitor, Side] | None) -> tuple[Visitor, Side] | None:
    try:
        visitor = visitor_of(scope["url_route"]["kwargs"]["company"], token_of(scope["cookies"]))
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
