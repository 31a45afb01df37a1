"""What every test stands on: a Redis server, an empty one for each test, and a browser where one is asked for."""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from pytest_django import DjangoDbBlocker

# The same examples in every run, so that a red test has its cause in the change that it stands on. Look for new
# ones with `./desk test --hypothesis-profile search`.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("search", max_examples=5_000, deadline=None)
hypothesis.settings.load_profile("steady")

ROOT = Path(__file__).parent
# The shell is the same browser without a window to draw, and a fifth faster for it.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_browser() -> str | None:
    """The path of Chromium or Chrome, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


# Rooms whose rules lie in the database or in Redis: locks, constraints, order of writes, versions.
ENGINE_ROOMS = {"assignments", "caching", "conversations"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in which the database or Redis has a part beyond holding rows.

    These are the tests of ENGINE_ROOMS and, elsewhere, those with real commits: sockets, workers, several processes.
    Everything else runs on one engine; in the browser tests every page and API call meets PostgreSQL.
    """
    for item in items:
        room = item.path.relative_to(ROOT).parts[0]
        mark = item.get_closest_marker("django_db")
        commits = mark is not None and bool(mark.kwargs.get("transaction"))
        if (room in ENGINE_ROOMS or commits) and item.get_closest_marker("one_engine") is None:
            item.add_marker("both_engines")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Browser tests need a browser: without one they are skipped, or fail where REQUIRE_BROWSER=1 says so."""
    if item.get_closest_marker("browser") is None or find_browser():
        return
    missing = "no Chromium on the PATH (Debian and Ubuntu: apt install chromium)"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def pytest_unconfigure() -> None:
    """Remove the folder that `tests.settings` made."""
    folder = Path(os.environ.get("DATA_DIR", ""))
    if folder.name.startswith("desk-tests-"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> Iterator[None]:
    """PostgreSQL empties tables of a few rows by DELETE in 10 ms; Django's TRUNCATE of all takes a second and more."""
    from django.db import connection

    with pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "postgresql":
            patch.setattr(type(connection.ops), "sql_flush", _deletes)
        yield


def _deletes(operations: Any, _: object, tables: list[str], *, reset_sequences: bool, allow_cascade: bool) -> list[str]:
    assert not reset_sequences
    assert not allow_cascade
    # Foreign keys are checked at the end of the transaction, when all rows are gone.
    return [f"DELETE FROM {operations.quote_name(table)}" for table in tables]  # noqa: S608


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Where the browser is; for tests marked `browser`."""
    path = find_browser()
    assert path is not None, "mark the test with pytest.mark.browser"
    return path


@pytest.fixture(scope="session", autouse=True)
def redis_server() -> Iterator[None]:
    """The server behind settings.REDIS_URL: one of the run's own, unless REDIS_URL names one."""
    from django.conf import settings

    from asapp_site.supervisor.tied import tie
    from caching import embedded
    from caching.clients import sync_client

    if not settings.REDIS_IS_EMBEDDED:
        try:
            sync_client().ping()
        except redis.RedisError as error:
            pytest.exit(f"REDIS_URL: the server does not answer ({error})", returncode=3)
        yield
        _forget_everything()
        sync_client().close()
        return
    process = embedded.start(settings.DATA_DIR, keep=False, before_exec=tie(signal.SIGTERM))
    yield
    sync_client().close()
    process.terminate()
    process.wait()


@pytest.fixture(autouse=True)
def empty_redis(redis_server: None) -> None:  # noqa: ARG001 the server must be there first
    """Each test begins with nothing in Redis."""
    _forget_everything()


class OwnRedis:
    """A Redis server that one test may stop and start: it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        from caching import embedded

        self._process = embedded.start(self._folder, keep=False)

    def stop(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def own_redis(settings: Any, tmp_path: Path, redis_server: None) -> Iterator[OwnRedis]:  # noqa: ARG001 it comes first
    """The test's own server, running; all clients and the channel layer of this process use it."""
    from caching import embedded
    from caching.clients import sync_client

    server = OwnRedis(tmp_path)
    server.start()
    sync_client.cache_clear()
    settings.REDIS_URL = f"unix://{embedded.socket_path(tmp_path)}?db=0"
    layer = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": {**layer["CONFIG"], "hosts": [settings.REDIS_URL]}}}
    yield server
    sync_client().close()
    sync_client.cache_clear()
    server.stop()


@pytest.fixture(autouse=True)
def no_engines() -> None:
    """No test is served by an engine of an earlier one: companies have the same numbers in many."""
    from caching.cache import forget_all
    from composer.suggestions import engines

    forget_all()
    engines.engine_cache.clear()


@pytest.fixture(autouse=True)
def given_back(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads give their connections back in tests of sockets with a database as well.

    Channels' communicator keeps them open, for the sake of tests that run in one transaction. Here none does, and the
    connection of a thread that ends would be found open by whatever test comes then.
    """
    from channels.testing import application
    from django.db import close_old_connections

    if request.node.get_closest_marker("django_db") is not None:
        monkeypatch.setattr(application, "no_op", close_old_connections)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The test database, free to be dropped at the end: connections of threads that tests made may be left."""
    from django.db import connection

    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def closed_clients(request: pytest.FixtureRequest) -> None:
    """An async test's loop ends with the test; its Redis connections must not outlive it."""
    if isinstance(request.node, pytest.Function) and inspect.iscoroutinefunction(request.node.obj):
        request.getfixturevalue("async_client_closed")


@pytest.fixture
async def async_client_closed() -> AsyncIterator[None]:
    from caching import clients

    yield
    client = clients._by_loop.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


def _forget_everything() -> None:
    """Remove this run's keys; others may keep theirs on the same server."""
    from django.conf import settings

    from caching.clients import sync_client

    client = sync_client()
    if settings.REDIS_IS_EMBEDDED:
        client.flushdb()
        return
    keys = list(client.scan_iter(match=f"{settings.REDIS_PREFIX}*", count=1000))
    if keys:
        client.unlink(*keys)
