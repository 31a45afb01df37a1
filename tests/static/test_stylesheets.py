"""The stylesheets say everything once, and nothing about what is not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
# A template or a script fills in the last word of these.
FILLED_IN = ("banner--", "dot--", "message--", "notice--", "status--")
# Made by Django's forms, and of parts by `desk/ghost_text.js`.
MADE_ELSEWHERE = {"errorlist", "composer__corrected", "composer__blocked"}

Rule = tuple[str, str, tuple[str, ...]]  # media, one selector, declarations


def rules_of(text: str, media: str = "") -> Iterator[Rule]:
    position = 0
    while (start := text.find("{", position)) >= 0:
        selectors = re.sub(r"@import[^;]*;", "", text[position:start]).strip()
        end, depth = start + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        body = text[start + 1 : end - 1]
        if selectors.startswith(("@media", "@container")):
            yield from rules_of(body, f"{media} {selectors}".strip())
        elif not selectors.startswith("@"):
            declarations = tuple(" ".join(one.split()) for one in body.split(";") if one.strip())
            for selector in re.split(r",(?![^(]*\))", selectors):
                yield media, " ".join(selector.split()), declarations
        position = end


def rules(path: Path) -> list[Rule]:
    return list(rules_of(re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)))


def test_no_declaration_is_made_twice_for_a_selector() -> None:
    """Neither in one sheet nor in two: a state of an element may have another value, not the same one again."""
    made = Counter(
        (media, selector, declaration)
        for path in SHEETS
        for media, selector, declarations in rules(path)
        for declaration in declarations
    )
    assert [key for key, count in made.items() if count > 1] == []


def test_every_class_is_used() -> None:
    folders = ["templates", "static/js", *(path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file())]
    used = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in folders
        if folder != "tests"
        for suffix in ("html", "js", "py")
        for path in (ROOT / folder).rglob(f"*.{suffix}")
    )
    words = set(re.findall(r"[A-Za-z][\w-]*", used)) | MADE_ELSEWHERE
    classes = {
        name
        for path in SHEETS
        for _media, selector, _declarations in rules(path)
        for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
    }
    assert sorted(name for name in classes - words if not name.startswith(FILLED_IN)) == []
