"""/api/docs and /api/openapi.json: the API's documentation, without a CDN."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from tests.blackbox.test_contract import CONTRACT, operations


def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    assert "swagger-ui" in page.content.decode()
    assert not re.search(r"(src|href)=\"(https?:)?//", page.content.decode())
    policy = [directive.strip() for directive in page["Content-Security-Policy"].split(";")]
    assert "script-src 'self'" in policy
    assert "default-src 'none'" in policy


@pytest.fixture
def schema(client: Client) -> Any:
    return client.get("/api/openapi.json").json()


def test_every_operation_names_both_headers_and_the_envelope(schema: Any) -> None:
    described = [operation for item in schema["paths"].values() for operation in item.values()]
    assert len(described) == 18 + 9 + 1
    for operation in described:
        assert operation["security"] == [{"API-ID": [], "API-Secret": []}]
        assert operation["responses"]["400"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
        assert operation["summary"]


@pytest.mark.parametrize("name", ["autocompose", "conversations", "healthcheck"])
@pytest.mark.skipif(not CONTRACT.is_dir(), reason="no contract files")
def test_it_has_every_operation_of_the_contract(schema: Any, name: str) -> None:
    spec: Path = CONTRACT / f"asapp-{name}-openapi.yml"
    mine = {(method.upper(), path) for path, item in schema["paths"].items() for method in item}
    assert operations(spec) <= mine
    assert yaml.safe_load(spec.read_text(encoding="utf-8"))["openapi"]
