"""How commands take a password without showing it: from standard input, or made here and printed once."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper

from accounts.access import generated_password

VISIBLE = (
    "--password shows the password to everybody who can list processes, and leaves it in the shell's history:"
    " use --password-stdin or --generate-password"
)


@dataclass(frozen=True, slots=True)
class GivenPassword:
    text: str
    is_generated: bool = False


def add_password_arguments(parser: CommandParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--password", help="visible to other users of this machine: better one of the next two")
    how.add_argument("--password-stdin", action="store_true", help="read it from standard input, one line")
    how.add_argument("--generate-password", action="store_true", help="make one and print it, this once")


def password_from(options: Mapping[str, Any], stderr: OutputWrapper) -> GivenPassword | None:
    """The password that these options ask for; None where they ask for none."""
    if options["generate_password"]:
        return GivenPassword(generated_password(), is_generated=True)
    if options["password_stdin"]:
        return GivenPassword(
            getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
        )
    if options["password"] is not None:
        stderr.write(VISIBLE)
        return GivenPassword(options["password"])
    return None
