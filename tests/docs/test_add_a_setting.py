"""docs/how-to/add-a-company-setting.md, followed in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.throwaway import ROOT

PAGE = ROOT / "docs/how-to/add-a-company-setting.md"
KEPT_OUT = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "__pycache__", ".*_cache")
TEST = "tests/composer/test_late_answer.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    shutil.copytree(ROOT, folder, ignore=KEPT_OUT)
    return folder


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, on SQLite and its own Redis server."""
    knobs = ("DATABASE_URL", "REDIS_URL", "REDIS_PREFIX", "DATA_DIR", "DJANGO_SETTINGS_MODULE")
    inherited = {
        name: value for name, value in os.environ.items() if name not in knobs and not name.startswith("PYTEST_")
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**inherited, "DATA_DIR": str(folder / "var")},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_example_is_one_declaration_and_its_test_passes(copy: Path) -> None:
    declaration, imports, example_test = blocks("python")
    [use] = blocks("text")
    declarations = copy / "assignments/setting_declarations.py"
    declarations.write_text(declarations.read_text(encoding="utf-8") + declaration, encoding="utf-8")
    views = copy / "composer/desk/pages/desk_views.py"
    text, count = re.subn(r'^ +"too_long_s": .*\n', use, views.read_text(encoding="utf-8"), flags=re.M)
    assert count == 1, "the line that the page names"
    views.write_text(text.replace("\nfrom accounts.actors", f"\n{imports}from accounts.actors", 1), encoding="utf-8")
    (copy / TEST).write_text(example_test, encoding="utf-8")
    tested = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    checked = run(copy, "manage.py", "makemigrations", "--check", "--dry-run")
    assert checked.returncode == 0, checked.stdout + checked.stderr
