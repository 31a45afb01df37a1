"""The desk's socket: one for each open desk, with all its conversations.

It authorises, joins groups, and translates frames into service calls and events into frames. Slow work runs in tasks,
so that one conversation does not delay another; keystrokes are answered at once from memory
(`composer.suggestions.answer`). `docs/desk.md` describes the frames.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils import timezone
from redis.exceptions import RedisError

from accounts.events import agent_group, login_group, settings_group
from composer.desk import services
from composer.desk.display.desk_rows import DeskRow, desk_rows
from composer.desk.login_sessions import LoginEndedError, LoginSession, ended
from composer.desk.socket import database, frames
from composer.desk.socket.heartbeat import heartbeat
from composer.desk.socket.login import Login
from composer.desk.socket.session import OpenConversation
from composer.errors import BlockedWordsError, SendError
from composer.models import Augmentation
from composer.suggestions import answer
from composer.usage.reports import Report, Usage
from conversations.counted_log import CountedLog
from conversations.errors import ResendMismatchError
from conversations.events import Changed, EventRow, conversation_group, row_of
from conversations.frames import BadFrameError
from conversations.message_batcher import message_batcher
from conversations.models import EventType
from conversations.rates import Rate, TokenBucket
from conversations.session_watch import SessionWatch
from conversations.sockets import FrameConsumer, beside_the_loop, length_of

logger = logging.getLogger(__name__)

# After this many echoes (one in 17 s) the login is checked again, whatever hints came.
ECHOES_PER_LOOK = 4
# An echo looks for missed rows, but not more often than this.
LOOK_EVERY_S = 5.0
# After a change of these settings a greeting may be due. All desks go by it within 2 s, but not at once.
GREETING_SETTINGS = ("greetings.", "autocompose.")
MAX_GREETING_DELAY_S = 1.0
# Frames of one desk. The burst: a desk that reconnects follows 300 conversations, each with a draft and a pending
# message. The steady rate: five fast typists.
FRAME_RATE = Rate(per_second=50, burst=1_000)
# Streams of one desk that read the database at the same time; and former conversations whose sequence is remembered.
MAX_STREAM_READS, MAX_PLACES = 4, 1_000
# After these events the agent may have another set of conversations.
MOVES = {EventType.AGENT_JOINED, EventType.AGENT_LEFT, EventType.ENDED, EventType.TIMED_OUT}


watch: SessionWatch[LoginSession] = SessionWatch(ended)


class DeskConsumer(FrameConsumer):
    login: Login

    async def connect(self) -> None:
        await self.accept()
        self._open: dict[str, OpenConversation] = {}
        self._left_at: dict[str, int] = {}  # the sequences up to which the desk has former conversations
        self._resume: Mapping[str, int] | None = None  # from a hello that is not answered yet
        self.stream_turns = asyncio.Semaphore(MAX_STREAM_READS)
        self._echoes = 0
        self._words: set[str] = set()
        login = await self._look_at_login()
        if login is None:
            return
        self.login = login
        self.log = CountedLog(logger, agent=login.agent.pk)
        self.frames_left = TokenBucket(FRAME_RATE)
        self._look_from = 0.0
        agent = login.agent
        self._groups = agent_group(agent.pk), login_group(login.user.pk), settings_group(agent.company_id)
        for group in self._groups:
            await self.channel_layer.group_add(group, self.channel_name)
        self._connection = await database.open_desk(login)
        heartbeat().add(self._connection)
        watch.add(self, login.session)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()
        watch.discard(self)
        try:
            for conversation in self._open.values():
                await self._leave(conversation)
            if hasattr(self, "login"):
                self.log.close()
                for group in self._groups:
                    await self.channel_layer.group_discard(group, self.channel_name)
        finally:
            if hasattr(self, "_connection"):
                await heartbeat().remove(self._connection)
                await database.close_desk(self._connection)

    # --- frames of the desk ---------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "login") or not await self.admits_frame():
            return
        try:
            frame = frames.parse(text_data if text_data is not None else bytes_data or b"")
        except BadFrameError as error:
            await self._error(error.of, error.ref, error.code, str(error))
            return
        match frame:
            case frames.Type():
                await self._type(frame)
            case frames.Echo():
                await self._echo(frame)
            case frames.Hello():
                self._resume = frame.resume
                self.repeat("state", self._say_state)
            case frames.Follow():
                await self._follow(frame)
            case frames.Read() if frame.conversation in self._open:
                self.repeat(("read", frame.conversation), functools.partial(self._read, frame))
            case frames.Send():
                await self.run(self._send(frame))
            case frames.DraftFrame():
                await self._draft(frame)
            case frames.Search():
                await self._search(frame)
            case frames.Greeting():
                await self.run(self._greeting(frame))
            case frames.Word():
                # Before it is stored, so that the next keystroke uses it.
                change = self._words.add if frame.do == "add" else self._words.discard
                change(frame.word.casefold())
                await self.run(self._word(frame))

    async def _type(self, frame: frames.Type) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("type", frame.n, "not_yours", "This conversation is not open on this desk.")
            return
        await conversation.type(frame)
        if frame.text and conversation.greets:
            self.start(conversation.end_greeting("cancel", self.login.session))
        if conversation.tells_typing(frame.text):
            self.start(self._tell_typing(frame.conversation))

    async def _echo(self, frame: frames.Echo) -> None:
        await self.say({"t": "echo", "n": frame.n})
        now = time.monotonic()
        self._echoes += 1
        if self._echoes % ECHOES_PER_LOOK == 0:
            self.repeat("login", self._check_login)
        if now >= self._look_from:
            self._look_from = now + LOOK_EVERY_S
            self.repeat("missed", self._look_for_missed)

    async def _look_for_missed(self) -> None:
        """Catch up with the database, in case hints were lost, for instance while Redis restarted."""
        held = await database.newest_sequences(self.login)
        is_paused = any(conversation.stream.is_paused for conversation in self._open.values())
        if held.keys() != self._open.keys() or is_paused or self._resume is not None:
            self.refresh()
        for id_, conversation in self._open.items():
            if held.get(id_, 0) > conversation.stream.last_seen:
                conversation.stream.catch_up()

    def refresh(self) -> None:
        """Send the agent's present state, again if it is being read already."""
        self.repeat("state", self._say_state)

    async def _say_state(self) -> None:
        """Send all cards: as the answer to a hello that waits for them, else because they changed."""
        resume = self._resume
        state = await database.state(self.login, {*self._open, *(resume or ())})
        self._words = set(state["words"])  # the settings page changes words, too
        if resume is None:
            await self._show("cards", state, {})
            return
        if self._resume is resume:
            self._resume = None
        await self._show("welcome", state, resume)

    async def _show(self, t: str, state: Mapping[str, Any], resume: Mapping[str, int]) -> None:
        """Open the conversations that the agent has, close all others, and send the cards."""
        held = {card["id"]: card for card in state["cards"]}
        gone = [self._open.pop(id_) for id_ in list(self._open) if id_ not in held]
        new, behind = [], []
        for id_, card in held.items():
            if id_ not in self._open:
                upto = resume.get(id_, self._left_at.pop(id_, card["upto"]))
                self._open[id_] = OpenConversation(self.login.scope, id_, min(upto, card["upto"]), self)
                new.append(self._open[id_])
            elif id_ in resume:
                self._open[id_].stream.rewind_to(resume[id_])
                behind.append(self._open[id_])
            self._open[id_].customer = card["customer"]
            self._open[id_].is_held(card["upto"])
            self._open[id_].count_down(card["greeting"])
        # Desks count from the server's time: a browser's clock may be wrong.
        await self.say({"t": t, "now": time.time(), **state})
        for conversation in behind:
            conversation.stream.catch_up()
        for conversation in gone:
            await self._leave(conversation)
        for conversation in new:
            await self.channel_layer.group_add(conversation_group(conversation.id), self.channel_name)
            if self._open.get(conversation.id) is conversation:  # else the agent lost it meanwhile
                # Rows from between the read of the cards and the subscription, and since the desk was last here.
                conversation.stream.catch_up()

    async def _leave(self, conversation: OpenConversation) -> None:
        conversation.close()
        # A conversation that comes back goes on from here: the page has the rows before.
        self._left_at[conversation.id] = conversation.stream.last_seen
        if len(self._left_at) > MAX_PLACES:
            del self._left_at[next(iter(self._left_at))]
        await self.channel_layer.group_discard(conversation_group(conversation.id), self.channel_name)

    async def _follow(self, frame: frames.Follow) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("follow", None, "not_yours", "This conversation is not with you.")
            return
        conversation.stream.rewind_to(frame.after)
        conversation.stream.catch_up()

    async def _read(self, frame: frames.Read) -> None:
        if frame.conversation in self._open:
            await database.mark_read(self.login, frame)

    async def _send(self, frame: frames.Send) -> None:
        # A message without a report was written freehand: the event is recorded for each message.
        usage = (frame.usage or Usage(augmentations=[Augmentation.FREEHAND])) if frame.kind == "chat" else None
        conversation = self._open.get(frame.conversation)
        remembered = conversation.remembered if conversation is not None else answer.Remembered()
        report = None
        if usage is not None:
            report = Report(
                augmentations=usage.augmentations,
                figures=usage.figures,
                events=usage.events,
                offered=remembered.offered(usage.shown),
            )
        outgoing = services.Outgoing(
            frame.client_id, frame.text, frame.written_at(timezone.now()), frame.revision, report, frame.kind
        )
        base = {"conversation": frame.conversation, "client_id": frame.client_id}
        try:
            by, agent, session = self.login.actor, self.login.agent, self.login.session
            sending = services.AgentSending(by, agent, frame.conversation, outgoing, session)
            row = row_of(await message_batcher().store(sending))
        except BlockedWordsError as error:
            await self._refuse({**base, "code": error.code, "message": str(error), "spans": error.spans})
        except SendError as error:
            await self._refuse({**base, "code": error.code, "message": str(error)})
        except ResendMismatchError:
            message = "Another message was sent under the same id."
            await self._refuse({**base, "code": "conflict", "message": message})
        else:
            remembered.forget(usage.shown if usage is not None else ())
            [shown] = await self._shown(frame.conversation, [row])
            await self.say({"t": "stored", **base, "row": shown})

    async def _draft(self, frame: frames.DraftFrame) -> None:
        """Store a draft. Of those that come while one is stored, only the newest is stored."""
        keep = functools.partial(self._keep_draft, frame)
        if frame.conversation in self._open:
            self.repeat(("draft", frame.conversation), keep)
        else:
            await self.run(keep())

    async def _keep_draft(self, frame: frames.DraftFrame) -> None:
        kept = await database.keep_draft(self.login, frame)
        if kept is None:
            await self._error("draft", frame.revision, "not_yours", "This conversation is not with you.")
        else:
            await self.say({"t": "draft", "conversation": frame.conversation, **kept})

    async def _search(self, frame: frames.Search) -> None:
        """Search. Of the terms that come while one is searched, only the newest is searched."""
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("search", frame.n, "not_yours", "This conversation is not with you.")
            return
        self.repeat(("search", frame.conversation), functools.partial(self._find, conversation, frame))

    async def _find(self, conversation: OpenConversation, frame: frames.Search) -> None:
        found = await conversation.search(self.login.agent, frame.term)
        await self.say({"t": "found", "conversation": frame.conversation, "n": frame.n, "rows": found})

    async def _greeting(self, frame: frames.Greeting) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("greeting", None, "not_yours", "This conversation is not with you.")
            return
        await conversation.end_greeting(frame.do, self.login.session)

    async def _word(self, frame: frames.Word) -> None:
        kept = await database.change_word(self.login, frame)
        if not kept:
            self._words.discard(frame.word.casefold())
        await self.say({"t": "word", "word": frame.word, "do": frame.do, "kept": kept})

    # --- events of the groups -------------------------------------------------------------------------------

    async def conversation_changed(self, hint: Changed) -> None:
        conversation = self._open.get(hint["conversation"])
        if conversation is not None:
            conversation.dirty()
            await conversation.stream.on_hint(hint)

    def conversation_changed_at_once(self, hint: Changed) -> bool:
        conversation = self._open.get(hint["conversation"])
        if conversation is None or not self.may_say_at_once(hint["rows"]):
            return False
        rows = conversation.stream.take(hint)
        if rows is None:
            return False
        conversation.dirty()
        self.say_at_once(self._rows_frame(conversation, rows, hint["upto"]))
        return True

    def _rows_frame(self, conversation: OpenConversation, rows: Sequence[EventRow], upto: int) -> dict[str, Any]:
        shown = desk_rows(rows, self.login.redactor, me=self.login.agent.external_id, customer=conversation.customer)
        return {"t": "rows", "conversation": conversation.id, "rows": shown, "upto": upto, "more": False}

    async def conversation_typing(self, event: Mapping[str, Any]) -> None:
        conversation = self._open.get(event["conversation"])
        if event["who"] == "customer" and conversation is not None and not conversation.stream.is_paused:
            text = await beside_the_loop(len(event["text"]), self.login.redactor.redact, event["text"])
            await self.say({"t": "typing", "conversation": event["conversation"], "text": text})

    async def agent_changed(self, _: Mapping[str, Any]) -> None:
        self.refresh()

    async def settings_changed(self, hint: Mapping[str, Any]) -> None:
        """Use the settings as they are now from the next keystroke on, and let the page show them."""
        for conversation in self._open.values():
            conversation.dirty()
        await self.say({"t": "settings", "names": hint["names"], "own": hint["own"]})
        if any(name.startswith(GREETING_SETTINGS) for name in hint["names"]):
            self.soon("greet", self._greet, within_s=MAX_GREETING_DELAY_S)

    async def _greet(self) -> None:
        if await database.has_to_greet(self.login):
            self.refresh()

    async def agent_read(self, hint: Mapping[str, Any]) -> None:
        await self.say({"t": "read", "conversation": hint["conversation"], "upto": hint["upto"]})

    async def login_changed(self, _: Mapping[str, Any]) -> None:
        self.repeat("login", self._check_login)

    async def layer_resubscribed(self, _: Mapping[str, Any]) -> None:
        """Catch up with everything: hints were lost while Redis was away."""
        self.repeat("login", self._check_login)
        for conversation in self._open.values():
            conversation.dirty()
            conversation.stream.catch_up()
        self.refresh()

    def words(self) -> Collection[str]:
        """The agent's personal dictionary."""
        return self._words

    # --- what open conversations and tasks say ----------------------------------------------------------------

    async def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool) -> None:
        conversation = self._open.get(conversation_id)
        if conversation is None:
            return  # the agent lost it while its rows were read
        conversation.dirty()  # the rows may arrive before their hint
        shown = await self._shown(conversation_id, rows)
        await self.say({"t": "rows", "conversation": conversation_id, "rows": shown, "upto": upto, "more": more})
        if any(row["type"] in MOVES and row["sequence"] > conversation.held_at for row in rows):
            self.refresh()

    async def _shown(self, conversation_id: str, rows: Sequence[EventRow]) -> list[DeskRow]:
        conversation = self._open.get(conversation_id)
        customer = conversation.customer if conversation is not None else ""
        work = functools.partial(desk_rows, me=self.login.agent.external_id, customer=customer)
        return await beside_the_loop(length_of(rows), work, rows, self.login.redactor)

    async def _error(self, of: str, ref: str | int | None, code: str, message: str) -> None:
        """Send an error frame, and log the error without the frame's content."""
        kind = "bad_frame" if code == "bad_frame" else (of, code)  # the client says of which kind a bad frame is
        self.log.info(kind, "frame refused", of=of, code=code, reason=message)
        await self.say_error(of, ref, code, message)

    async def _refuse(self, reason: Mapping[str, Any]) -> None:
        about = {name: reason[name] for name in ("conversation", "client_id", "code")}
        self.log.info(("send", reason["code"]), "message refused", **about)
        await self.say({"t": "refused", **reason})

    async def _tell_typing(self, conversation_id: str) -> None:
        event = {"type": "conversation.typing", "conversation": conversation_id, "who": "agent", "text": ""}
        try:
            await self.channel_layer.group_send(conversation_group(conversation_id), event)
        except RedisError as error:
            logger.info("typing is not told", extra={"reason": type(error).__name__})

    async def _look_at_login(self) -> Login | None:
        """Return the login of this socket. Close the socket where there is none, or no desk is allowed."""
        login: Login | None
        login, code = await database.login(self.scope)
        if login is None:
            await self.end(code)
        return login

    async def _check_login(self) -> None:
        login = await self._look_at_login()
        if login is not None:
            self.login = replace(self.login, redactor=login.redactor)  # a redaction rule may have changed

    async def session_may_have_ended(self) -> None:
        await self._check_login()

    def task_failed(self, error: BaseException) -> None:
        """Close the socket where a task found its login no longer valid."""
        if isinstance(error, LoginEndedError):
            self.start(self._check_login())
        else:
            super().task_failed(error)
