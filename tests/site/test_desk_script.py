"""The shell script `./desk`, with a Python that only records its arguments."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.site.desk_process import ROOT

# Enough of Python for the script: it is one of the right version, makes environments, installs and runs.
PYTHON = """\
#!/bin/sh
case "$*" in
*ensurepip*) [ ! -e "$FAKE/no-venv" ] ;;
-c*) ;;
*"venv --clear"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
*"pip install"*) sleep 0.2; echo "$*" >>"$FAKE/installed"; [ ! -e "$FAKE/no-network" ] ;;
*) echo "ran $*" ;;
esac
"""


class Tree:
    """A copy of the script with lock files, and a PATH with nothing else."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a clone"
        self.bin = folder / "bin"
        (self.root / "requirements").mkdir(parents=True)
        self.bin.mkdir()
        shutil.copy(ROOT / "desk", self.root)
        for name in ("base", "dev"):
            (self.root / "requirements" / f"{name}.lock").write_text(f"{name}==1\n")
        for tool in ("cat", "cksum", "cp", "dirname", "flock", "mkdir", "sh", "sleep"):
            installed = shutil.which(tool)
            assert installed, tool
            (self.bin / tool).symlink_to(installed)

    def add_python(self) -> None:
        python = self.bin / "python3.11"
        python.write_text(PYTHON)
        python.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "desk"), *arguments],
            env={"PATH": str(self.bin), "FAKE": str(self.bin)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=20)
        return process.returncode, out, err

    @property
    def installations(self) -> list[str]:
        log = self.bin / "installed"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_without_python_it_says_what_to_install(tree: Tree) -> None:
    code, out, err = tree.run("up")
    assert (code, out) == (1, "")
    assert err == (
        "desk: Python 3.11 is not installed. Install it, on Debian and Ubuntu: apt install python3.11 python3.11-venv\n"
    )


def test_without_the_venv_module_it_says_what_to_install(tree: Tree) -> None:
    tree.add_python()
    (tree.bin / "no-venv").touch()
    code, out, err = tree.run("up")
    assert (code, out) == (1, "")
    assert err == "desk: python3.11 has no venv module. Install it, on Debian and Ubuntu: apt install python3.11-venv\n"


def test_it_installs_once_from_the_lock_file_and_starts_the_command(tree: Tree) -> None:
    tree.add_python()
    code, out, err = tree.run("up", "--no-demo")
    assert (code, out) == (0, f"ran {tree.root}/manage.py up --no-demo\n")
    assert err.count("\n") == 1, "one line of progress"
    assert len(tree.installations) == 1
    assert "--require-hashes" in tree.installations[0]
    assert tree.installations[0].endswith("requirements/base.lock")
    assert tree.run("manage", "check", "--deploy") == (0, f"ran {tree.root}/manage.py check --deploy\n", "")
    assert len(tree.installations) == 1


def test_the_tests_have_a_lock_file_of_their_own_and_get_their_arguments(tree: Tree) -> None:
    tree.add_python()
    code, out, _ = tree.run("test", "tests/site", "-k", "two words")
    assert (code, out) == (0, "ran -m pytest tests/site -k two words\n")
    assert [line.rpartition("/")[2] for line in tree.installations] == ["dev.lock"]


def test_a_changed_lock_file_is_installed(tree: Tree) -> None:
    tree.add_python()
    tree.run("up")
    (tree.root / "requirements" / "base.lock").write_text("base==2\n")
    tree.run("up")
    assert len(tree.installations) == 2


def test_a_failed_installation_is_repeated(tree: Tree) -> None:
    tree.add_python()
    (tree.bin / "no-network").touch()
    code, out, err = tree.run("up")
    assert (code, out) == (1, "")
    assert err.endswith("desk: the installation failed; pip says why above. Run the same command again to go on.\n")
    (tree.bin / "no-network").unlink()
    assert tree.run("up")[0] == 0
    assert len(tree.installations) == 2


def test_two_first_calls_at_once_install_once(tree: Tree) -> None:
    tree.add_python()
    processes = [tree.start("manage", "version") for _ in range(2)]
    assert [process.communicate(timeout=20)[0] for process in processes] == [f"ran {tree.root}/manage.py version\n"] * 2
    assert len(tree.installations) == 1


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["help"], 0), (["dance"], 2)])
def test_it_prints_its_usage(tree: Tree, arguments: list[str], code: int) -> None:
    returned, out, err = tree.run(*arguments)
    assert returned == code
    assert "./desk up" in (err if code else out)
