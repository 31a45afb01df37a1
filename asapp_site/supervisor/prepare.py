"""Prepares everything that the first child needs, step by step."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import django.core.checks
from django.conf import settings
from django.db import connections

from asapp_site.checks import DESK
from asapp_site.supervisor.children import Child
from asapp_site.supervisor.database import check_database, migrate, must_migrate
from asapp_site.supervisor.errors import StartError
from asapp_site.supervisor.files import allow_many_files
from asapp_site.supervisor.listener import listen
from asapp_site.supervisor.lock import only_desk_on
from asapp_site.supervisor.programs import redis_child
from asapp_site.supervisor.redis_check import check_redis
from asapp_site.supervisor.signals import Signals
from asapp_site.supervisor.static_files import collect_if_changed
from asapp_site.supervisor.welcome import Demo
from caching.embedded import EmbeddedRedisError

# How long the children of a killed desk may still use its port.
_MAX_PORT_WAIT_S = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Prerequisites:
    """What the children need. `services` are already started: the embedded Redis server, if there is one."""

    listener: socket.socket
    services: list[Child]
    demo: Demo | None


@contextmanager
def prepared(*, signals: Signals, with_demo: bool, say: Say) -> Iterator[Prerequisites]:
    """Lock the data folder, open the port, start Redis, and bring database and files up to date.

    Raises `StartError` if a step fails, and `StopRequested` if a stop signal comes meanwhile. The caller has to stop
    the services; if preparing fails, they are stopped here.
    """
    _refuse_bad_settings(say)
    os.umask(0o077)  # only this user may read conversations and keys, even in a folder that others can enter
    with ExitStack() as stack:
        was_killed = stack.enter_context(only_desk_on(settings.DATA_DIR))
        patience_s = _MAX_PORT_WAIT_S if was_killed else 0.0
        listener = stack.enter_context(listen(settings.HOST, settings.PORT, patience_s=patience_s))
        allow_many_files()
        services = _start_redis()
        try:
            demo = _prepare_data(signals=signals, with_demo=with_demo, say=say)
        except BaseException:
            for child in services:
                child.ask_to_stop()
                child.wait()
            raise
        yield Prerequisites(listener, services, demo)


def _refuse_bad_settings(say: Say) -> None:
    # The most serious first, because a refusal should print one line and nothing else.
    messages = django.core.checks.run_checks(tags=[DESK])
    for message in sorted(messages, key=lambda message: (-message.level, message.id or "")):
        line = f"{message.msg} {message.hint or ''} ({message.id})"
        if message.level >= django.core.checks.ERROR:
            raise StartError(line)
        say(f"Warning: {line}")


def _start_redis() -> list[Child]:
    if not settings.REDIS_IS_EMBEDDED:
        check_redis()
        return []
    child = redis_child()
    try:
        child.start()
    except EmbeddedRedisError as error:
        raise StartError(str(error)) from error
    return [child]


def _prepare_data(*, signals: Signals, with_demo: bool, say: Say) -> Demo | None:
    check_database()
    signals.raise_if_stopped()
    if must_migrate():
        say("Preparing the database …")
        migrate()
    signals.raise_if_stopped()
    demo = _load_demo() if with_demo else None
    signals.raise_if_stopped()
    collect_if_changed()
    connections.close_all()
    signals.raise_if_stopped()
    return demo


def _load_demo() -> Demo | None:
    # Imported here, because the demo company imports every app, which takes time that --no-demo saves.
    from demo.services import load_demo

    return load_demo(data_dir=settings.DATA_DIR)
