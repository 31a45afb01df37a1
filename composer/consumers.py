"""The desk's socket: one for each open desk, for all its conversations.

It authorises, follows, translates frames into service calls and events into frames. What may take time runs in
tasks, so that one slow conversation holds no other up; keystrokes are answered at once from memory
(`composer.keystrokes`). The frames are those of `docs/desk.md`.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from accounts.events import agent_group, login_group
from assignments.models import DeskConnection
from assignments.services import desk_closed, desk_opened, desk_seen
from composer import frames, keystrokes, services
from composer.cards import cards_of
from composer.desk_login import Login, NoDeskError, NotSignedInError, login_of
from composer.errors import BlockedWordsError, SendError
from composer.models import Augmentation, PersonalWord
from composer.open_conversation import OpenConversation
from composer.reports import Report, Usage
from composer.selectors import held_by
from conversations.errors import ResendMismatchError
from conversations.events import Changed, EventRow, conversation_group, row_of
from conversations.frames import BadFrameError
from conversations.models import Conversation, EventType
from conversations.sockets import FrameConsumer
from conversations.together import together
from safety.engine.masking import Redactor

logger = logging.getLogger(__name__)

SIGNED_OUT, NOT_ALLOWED = 4401, 4403
# Every so many echoes (one in 17 s) the login is looked at again, whatever hints came.
ECHOES_PER_LOOK = 4
# That the desk lives is written down no more often than this.
SEEN_EVERY_S = 20.0
# After these events the agent may have another set of conversations.
MOVES = {EventType.AGENT_JOINED, EventType.AGENT_LEFT, EventType.ENDED, EventType.TIMED_OUT}


def seen_by_agent(row: EventRow, sees: Redactor) -> EventRow:
    """A row as agents may see it: rules may hide from them what is stored, or be younger than it."""
    message = row["message"]
    text = sees.redact(message["text"]) if message else ""
    if message is None or text == message["text"]:
        return row
    return {**row, "message": {**message, "text": text}}


class DeskConsumer(FrameConsumer):
    login: Login

    async def connect(self) -> None:
        await self.accept()
        self._open: dict[str, OpenConversation] = {}
        self._echoes = 0
        self._words: set[str] = set()
        login = await self._look_at_login()
        if login is None:
            return
        self.login = login
        await self.channel_layer.group_add(agent_group(login.agent.pk), self.channel_name)
        await self.channel_layer.group_add(login_group(login.user.pk), self.channel_name)
        self._seen_at = time.monotonic()
        self._connection = await _desk_opened(login)

    async def disconnect(self, code: int) -> None:  # noqa: ARG002 the signature of channels
        self.stop_tasks()
        for conversation in self._open.values():
            await self._leave(conversation)
        if hasattr(self, "login"):
            await self.channel_layer.group_discard(agent_group(self.login.agent.pk), self.channel_name)
            await self.channel_layer.group_discard(login_group(self.login.user.pk), self.channel_name)
        if hasattr(self, "_connection"):
            await _desk_closed(self._connection)

    # --- frames of the desk ---------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not hasattr(self, "login"):
            return
        try:
            frame = frames.parse(text_data if text_data is not None else bytes_data or b"")
        except BadFrameError as error:
            await self._error(error.of, error.ref, "bad_frame", str(error))
            return
        match frame:
            case frames.Type():
                await self._type(frame)
            case frames.Echo():
                await self._echo(frame)
            case frames.Hello():
                self.start(self._hello(frame))
            case frames.Follow():
                self.start(self._follow(frame))
            case frames.Send():
                self.start(self._send(frame))
            case frames.DraftFrame():
                self.start(self._draft(frame))
            case frames.Search():
                self.start(self._search(frame))
            case frames.Greeting():
                self.start(self._greeting(frame))
            case frames.Word():
                self.start(self._word(frame))

    async def _type(self, frame: frames.Type) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("type", frame.n, "not_yours", "This conversation is not open on this desk.")
            return
        await conversation.type(frame)
        if frame.text and conversation.greets:
            self.start(conversation.end_greeting("cancel"))
        if conversation.tells_typing(frame.text):
            self.start(self._tell_typing(frame.conversation))

    async def _echo(self, frame: frames.Echo) -> None:
        await self.say({"t": "echo", "n": frame.n})
        self._echoes += 1
        if self._echoes % ECHOES_PER_LOOK == 0:
            self.start(self._check_login())
        self.start(self._look_for_missed())
        if time.monotonic() - self._seen_at >= SEEN_EVERY_S:
            self._seen_at = time.monotonic()
            self.start(_desk_seen(self._connection))

    async def _look_for_missed(self) -> None:
        """Whatever hints were lost, as while Redis restarted: have what the database has."""
        held = await _held(self.login)
        if held.keys() != self._open.keys():
            await self._refresh()
        for id_, conversation in self._open.items():
            if held.get(id_, 0) > conversation.feed.upto:
                conversation.feed.catch_up()

    async def _hello(self, frame: frames.Hello) -> None:
        state = await _state(self.login)
        self._words = set(state["words"])
        await self._show("welcome", state, frame.resume)

    async def _show(self, t: str, state: Mapping[str, Any], resume: Mapping[str, int]) -> None:
        """Open what the agent has, close what it has no more, and say so; frames about it are answered from then on."""
        held = {card["id"]: card for card in state["cards"]}
        gone = [self._open.pop(id_) for id_ in list(self._open) if id_ not in held]
        new = []
        for id_, card in held.items():
            if id_ not in self._open:
                self._open[id_] = OpenConversation(self.login.scope, id_, resume.get(id_, card["upto"]), self)
                new.append(self._open[id_])
            self._open[id_].count_down(card["greeting"])
        await self.say({"t": t, **state})
        for conversation in gone:
            await self._leave(conversation)
        for conversation in new:
            await self.channel_layer.group_add(conversation_group(conversation.id), self.channel_name)
            if self._open.get(conversation.id) is conversation:  # else it was taken away meanwhile
                # What came between the look at the cards and the group, and since the desk was last here.
                conversation.feed.catch_up()

    async def _leave(self, conversation: OpenConversation) -> None:
        conversation.close()
        await self.channel_layer.group_discard(conversation_group(conversation.id), self.channel_name)

    async def _follow(self, frame: frames.Follow) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("follow", None, "not_yours", "This conversation is not with you.")
            return
        conversation.feed.rewind(frame.after)
        await conversation.feed.catch_up()

    async def _send(self, frame: frames.Send) -> None:
        # Who does not say how a message was made wrote it freehand: the event is recorded for each.
        usage = (frame.usage or Usage(augmentations=[Augmentation.FREEHAND])) if frame.kind == "chat" else None
        conversation = self._open.get(frame.conversation)
        remembered = conversation.remembered if conversation is not None else keystrokes.Remembered()
        report = None
        if usage is not None:
            report = Report(
                augmentations=usage.augmentations,
                figures=usage.figures,
                events=usage.events,
                offered=remembered.offered(usage.shown),
            )
        outgoing = services.Outgoing(
            frame.client_id, frame.text, datetime.fromtimestamp(frame.sent_at, UTC), frame.revision, report, frame.kind
        )
        base = {"conversation": frame.conversation, "client_id": frame.client_id}
        try:
            sending = services.AgentSending(self.login.actor, self.login.agent, frame.conversation, outgoing)
            row = row_of(await together().store(sending))
        except BlockedWordsError as error:
            await self._refuse({**base, "code": error.code, "message": str(error), "spans": error.spans})
        except SendError as error:
            await self._refuse({**base, "code": error.code, "message": str(error)})
        except ResendMismatchError:
            message = "Another message was sent under the same id."
            await self._refuse({**base, "code": "conflict", "message": message})
        else:
            remembered.forget(usage.shown if usage is not None else ())
            await self.say({"t": "stored", **base, "row": seen_by_agent(row, self.login.sees)})

    async def _draft(self, frame: frames.DraftFrame) -> None:
        kept = await _keep_draft(self.login, frame)
        if kept is None:
            await self._error("draft", frame.revision, "not_yours", "This conversation is not with you.")
        else:
            await self.say({"t": "draft", "conversation": frame.conversation, **kept})

    async def _search(self, frame: frames.Search) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("search", frame.n, "not_yours", "This conversation is not with you.")
            return
        found = await conversation.search(self.login.agent, frame.term)
        await self.say({"t": "found", "conversation": frame.conversation, "n": frame.n, "rows": found})

    async def _greeting(self, frame: frames.Greeting) -> None:
        conversation = self._open.get(frame.conversation)
        if conversation is None:
            await self._error("greeting", None, "not_yours", "This conversation is not with you.")
            return
        await conversation.end_greeting(frame.do)

    async def _word(self, frame: frames.Word) -> None:
        word = frame.word.casefold()
        if frame.do == "add":
            self._words.add(word)  # before it is stored: the next keystroke may already complete it again
        kept = await _change_word(self.login, frame)
        if frame.do == "remove" or not kept:
            self._words.discard(word)
        await self.say({"t": "word", "word": frame.word, "do": frame.do, "kept": kept})

    # --- events of the groups -------------------------------------------------------------------------------

    async def conversation_changed(self, hint: Changed) -> None:
        conversation = self._open.get(hint["conversation"])
        if conversation is not None:
            conversation.dirty()
            await conversation.feed.take(hint)

    async def conversation_typing(self, event: Mapping[str, Any]) -> None:
        if event["who"] == "customer" and event["conversation"] in self._open:
            text = self.login.sees.redact(event["text"])
            await self.say({"t": "typing", "conversation": event["conversation"], "text": text})

    async def agent_changed(self, _: Mapping[str, Any]) -> None:
        self.start(self._refresh())

    async def login_changed(self, _: Mapping[str, Any]) -> None:
        self.start(self._check_login())

    async def layer_resubscribed(self, _: Mapping[str, Any]) -> None:
        """Hints were lost while Redis was away: look at everything that they might have told."""
        self.start(self._check_login())
        for conversation in self._open.values():
            conversation.dirty()
            conversation.feed.catch_up()
        self.start(self._refresh())

    def words(self) -> Collection[str]:
        """The agent's personal dictionary."""
        return self._words

    # --- what open conversations and tasks say ----------------------------------------------------------------

    async def deliver(self, conversation_id: str, rows: Sequence[EventRow], upto: int, more: bool) -> None:
        if conversation_id not in self._open:
            return  # it was taken away while its rows were read
        self._open[conversation_id].dirty()  # the rows may be here before their hint
        shown = [seen_by_agent(row, self.login.sees) for row in rows]
        await self.say({"t": "rows", "conversation": conversation_id, "rows": shown, "upto": upto, "more": more})
        if any(row["type"] in MOVES for row in rows):
            self.start(self._refresh())

    async def _error(self, of: str, ref: str | int | None, code: str, message: str) -> None:
        """Say what is wrong with a frame; the log has it too, without what the frame held."""
        logger.info("frame refused", extra={"agent": self.login.agent.pk, "of": of, "code": code, "reason": message})
        await self.say_error(of, ref, code, message)

    async def _refuse(self, reason: Mapping[str, Any]) -> None:
        about = {name: reason[name] for name in ("conversation", "client_id", "code")}
        logger.info("message refused", extra={"agent": self.login.agent.pk, **about})
        await self.say({"t": "refused", **reason})

    async def _refresh(self) -> None:
        state = await _state(self.login)
        await self._show("cards", state, {})

    async def _tell_typing(self, conversation_id: str) -> None:
        event = {"type": "conversation.typing", "conversation": conversation_id, "who": "agent", "text": ""}
        try:
            await self.channel_layer.group_send(conversation_group(conversation_id), event)
        except RedisError as error:
            logger.info("typing is not told", extra={"reason": type(error).__name__})

    async def _look_at_login(self) -> Login | None:
        """The login behind this socket; the socket is closed where there is none, or it may not have a desk."""
        login: Login | None
        login, code = await _login(self.scope)
        if login is None:
            await self.close(code=code)
        return login

    async def _check_login(self) -> None:
        login = await self._look_at_login()
        if login is not None:
            self.login = replace(self.login, sees=login.sees)  # a rule may have changed


# --- one hop to the database for each frame -------------------------------------------------------------------

in_thread = database_sync_to_async  # all sockets of a process take turns
aside = functools.partial(database_sync_to_async, thread_sensitive=False)  # these wait for no other's turn


@in_thread  # type: ignore[untyped-decorator] # channels has no types
def _login(scope: Mapping[str, Any]) -> tuple[Login | None, int]:
    try:
        return login_of(scope), 0
    except NotSignedInError:
        return None, SIGNED_OUT
    except NoDeskError:
        return None, NOT_ALLOWED


@aside
def _desk_opened(login: Login) -> DeskConnection:
    return desk_opened(by=login.actor, agent=login.agent)


@aside
def _desk_seen(connection: DeskConnection) -> None:
    desk_seen(connection=connection)


@aside
def _desk_closed(connection: DeskConnection) -> None:
    desk_closed(connection=connection)


@aside
def _held(login: Login) -> dict[str, int]:
    """The numbers of the newest rows of the agent's conversations."""
    return dict(held_by(login.agent).values_list("pk", "last_sequence"))


@in_thread  # type: ignore[untyped-decorator]
def _state(login: Login) -> dict[str, Any]:
    for conversation in services.to_greet(login.agent):
        services.start_greeting(conversation=conversation)
    return {
        "agent": {"id": login.agent.external_id, "name": str(login.user)},
        "cards": cards_of(login.agent),
        "words": list(PersonalWord.objects.filter(agent=login.agent).values_list("word", flat=True)),
    }


@in_thread  # type: ignore[untyped-decorator]
def _keep_draft(login: Login, frame: frames.DraftFrame) -> dict[str, Any] | None:
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
def _change_word(login: Login, frame: frames.Word) -> bool:
    if frame.do == "add":
        return services.add_word(agent=login.agent, word=frame.word)
    services.remove_word(agent=login.agent, word=frame.word)
    return True
