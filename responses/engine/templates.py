"""Inserts: `{NAME}` in a response stands for a value of the conversation. Names are case-sensitive.

Source: seed autocompose__autocompose-tooling-guide; contract README section 12, rows 14 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_INSERT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def insert_names(template: str) -> tuple[str, ...]:
    """The inserts of a template in order of first use."""
    return tuple(dict.fromkeys(_INSERT.findall(template)))


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """The template with its inserts filled in, or None when one has no value: then it must not be offered."""
    if "{" not in template:
        return template
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        found = values.get(match[1], "")
        missing = missing or not found
        return found

    text = _INSERT.sub(value, template)
    return None if missing else text
