"""The server that browser tests of the desk stand on."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.request

import psutil
import pytest

from accounts.models import User
from tests.composer.conftest import hire
from tests.e2e.desk_server import DeskServer
from tests.factories import make_company

pytestmark = pytest.mark.django_db(transaction=True)


def status(server: DeskServer, path: str = "/healthz") -> int:
    with urllib.request.urlopen(f"{server.url}{path}", timeout=30) as answer:
        return int(answer.status)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_can_be_stopped_and_started_again_on_its_port(desk_server: DeskServer, number: signal.Signals) -> None:
    first = desk_server.pid
    assert status(desk_server) == 200
    desk_server.stop(number)
    assert not psutil.pid_exists(first)
    with pytest.raises(urllib.error.URLError, match="refused"):
        status(desk_server)
    desk_server.start()
    assert desk_server.pid != first
    assert status(desk_server) == 200


def test_it_serves_the_rows_and_sessions_of_the_test(desk_server: DeskServer) -> None:
    from django.test import Client

    maya: User = hire(make_company(), "maya", full_name="Maya Byrne")
    client = Client()
    client.force_login(maya)
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    request = urllib.request.Request(f"{desk_server.url}/desk", headers={"Cookie": cookie})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert 'data-agent="maya"' in answer.read().decode()


def test_a_process_killed_by_the_test_itself_is_collected(desk_server: DeskServer) -> None:
    pid = desk_server.pid
    os.kill(pid, signal.SIGKILL)
    desk_server.stop()
    assert not psutil.pid_exists(pid)
    desk_server.start()
    assert status(desk_server) == 200
