"""Channels' pub/sub layer, extended: threads without an event loop can send to it, and it reports lost connections.

Services are synchronous. Sending through `async_to_sync` would give each call an event loop and a connection of its
own; here a hint is one PUBLISH on the process's own connection, in the form that the layer's receivers expect.

Redis keeps nothing for a subscriber that is not connected. After a restart of Redis, or of the connection to it, each
socket receives `RESUBSCRIBED`, once its groups are subscribed again: it may have missed hints.
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

from caching import versions
from caching.clients import sync_client
from caching.versions import CacheKey

logger = logging.getLogger(__name__)

RESUBSCRIBED = "layer.resubscribed"
# How long one read waits for a message, and the pause after a read that failed.
_READ_TIMEOUT_S, _RETRY_PAUSE_S = 1.0, 0.3
_CONFIRM_TIMEOUT_S = 10.0


class Layer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    """The desk's layer. It drops nothing that a process has received, however busy its consumers are."""

    def publish_in(self, pipeline: Pipeline, group: str, message: Mapping[str, Any]) -> None:
        """Let this pipeline, in a thread, send to a group."""
        pipeline.publish(f"{self._kwargs['prefix']}__group__{group}", self.serialize(message))

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


def invalidate_and_send(keys: Collection[CacheKey], hints: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Replace the versions of `keys` now, then send these hints to their groups, in one trip to Redis.

    The versions come first: whoever acts on a hint must not find a cached value that still counts as current.
    """
    layer, pipeline = get_channel_layer(), sync_client().pipeline(transaction=False)
    versions.invalidate_in(pipeline, keys)
    for group, message in hints:
        layer.publish_in(pipeline, group, message)
    try:
        pipeline.execute()
    except redis.RedisError as error:
        if versions.is_desk_stopped():
            return  # no desk is open that could receive them
        groups = [group for group, _ in hints]
        logger.warning("hints were lost", extra={"groups": groups, "reason": type(error).__name__})
        if keys:
            versions.add_pending(keys, error)
