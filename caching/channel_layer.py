"""Channels' pub/sub layer, extended: threads without an event loop can send to it, and it reports lost connections.

Services are synchronous. Sending through `async_to_sync` would give each call an event loop and a connection of its
own. Here the hints of one commit are handed to this process's own sockets directly, and go to the other processes in
one PUBLISH on a channel that every process listens to. A process drops what it published itself, and unpacks only hints
to groups that it has members of. What is sent with the layer's own `group_send` goes from group to group as ever.

Redis keeps nothing for a subscriber that is not connected. After a restart of Redis, or of the connection to it, each
socket receives `RESUBSCRIBED`, once its groups are subscribed again: it may have missed hints.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from channels_redis.utils import _wrap_close as close_with
from channels_redis.utils import decode_hosts
from redis.client import Pipeline

from caching import versions
from caching.clients import sync_client
from caching.versions import CacheKey

logger = logging.getLogger(__name__)

RESUBSCRIBED = "layer.resubscribed"
# How long one read waits for a message, and the pause after a read that failed.
_READ_TIMEOUT_S, _RETRY_PAUSE_S = 1.0, 0.3
_CONFIRM_TIMEOUT_S = 10.0
# Hints that are handed out before the event loop does anything else: some 2 ms.
HINTS_PER_TURN = 10

Hint = tuple[str, Mapping[str, Any]]
# Handles a message at once; returns False where it has to wait for its turn in the channel.
AtOnce = Callable[[Mapping[str, Any]], bool]


class Layer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    """The desk's layer. It drops nothing that a process has received, however busy its consumers are."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.bundle_channel = f"{options['prefix']}__hints"
        self._token = secrets.token_hex(8)

    @property
    def sender(self) -> str:
        """The name under which this process publishes; another one after a fork."""
        return f"{self._token}.{os.getpid()}"

    def deserialize(self, message: Any) -> Any:
        """Return the message; one that was handed over within the process is not packed."""
        return super().deserialize(message) if isinstance(message, bytes) else message

    def publish_in(self, pipeline: Pipeline, hints: Iterable[Hint]) -> None:
        """Let this pipeline, in a thread, send hints to their groups in other processes."""
        packed = [(group, self.serialize(message)) for group, message in hints]
        pipeline.publish(self.bundle_channel, self.serialize({"from": self.sender, "hints": packed}))

    def hand_out(self, hints: Sequence[Hint]) -> None:
        """Send hints to their groups in this process, from any thread."""
        for loop, layer in list(self._layers.items()):
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(layer.take, hints)

    def _get_layer(self) -> _LoopLayer:
        """Return the layer of the running event loop. Like the library's method, but with `_Connection`s."""
        loop = asyncio.get_running_loop()
        layer: _LoopLayer | None = self._layers.get(loop)
        if layer is None:
            layer = self._layers[loop] = _LoopLayer(channel_layer=self, **self._kwargs)
            close_with(self, loop)
        return layer


class _LoopLayer(RedisPubSubLoopLayer):  # type: ignore[misc]
    """The layer of one event loop."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._shards: list[_Connection] = [_Connection(host, self) for host in decode_hosts(options["hosts"])]
        self._at_once: dict[str, AtOnce] = {}
        self._untold: deque[Hint] = deque()

    async def group_add(self, group: str, channel: str) -> None:
        await self._shards[0].subscribe(self.channel_layer.bundle_channel)
        await super().group_add(group, channel)

    def listen(self, channel: str, at_once: AtOnce) -> None:
        """Offer hints for this channel to `at_once`, while none waits in the channel."""
        self._at_once[channel] = at_once

    def unlisten(self, channel: str) -> None:
        self._at_once.pop(channel, None)

    def take_bundle(self, data: bytes) -> None:
        """Take the hints of another process."""
        bundle = self.channel_layer.deserialize(data)
        if bundle["from"] == self.channel_layer.sender:
            return  # this process has handed them out already
        mine = [hint for hint in bundle["hints"] if self._get_group_channel_name(hint[0]) in self.groups]
        self.take([(group, self.channel_layer.deserialize(packed)) for group, packed in mine])

    def take(self, hints: Iterable[Hint]) -> None:
        """Hand these hints out, after those that are not handed out yet."""
        is_first = not self._untold
        self._untold.extend(hints)
        if is_first:
            self._hand_out()

    def _hand_out(self) -> None:
        for _ in range(min(HINTS_PER_TURN, len(self._untold))):
            group, message = self._untold.popleft()
            for channel in tuple(self.groups.get(self._get_group_channel_name(group), ())):
                self._give(channel, message)
        if self._untold:
            asyncio.get_running_loop().call_soon(self._hand_out)

    def _give(self, channel: str, message: Mapping[str, Any]) -> None:
        queue, at_once = self.channels.get(channel), self._at_once.get(channel)
        if queue is not None and not (at_once is not None and queue.empty() and at_once(message)):
            queue.put_nowait(message)

    def report_resubscribed(self, channel: str) -> None:
        self.channels[channel].put_nowait(self.channel_layer.serialize({"type": RESUBSCRIBED}))


class _Connection(RedisSingleShardConnection):  # type: ignore[misc]
    """The connection on which one event loop listens.

    `subscribe` returns when Redis has confirmed the subscription: rows read from the database afterwards and the hints
    that follow leave nothing out. After a lost connection the library connects again by itself and subscribes to all
    names with one command; a name that Redis confirms for the second time was disconnected in between.
    """

    def __init__(self, host: Mapping[str, Any], channel_layer: _LoopLayer) -> None:
        super().__init__(host, channel_layer)
        self._confirmed: set[str] = set()
        self._awaited: dict[str, asyncio.Event] = {}
        self._bundles = channel_layer.channel_layer.bundle_channel.encode()

    async def subscribe(self, channel: str) -> None:
        """Raises TimeoutError where Redis does not confirm it."""
        await super().subscribe(channel)
        if channel not in self._confirmed:
            async with asyncio.timeout(_CONFIRM_TIMEOUT_S):
                await self._awaited.setdefault(channel, asyncio.Event()).wait()

    async def unsubscribe(self, channel: str) -> None:
        """While Redis is away the subscription stays: hints for nobody come later, which does no harm."""
        self._confirmed.discard(channel)
        try:
            await super().unsubscribe(channel)
        # redis-py raises AttributeError where another task has closed the connection in between.
        except (redis.RedisError, AttributeError) as error:
            logger.warning("unsubscribed without Redis", extra={"channel": channel, "reason": type(error).__name__})

    async def _do_receiving(self) -> None:
        while True:
            try:
                if self._pubsub and self._pubsub.subscribed:
                    self._handle(await self._pubsub.get_message(timeout=_READ_TIMEOUT_S))
                else:
                    await asyncio.sleep(0.1)
            except (redis.RedisError, OSError) as error:
                logger.warning("no hints come from Redis", extra={"reason": type(error).__name__})
                await asyncio.sleep(_RETRY_PAUSE_S)

    def _handle(self, message: Mapping[str, Any] | None) -> None:
        if message is None:
            return
        if message["type"] == "message":
            if message["channel"] == self._bundles:
                self.channel_layer.take_bundle(message["data"])
            else:
                self._receive_message(message)
        elif message["type"] == "subscribe":
            self._confirm(message["channel"].decode())

    def _confirm(self, name: str) -> None:
        if name not in self._confirmed:
            self._confirmed.add(name)
            awaited = self._awaited.pop(name, None)
            if awaited is not None:
                awaited.set()
        elif name in self.channel_layer.channels:  # else a group: its sockets are told each by its own name
            self.channel_layer.report_resubscribed(name)


def send_hint(group: str, message: Mapping[str, Any]) -> None:
    """Send a hint to a group now. A hint that Redis does not take is lost: its receivers catch up by sequence."""
    invalidate_and_send((), [(group, message)])


def invalidate_and_send(keys: Collection[CacheKey], hints: Sequence[Hint]) -> None:
    """Replace the versions of `keys` now, then send these hints to their groups, in one trip to Redis.

    The versions come first: whoever acts on a hint must not find a cached value that still counts as current.
    """
    layer, pipeline = get_channel_layer(), sync_client().pipeline(transaction=False)
    versions.invalidate_in(pipeline, keys)
    if hints:
        layer.publish_in(pipeline, hints)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        _without_redis(keys, hints, error)
    else:
        layer.hand_out(hints)


def _without_redis(keys: Collection[CacheKey], hints: Sequence[Hint], error: redis.RedisError) -> None:
    if versions.is_desk_stopped():
        return  # no desk is open that could receive them
    groups = [group for group, _ in hints]
    logger.warning("hints were lost", extra={"groups": groups, "reason": type(error).__name__})
    if keys:
        versions.add_pending(keys, error)
