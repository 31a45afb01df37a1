"""The same code on PostgreSQL and a shared Redis, with several web processes behind one port.

Runs where DATABASE_URL and REDIS_URL are set, as the second half of `.ci/run` sets them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.site.desk_process import DeskProcess, command_line, still_running

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")

pytestmark = pytest.mark.skipif(
    not (DATABASE_URL.startswith("postgres") and REDIS_URL), reason="DATABASE_URL and REDIS_URL name no servers"
)


@pytest.fixture
def database_url() -> Iterator[str]:
    """A new database on the same server."""
    name = f"desk_up_{secrets.token_hex(4)}"
    with psycopg.connect(DATABASE_URL, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlsplit(DATABASE_URL)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_several_web_processes_share_the_port(tmp_path: Path, database_url: str) -> None:
    knobs = {"DATABASE_URL": database_url, "REDIS_URL": REDIS_URL, "WEB_PROCESSES": "2"}
    with DeskProcess(tmp_path / "var", "--no-demo", **knobs) as desk:
        desk.wait_until_ready()
        children = desk.children()
        words = [command_line(child) for child in children]
        assert sum("asapp_site.web" in each for each in words) == 2
        assert not any("redis-server" in each for each in words)
        desk.child("asapp_site.web").kill()
        assert desk.status() == 200, "the other one serves"
        assert not (tmp_path / "var" / "desk.sqlite3").exists()
        assert desk.stop() == 0
        assert still_running(children) == []
