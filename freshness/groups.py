"""Channels' pub/sub layer, to which code without an event loop can send as well, and which says when it was away.

Services are synchronous. Sending through `async_to_sync` would give each call an event loop and a connection of its
own; here a hint is one PUBLISH on the process's own connection, in the form that the layer's receivers expect.

Redis keeps nothing for a subscriber that is not connected. After a restart of Redis, or of the line to it, each socket
is told that it may have missed hints (`RESUBSCRIBED`), once its groups are heard again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer, RedisSingleShardConnection
from channels_redis.utils import _wrap_close as close_with
from channels_redis.utils import decode_hosts
from redis.client import Pipeline

from freshness import stamps
from freshness.clients import sync_client
from freshness.stamps import Topic

logger = logging.getLogger(__name__)

RESUBSCRIBED = "layer.resubscribed"
# How long a look for messages waits, and how long after one that failed the next follows.
_LOOK_S, _PAUSE_S = 1.0, 0.3
_CONFIRMED_WITHIN_S = 10.0


class Layer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    """The layer of the desk: drops nothing that a process has received, whatever its consumers are busy with."""

    def publish_in(self, pipeline: Pipeline, group: str, message: Mapping[str, Any]) -> None:
        """Let this pipeline, in a thread, send to a group."""
        pipeline.publish(f"{self._kwargs['prefix']}__group__{group}", self.serialize(message))

    def _get_layer(self) -> _LoopLayer:
        """As the library does, with our own connections."""
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

    def tell_resubscribed(self, channel: str) -> None:
        self.channels[channel].put_nowait(self.channel_layer.serialize({"type": RESUBSCRIBED}))


class _Connection(RedisSingleShardConnection):  # type: ignore[misc]
    """The connection on which one event loop listens.

    A subscription is made when Redis has confirmed it: what is read from the database afterwards, and the hints that
    come, leave nothing out. The library connects again by itself and subscribes to all names with one silent command;
    a name that is confirmed for the second time was away.
    """

    def __init__(self, host: Mapping[str, Any], channel_layer: _LoopLayer) -> None:
        super().__init__(host, channel_layer)
        self._confirmed: set[str] = set()
        self._awaited: dict[str, asyncio.Event] = {}

    async def subscribe(self, channel: str) -> None:
        """Raises TimeoutError where Redis does not confirm it."""
        await super().subscribe(channel)
        if channel not in self._confirmed:
            async with asyncio.timeout(_CONFIRMED_WITHIN_S):
                await self._awaited.setdefault(channel, asyncio.Event()).wait()

    async def unsubscribe(self, channel: str) -> None:
        """While Redis is away it is left subscribed: it will send what nobody here takes, which harms nobody."""
        self._confirmed.discard(channel)
        try:
            await super().unsubscribe(channel)
        # redis-py raises AttributeError where another task has closed the connection in between.
        except (redis.RedisError, AttributeError) as error:
            logger.warning("left without Redis", extra={"channel": channel, "reason": type(error).__name__})

    async def _do_receiving(self) -> None:
        while True:
            try:
                if self._pubsub and self._pubsub.subscribed:
                    self._take(await self._pubsub.get_message(timeout=_LOOK_S))
                else:
                    await asyncio.sleep(0.1)
            except (redis.RedisError, OSError) as error:
                logger.warning("no hints come from Redis", extra={"reason": type(error).__name__})
                await asyncio.sleep(_PAUSE_S)

    def _take(self, message: Mapping[str, Any] | None) -> None:
        if message is None:
            return
        if message["type"] == "message":
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
            self.channel_layer.tell_resubscribed(name)


def tell(group: str, message: Mapping[str, Any]) -> None:
    """Send a hint to a group now. One that Redis does not take is lost: whoever waits for it catches up by number."""
    touch_and_tell((), [(group, message)])


def touch_and_tell(topics: Collection[Topic], hints: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Replace the stamps of `topics` now, then send these hints to their groups: one trip to Redis for all.

    The stamps first: who acts on a hint must not find a copy that still counts as current.
    """
    layer, pipeline = get_channel_layer(), sync_client().pipeline(transaction=False)
    stamps.replace_in(pipeline, topics)
    for group, message in hints:
        layer.publish_in(pipeline, group, message)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        if stamps.desk_is_stopped():
            return  # no desk is open that could be told
        about = {"groups": [group for group, _ in hints], "reason": type(error).__name__}
        logger.warning("hints were lost", extra=about)
        if topics:
            stamps.owe(topics, error)
