"""Channels' pub/sub layer, to which code without an event loop can send as well.

Services are synchronous. Sending through `async_to_sync` would give each call an event loop and a connection of its
own; here a hint is one PUBLISH on the process's own connection, in the form that the layer's receivers expect.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import redis
from channels.layers import get_channel_layer
from channels_redis.pubsub import RedisPubSubChannelLayer

from freshness.clients import sync_client

logger = logging.getLogger(__name__)


class Layer(RedisPubSubChannelLayer):  # type: ignore[misc] # channels_redis has no types
    """The layer of the desk: drops nothing that a process has received, whatever its consumers are busy with."""

    def publish(self, group: str, message: Mapping[str, Any]) -> None:
        """Send to a group from a thread. Raises `redis.RedisError`."""
        channel = f"{self._kwargs['prefix']}__group__{group}"
        sync_client().publish(channel, self.serialize(message))


def tell(group: str, message: Mapping[str, Any]) -> None:
    """Send a hint to a group now. One that Redis does not take is lost: whoever waits for it catches up by number."""
    layer = get_channel_layer()
    try:
        layer.publish(group, message)
    except redis.RedisError as error:
        logger.warning("a hint was lost", extra={"group": group, "reason": type(error).__name__})
