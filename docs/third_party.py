"""Rewrites the package tables of THIRD_PARTY.md from the lock files and the installed packages' own metadata.

./desk manage shell -c "import runpy; runpy.run_path('docs/third_party.py', run_name='__main__')"
"""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- packages: written by docs/third_party.py -->"


def locked(name: str) -> list[str]:
    """The package names of a lock file."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("==")[0] for line in lines if re.match(r"[A-Za-z0-9]", line)]


def licence(name: str) -> str:
    """What the package says its licence is."""
    said = importlib.metadata.metadata(name).json
    if "license_expression" in said:
        return str(said["license_expression"])
    rows = [row for row in said.get("classifier", []) if row.startswith("License ::")]
    return "; ".join(row.rpartition("::")[2].strip() for row in rows) or str(said.get("license", "")).splitlines()[0]


def table(names: list[str]) -> str:
    rows = [f"| {name} | {licence(name)} |" for name in sorted(names, key=str.casefold)]
    return "\n".join(["| package | licence |", "|---|---|", *rows])


def main() -> None:
    base = locked("base.lock")
    tools = [name for name in locked("dev.lock") if name not in base]
    file = ROOT / "THIRD_PARTY.md"
    head = file.read_text(encoding="utf-8").partition(MARK)[0]
    text = (
        f"{head}{MARK}\n\n## Packages the desk runs on\n\n{table(base)}\n\n"
        f"## Packages for tests and checks only\n\n{table(tools)}\n"
    )
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
