"""Request bodies on their way through a real web process: too long, in chunks, malformed."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site.desk_process import DeskProcess

MIB = 1024 * 1024
PROFANITY = "/autocompose/v1/profanity/evaluation"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskProcess]:
    with DeskProcess(tmp_path_factory.mktemp("bodies") / "var", "--no-demo") as running:
        running.wait_until_ready()
        yield running


def post(desk: DeskProcess, path: str, body: Any, content_type: str = "application/json") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=30)
    try:
        connection.request("POST", path, body, {"content-type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def megabytes(count: int) -> Iterator[bytes]:
    """Send a body in chunks, without its length."""
    for _ in range(count):
        yield b"x" * MIB


def peak_memory(desk: DeskProcess) -> int:
    """Return the largest number of bytes that the web process has used."""
    status = Path(f"/proc/{desk.child('asapp_site.web').pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


@pytest.mark.parametrize("path", [PROFANITY, "/sign-in/"])
def test_a_body_over_the_limit_is_refused_and_not_stored(desk: DeskProcess, path: str) -> None:
    before = peak_memory(desk)
    status, answer = post(desk, path, b"x" * (80 * MIB))
    assert (status, json.loads(answer)["error"]["code"]) == (413, "413-01")
    assert peak_memory(desk) - before < 20 * MIB


def test_a_body_without_a_declared_length_is_refused_and_not_stored(desk: DeskProcess) -> None:
    before = peak_memory(desk)
    status, answer = post(desk, PROFANITY, megabytes(80))
    assert (status, json.loads(answer)["error"]["code"]) == (413, "413-01")
    assert peak_memory(desk) - before < 20 * MIB


def test_a_malformed_form_is_answered_by_the_api(desk: DeskProcess) -> None:
    status, answer = post(desk, PROFANITY, b"--nonsense", "multipart/form-data; boundary=x")
    assert (status, json.loads(answer)["error"]["code"]) == (401, "401-01")


def test_a_body_at_the_limit_is_accepted(desk: DeskProcess) -> None:
    status, answer = post(desk, PROFANITY, b" " * MIB)
    assert (status, json.loads(answer)["error"]["code"]) == (401, "401-01")
