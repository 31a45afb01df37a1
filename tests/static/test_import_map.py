"""Modules import each other by bare names, which the import map of the page resolves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import Client, RequestFactory

from tests.widget.conftest import company_with, start

SCRIPTS = Path(settings.BASE_DIR, "static/js")
IMPORTED = re.compile(r"""(?:\bfrom |\bimport |\bimport\()["']([^"']+)["']""")
MAP = re.compile(r'<script type="importmap" nonce="([^"]+)">(.+?)</script>')


def sources() -> list[Path]:
    return sorted(SCRIPTS.rglob("*.js"))


def render(*folders: str) -> dict[str, str]:
    request = RequestFactory().get("/")
    request.csp_nonce = "abc"  # type: ignore[attr-defined]
    names = " ".join(f'"{folder}"' for folder in folders)
    html = Template(f"{{% load import_map %}}{{% import_map {names} %}}").render(Context({"request": request}))
    nonce, text = MAP.findall(html)[0]
    assert nonce == "abc"
    imports: dict[str, str] = json.loads(text)["imports"]
    return imports


def test_every_import_is_a_bare_name_of_a_file_that_is_there() -> None:
    for path in sources():
        for name in IMPORTED.findall(path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"#(lib|desk|chat)/\w+\.js", name), (path.name, name)
            assert (SCRIPTS / name.removeprefix("#")).is_file(), (path.name, name)


def test_what_both_pages_share_needs_no_module_of_either() -> None:
    for path in sources():
        folder = path.parent.name
        others = {"lib": "desk|chat", "desk": "chat", "chat": "desk"}.get(folder)
        if others:
            assert not re.search(rf'"#({others})/', path.read_text(encoding="utf-8")), path.name


def test_it_names_every_module_of_its_folders() -> None:
    imports = render("lib", "chat")
    assert imports["#lib/text.js"] == "/static/js/lib/text.js"
    assert set(imports) == {
        f"#{path.parent.name}/{path.name}" for path in sources() if path.parent.name in ("lib", "chat")
    }


def test_node_resolves_the_same_names() -> None:
    imports = json.loads(Path(settings.BASE_DIR, "package.json").read_text("utf-8"))["imports"]
    assert imports == {f"#{name}/*": f"./static/js/{name}/*" for name in ("lib", "desk", "chat")}


@pytest.mark.django_db
def test_its_nonce_is_the_one_of_the_policy_and_new_in_each_response(client: Client) -> None:
    start(company_with("billing"), client)
    nonces = []
    for _ in range(2):
        page = client.get("/chat/acme")
        [(nonce, _map)] = MAP.findall(page.content.decode())
        assert f"script-src 'self' 'nonce-{nonce}'" in page["Content-Security-Policy"]
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


@pytest.mark.django_db
def test_a_page_without_modules_has_neither_map_nor_nonce(client: Client) -> None:
    page = client.get("/sign-in")
    assert "importmap" not in page.content.decode()
    assert "nonce" not in page["Content-Security-Policy"]
