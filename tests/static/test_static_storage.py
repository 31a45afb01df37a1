"""What `collectstatic` makes of the sources: hashed names, joined stylesheets, scripts without comments."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from asapp_site.static_storage import DeskStaticFilesStorage

SCRIPT = """// What it does.

import { a } from "#lib/a.js";

// Why.
export const b = a; // not for the browser
const url = "https://example.com"; // nor this
  // Indented.
"""


@pytest.fixture
def storage(tmp_path: Path) -> DeskStaticFilesStorage:
    sources = tmp_path / "sources"
    for name, text in {
        "js/desk/b.js": SCRIPT,
        "vendor/lib.js": "// A licence.\nx();\n",
        "css/one.css": "/* Why. */\n.one {\n  color: red;\n}\n",
        "css/two.css": ".two {\n  color: blue; /* so */\n}\n",
        "css/all_page.css": '@import url("one.css");\n@import url("two.css");\n',
    }.items():
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    collected = DeskStaticFilesStorage(location=tmp_path / "collected", base_url="/static/")
    found = FileSystemStorage(location=sources)
    paths = {}
    for path in sorted(sources.rglob("*.*")):
        name = path.relative_to(sources).as_posix()
        with found.open(name) as file:
            collected.save(name, file)
        paths[name] = (found, name)
    for _name, _hashed, processed in collected.post_process(paths):
        assert not isinstance(processed, Exception), processed
    return collected


def text_of(storage: DeskStaticFilesStorage, name: str) -> str:
    with storage.open(storage.stored_name(name)) as file:
        return bytes(file.read()).decode()


def test_scripts_lose_their_lines_of_comment_and_nothing_else(storage: DeskStaticFilesStorage) -> None:
    assert text_of(storage, "js/desk/b.js") == (
        '\nimport { a } from "#lib/a.js";\n\nexport const b = a; // not for the browser\n'
        'const url = "https://example.com"; // nor this\n'
    )


def test_what_others_wrote_stays_as_it_is(storage: DeskStaticFilesStorage) -> None:
    assert text_of(storage, "vendor/lib.js") == "// A licence.\nx();\n"


def test_a_page_gets_one_stylesheet(storage: DeskStaticFilesStorage) -> None:
    assert text_of(storage, "css/all_page.css") == ".one {\n  color: red;\n}\n\n.two {\n  color: blue; }\n\n"


def test_names_are_made_of_the_content(storage: DeskStaticFilesStorage) -> None:
    names = {storage.stored_name(name) for name in ("js/desk/b.js", "css/all_page.css", "vendor/lib.js")}
    assert all(len(name.split(".")) == 3 for name in names), names
