"""A lock: one training of an environment at a time, whether the timer, a command or a worker starts it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import redis
from redis.exceptions import LockError
from redis.lock import Lock

from caching.clients import key, sync_client
from caching.versions import is_desk_stopped
from conversations.selectors import Scope

logger = logging.getLogger(__name__)

# Seconds after which the lock of a killed process is free again. A training renews it four times as often.
LEASE_S = 60.0


class TrainingInProgressError(Exception):
    """This environment is being trained already."""


@contextmanager
def training_lock(scope: Scope) -> Iterator[None]:
    """Hold the environment's lock until the training ends. Raises TrainingInProgressError.

    While Redis is away there is no lock: two trainings may then do the same work, which does no harm.
    """
    lock = sync_client().lock(
        key("training", f"{scope.company_id}:{scope.environment}"), timeout=LEASE_S, thread_local=False
    )
    about = {"company": scope.company_id, "environment": scope.environment}
    if not _is_acquired(lock, about):
        yield
        return
    is_over = threading.Event()
    renewing = threading.Thread(target=_renew, args=(lock, is_over), name="training-lock", daemon=True)
    renewing.start()
    try:
        yield
    finally:
        is_over.set()
        renewing.join()
        try:
            lock.release()
        except (LockError, redis.RedisError) as error:
            logger.warning("a training outlived its lock", extra={**about, "reason": type(error).__name__})


def _is_acquired(lock: Lock, about: Mapping[str, object]) -> bool:
    """Acquire the lock. Return False while Redis is away. Raises TrainingInProgressError."""
    try:
        is_free = lock.acquire(blocking=False)
    except redis.RedisError as error:
        if not is_desk_stopped():
            logger.warning("a training has no lock", extra={**about, "reason": type(error).__name__})
        return False
    if not is_free:
        raise TrainingInProgressError
    return True


def _renew(lock: Lock, is_over: threading.Event) -> None:
    while not is_over.wait(LEASE_S / 4):
        try:
            lock.reacquire()
        except LockError:
            return  # Redis was restarted without its data: `training_lock` says so at the end
        except redis.RedisError as error:
            logger.info("a training's lock is not renewed yet", extra={"reason": type(error).__name__})
