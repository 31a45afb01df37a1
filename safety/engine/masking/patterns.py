"""The company's own patterns: regular expressions matched by RE2, each search in time linear in the text.

A pattern with what RE2 cannot do (back references, look-around) is refused with RE2's own message. A pattern such as
x.*y|x reads to the end of the text for each match, which is quadratic: after _MAX_MATCHES the rest of the text counts
as one match.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import re2

MAX_PATTERN_LENGTH = 1_000
# RE2 refuses a pattern whose program is larger; a repetition such as (a{1,99}){1,99} makes a large one.
_MAX_PROGRAM_BYTES = 1 << 20
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_MATCHES = 500
# For all matches of a text together, if each reads to the end of the text.
_MAX_CHARACTERS_READ = 20_000_000
Find = Callable[[str], Iterator[tuple[int, int]]]


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_PROGRAM_BYTES
    return options


def compile_pattern(pattern: str) -> Find:
    """Return a function that finds the pattern.

    Raises ValueError, with a text for the manager, for a pattern that cannot be used.
    """
    if not pattern or len(pattern) > MAX_PATTERN_LENGTH:
        raise ValueError(f"a pattern has 1 to {MAX_PATTERN_LENGTH} characters")
    if _SURROGATE.search(pattern):
        raise ValueError("a pattern must not contain half of a surrogate pair")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"pattern {pattern!r}: {reason}") from error

    def find(text: str) -> Iterator[tuple[int, int]]:
        # RE2 reads UTF-8, which has no lone surrogates. Each is replaced by one sign, so that indexes stay the same.
        count, max_count = 0, min(_MAX_MATCHES, _MAX_CHARACTERS_READ // (len(text) + 1))
        for match in compiled.finditer(_SURROGATE.sub("\ufffd", text)):
            if match.end() > match.start():
                count += 1
                if count > max_count:
                    yield match.start(), len(text)
                    return
                yield match.span()

    return find
