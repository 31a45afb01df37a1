"""The vendor's own OpenAPI files against a running desk, by schemathesis: a minute for each.

The files are not part of this repository. They are looked for in CONTRACT_DIR, else beside the checkout in
`shared/contract/openapi`; where they are not, the test says so and is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.throwaway import ROOT, Desk, throwaway_desk

CONTRACT = Path(os.environ.get("CONTRACT_DIR") or ROOT.parent / "shared" / "contract" / "openapi")
SECONDS = int(os.environ.get("CONTRACT_SECONDS", "60"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)

pytestmark = [
    pytest.mark.blackbox,
    pytest.mark.skipif(not CONTRACT.is_dir(), reason=f"no contract files in {CONTRACT}"),
]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with throwaway_desk() as desk:
        desk.manage("create_company", "acme", "--name", "Acme")
        desk.start()
        yield desk


@pytest.fixture(scope="module")
def config(desk: Desk) -> Path:
    """Key headers, and ids of rows that exist, so that every operation can succeed."""
    keys = desk.credential("acme")
    person = {"externalId": "671", "name": "Robin"}
    conversation = desk.call(
        "/conversation/v1/conversations",
        {"externalId": "c", "agent": person, "customer": person, "timestamp": "2021-11-23T12:13:14.55Z"},
        keys,
    )["id"]
    message = {"text": "Hi", "sender": {"role": "agent", "externalId": "671"}, "timestamp": "2021-11-23T12:13:15Z"}
    customs = "/autocompose/v1/responses/customs"
    parameters = {
        "path.conversationId": conversation,
        "path.messageId": desk.call(f"/conversation/v1/conversations/{conversation}/messages", message, keys)["id"],
        "path.responseId": desk.call(f"{customs}/response?agentId=671", {"text": "a", "title": "b"}, keys)["id"],
        "path.folderId": desk.call(f"{customs}/folder?agentId=671", {"name": "a"}, keys)["id"],
        "query.agentId": "671",
    }
    file = desk.folder / "schemathesis.toml"
    lines = ["headers = { " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in keys.items()) + " }"]
    lines += ["[parameters]", *(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in parameters.items())]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def operations(spec: Path) -> set[tuple[str, str]]:
    paths = yaml.safe_load(spec.read_text(encoding="utf-8"))["paths"]
    return {
        (method.upper(), path)
        for path, item in paths.items()
        for method in item
        if method in {"get", "post", "put", "delete", "patch"}
    }


def statuses(har: Path, spec: Path) -> dict[tuple[str, str], set[int]]:
    """The statuses that each operation of the spec answered, from the recorded traffic."""
    answered: dict[tuple[str, str], set[int]] = defaultdict(set)
    templates = sorted((path for _, path in operations(spec)), key=lambda path: path.count("{"))
    for entry in json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]:
        path = entry["request"]["url"].split("?")[0].split("/", 3)[-1]
        for template in templates:
            parts, pieces = template.strip("/").split("/"), path.strip("/").split("/")
            if len(parts) == len(pieces) and all(a == b or a[0] == "{" for a, b in zip(parts, pieces, strict=True)):
                answered[entry["request"]["method"], template].add(entry["response"]["status"])
                break
    return answered


@pytest.mark.parametrize(
    ("name", "seconds"), [("autocompose", SECONDS), ("conversations", SECONDS), ("healthcheck", SECONDS // 6)]
)
def test_it_keeps_the_contract(desk: Desk, config: Path, name: str, seconds: int, tmp_path: Path) -> None:
    spec = CONTRACT / f"asapp-{name}-openapi.yml"
    har = tmp_path / "traffic.har"
    command: list[Any] = [
        Path(sys.executable).parent / "schemathesis", "--config-file", config, "run", spec, "--url", desk.url,
        "--checks", ",".join(CHECKS), "--max-time", seconds, "--report-har-path", har, "--no-color",
    ]  # fmt: skip
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=seconds * 3 + 60)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    answered = statuses(har, spec)
    without_success = {
        operation for operation in operations(spec) if not any(200 <= status < 300 for status in answered[operation])
    }
    assert not without_success
