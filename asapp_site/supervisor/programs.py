"""The desk's children: web processes, Celery worker, Celery beat, and the embedded Redis server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence

from django.conf import settings

from asapp_site.supervisor.children import Child
from asapp_site.supervisor.tied import tie
from caching import embedded

# Time for a request or a task to finish. An interrupted task is run again (CELERY_TASK_ACKS_LATE).
_WEB_PATIENCE_S = 10.0
_WORKER_PATIENCE_S = 20.0
_REDIS_PATIENCE_S = 10.0
# A client that sends or reads nothing for this time is disconnected.
_HTTP_TIMEOUT_S = 60
# Browsers answer the pings of the WebSocket protocol by themselves, also for hidden pages. A browser that does not
# answer is gone: its socket closes after PING_INTERVAL_S + PING_TIMEOUT_S and at most two more seconds, within 40 s.
PING_INTERVAL_S, PING_TIMEOUT_S = 15, 20

_ABOVE = "See its messages above."


def redis_child() -> Child:
    """Return the embedded Redis server. All other children need it, so it starts first and stops last."""
    return Child(
        "redis",
        lambda: embedded.start(settings.DATA_DIR, before_exec=tie(signal.SIGTERM)),
        patience_s=_REDIS_PATIENCE_S,
        where_to_look=f"See {settings.DATA_DIR / 'redis' / 'redis.log'}.",
    )


def desk_children(listener: socket.socket) -> list[Child]:
    """Return the web processes, which listen on `listener`, the worker and beat."""
    count = settings.WEB_PROCESSES
    names = ["web"] if count == 1 else [f"web {number}" for number in range(1, count + 1)]
    return [
        *(_child(name, web_command(listener), listener=listener) for name in names),
        _child("worker", _worker_command(), patience_s=_WORKER_PATIENCE_S, death_signal=signal.SIGQUIT),
        _child("beat", _beat_command()),
    ]


def _child(
    name: str,
    command: Sequence[str],
    *,
    patience_s: float = _WEB_PATIENCE_S,
    death_signal: signal.Signals = signal.SIGTERM,
    listener: socket.socket | None = None,
) -> Child:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            env=_environment(),
            start_new_session=True,
            preexec_fn=tie(death_signal),
            pass_fds=[listener.fileno()] if listener else [],
        )

    return Child(name, launch, patience_s=patience_s, where_to_look=_ABOVE)


def _environment() -> Mapping[str, str]:
    """Return the parent's environment, so that a child finds the same code and the same settings."""
    paths = [str(settings.BASE_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def web_command(listener: socket.socket) -> list[str]:
    """Return the command of a web process."""
    # Not Daphne's --proxy-headers: it takes the first address, which the client can make up. See asapp_site.proxy.
    return [sys.executable, "-m", "asapp_site.web", "--fd", str(listener.fileno()), "--verbosity", "0",
            "--no-server-name", "--http-timeout", str(_HTTP_TIMEOUT_S),
            "--ping-interval", str(PING_INTERVAL_S), "--ping-timeout", str(PING_TIMEOUT_S),
            "asapp_site.asgi:application"]  # fmt: skip


def _worker_command() -> list[str]:
    # The warning about root is about brokers to which strangers can write pickles; ours carries JSON. Nobody listens to
    # heartbeats, and sending one to a broker that is gone can keep a worker from ending.
    return [sys.executable, "-W", "ignore:You're running the worker with superuser privileges",
            "-m", "celery", "--quiet", "--app", "asapp_site.celery", "worker", "--pool", "prefork",
            "--concurrency", str(settings.WORKER_PROCESSES), "--loglevel", "WARNING",
            "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip


def _beat_command() -> list[str]:
    return [sys.executable, "-m", "celery", "--quiet", "--app", "asapp_site.celery", "beat",
            "--schedule", str(settings.DATA_DIR / "run" / "celerybeat-schedule"), "--pidfile", "",
            "--loglevel", "WARNING"]  # fmt: skip
