"""Only the owner can read what the desk writes, even in an open folder and with any umask of the shell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.site.desk_process import ROOT, environment, free_port


@pytest.mark.parametrize("is_there", [True, False], ids=["open folder", "no folder"])
def test_files_of_a_command_are_private(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "var"
    if is_there:
        folder.mkdir()
        folder.chmod(0o755)
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "accounts"],
        env=environment(folder, free_port()),
        check=True,
        capture_output=True,
        umask=0,
    )
    names = {path.name for path in folder.iterdir()}
    assert names >= {"desk.sqlite3", "secret_key"}
    assert [path.name for path in folder.rglob("*") if path.stat().st_mode & 0o077] == []
    assert is_there or not folder.stat().st_mode & 0o077
