"""Static files of the web process, which are read in the thread of the request."""

from __future__ import annotations

from pathlib import Path

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from asapp_site.handler import SyncChainHandler


@pytest.mark.django_db(transaction=True)
async def test_a_static_file_is_sent_whole_and_without_a_warning() -> None:
    path = "/static/css/base.css"  # longer than one chunk
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path, "query_string": b"",
             "headers": [(b"host", b"localhost")]}  # fmt: skip
    application = ApplicationCommunicator(SyncChainHandler(), scope)
    await application.send_input({"type": "http.request", "body": b""})
    assert (await application.receive_output(timeout=5))["status"] == 200
    body, more = b"", True
    while more:
        part = await application.receive_output(timeout=5)
        body, more = body + part.get("body", b""), part.get("more_body", False)
    assert body == (Path(settings.BASE_DIR) / "static" / "css" / "base.css").read_bytes()
    await application.wait()
