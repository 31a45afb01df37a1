"""Password options of commands: read from standard input, or generated and printed once."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.management.base import CommandParser, OutputWrapper

from accounts.access import generated_password

VISIBLE = (
    "--password shows the password to everybody who can list processes, and stores it in the shell's history."
    " Better use --password-stdin or --generate-password"
)


@dataclass(frozen=True, slots=True)
class GivenPassword:
    """A password from a command's options."""

    text: str
    is_generated: bool = False


def add_password_arguments(parser: CommandParser) -> None:
    """Add the options that `password_from` reads."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--password", help="visible to other users of this machine; prefer one of the next two")
    how.add_argument("--password-stdin", action="store_true", help="read it from standard input, one line")
    how.add_argument("--generate-password", action="store_true", help="generate one and print it once")


def password_from(options: Mapping[str, Any], stderr: OutputWrapper) -> GivenPassword | None:
    """Return the password that these options give or ask for; None if there is no such option."""
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
