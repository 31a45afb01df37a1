"""Inserts: `{NAME}` in a response is replaced by a value of the conversation. Names are case-sensitive.

Source: seed autocompose__autocompose-tooling-guide; contract README section 12, rows 14 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_INSERT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def insert_names(template: str) -> tuple[str, ...]:
    """Return the inserts of a template in order of first use."""
    return tuple(dict.fromkeys(_INSERT.findall(template)))


def fill(template: str, values: Mapping[str, str]) -> str | None:
    """Return the template with its inserts filled in; None if one has no value, and the response is not offered."""
    if "{" not in template:
        return template
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        text = values.get(match[1], "")
        missing = missing or not text
        return text

    text = _INSERT.sub(value, template)
    return None if missing else text
