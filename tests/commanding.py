"""Run a management command as a person would, and see what it says."""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.core.management import call_command
from django.core.management.base import CommandError


@dataclass
class Said:
    """`failed` is the one line that a shell user sees, "" when the command succeeded."""

    out: str
    err: str
    failed: str


def run(*arguments: object) -> Said:
    out, err = io.StringIO(), io.StringIO()
    failed = ""
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        failed = str(error)
    assert "\n" not in failed, "one clear line"
    return Said(out.getvalue(), err.getvalue(), failed)
