"""The unit tests of the browser's modules, which run in Node: `node --test tests/js`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


def test_the_browser_modules() -> None:
    """Without Node it is skipped, or fails where REQUIRE_NODE=1 says so."""
    node = shutil.which("node")
    if node is None:
        missing = "no Node on the PATH (Debian and Ubuntu: apt install nodejs)"
        if os.environ.get("REQUIRE_NODE") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    # Node takes the names of files in every version; what it makes of a folder has changed with them.
    tests = sorted(str(path) for path in FOLDER.glob("*.test.mjs"))
    assert tests
    run = subprocess.run([node, "--test", *tests], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
