"""THIRD_PARTY.md names every locked package."""

from __future__ import annotations

import re

import pytest

from benchmarks.throwaway import ROOT


@pytest.mark.parametrize("lock", ["base.lock", "dev.lock"])
def test_every_locked_package_is_named(lock: str) -> None:
    lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
    named = set(re.findall(r"^\| ([\w.-]+) \|", (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8"), re.M))
    locked = {line.split("==")[0] for line in lines if re.match(r"[A-Za-z0-9]", line)}
    assert len(locked) > 50
    assert not locked - named, "run docs/third_party.py"
