"""The company's own patterns: regular expressions matched by RE2, each search in time linear in the text.

What RE2 cannot do (back references, looking around) is refused with its words. Many finds of a pattern that looks
far ahead each time (x.*y|x) would still add up: after so many finds the rest of the text counts as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import re2

LONGEST_PATTERN = 1_000
# A repetition such as (a{1,99}){1,99} makes a large program: RE2 refuses it above this many bytes.
_MOST_MEMORY = 1 << 20
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MOST_FINDS = 500
# In all finds of a text together, as if each looked to its end.
_MOST_CHARACTERS_READ = 20_000_000
Find = Callable[[str], Iterator[tuple[int, int]]]


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return options


def compile_pattern(pattern: str) -> Find:
    """A function that finds the pattern. Raises ValueError, in words for the manager, for one that cannot be used."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    if _SURROGATE.search(pattern):
        raise ValueError("a pattern is made of whole characters")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"pattern {pattern!r}: {reason}") from error

    def find(text: str) -> Iterator[tuple[int, int]]:
        # RE2 reads UTF-8, which has no lone surrogates: one sign for one sign, so that places stay.
        found, most = 0, min(_MOST_FINDS, _MOST_CHARACTERS_READ // (len(text) + 1))
        for match in compiled.finditer(_SURROGATE.sub("\ufffd", text)):
            if match.end() > match.start():
                found += 1
                if found > most:
                    yield match.start(), len(text)
                    return
                yield match.span()

    return find
