"""What the documentation names exists: links, headings, paths, and what its examples import."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.throwaway import ROOT

SKIPPED = {"var", "node_modules", "__pycache__"}
SUFFIXES = (".py", ".md", ".js", ".css", ".html", ".txt", ".csv", ".json", ".lock", ".png")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


@cache
def files() -> tuple[str, ...]:
    """Return all files and folders of the repository, folders with a slash at their end."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in SKIPPED and (name == ".ci" or not name.startswith("."))]
        inside = Path(folder).relative_to(ROOT).as_posix()
        start = "" if inside == "." else f"{inside}/"
        found += [f"{start}{name}" for name in names] + [f"{start}{name}/" for name in folders]
    return tuple(found)


PAGES = [name for name in files() if name.endswith(".md")]


def prose(page: str) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))


@cache
def anchors(page: str) -> frozenset[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = ((ROOT / page).parent / target).resolve() if target else ROOT / page
        assert file.exists(), link
        if anchor:
            assert anchor in anchors(file.relative_to(ROOT).as_posix()), link


@pytest.mark.parametrize("page", PAGES)
def test_paths_exist(page: str) -> None:
    """A path may be given from the root or from any folder. A page may name a file that it tells to write."""
    text = prose(page)
    folders = {name for name in files() if name.endswith("/") and name.count("/") == 1}
    written = set(re.findall(r"Write\s+`([^`]+)`", text))
    for path in re.findall(r"`([^`\s<>*{}…()=]+/[^`\s<>*{}…()=]*)`", text):
        if path.startswith(("/", "#")) or ":" in path or path in written:  # "#" begins a name of the import map
            continue
        if path.endswith(SUFFIXES) or any(path.startswith(folder) for folder in folders):
            end = "/" + path.replace("../", "").removeprefix("./").rstrip("/")
            assert any(f"/{name}".rstrip("/").endswith(end) for name in files()), path


@cache
def names_of(module: str) -> frozenset[str]:
    """Return what a module of the repository defines or imports at its top level, and its submodules."""
    folder = ROOT / module.replace(".", "/")
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    assert file.exists(), module
    found = {path.stem for path in folder.iterdir()} if folder.is_dir() else set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)


@pytest.mark.parametrize("page", [page for page in PAGES if "```python" in (ROOT / page).read_text(encoding="utf-8")])
def test_examples_import_what_exists(page: str) -> None:
    """A name that the page itself defines may be imported, too."""
    text = (ROOT / page).read_text(encoding="utf-8")
    own = set(re.findall(r"^(?:def |class )?(\w+)(?: = |[(:])", text, re.M))
    for language, code in FENCE.findall(text):
        if language != "python":
            continue
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module and (ROOT / node.module.split(".")[0]).is_dir():
                wanted = {alias.name for alias in node.names} - own
                assert not wanted or wanted <= names_of(node.module), f"{node.module}: {wanted}"
