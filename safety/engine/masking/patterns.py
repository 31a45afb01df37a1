"""The company's own patterns: regular expressions that cannot hang the process.

With google-re2 installed, matching is linear whatever the pattern. Without it, Python's engine runs only patterns
of a guarded subset: no back references, nothing of varying length inside a repetition, and so few open
repetitions that a message is searched in well under a second.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

re2: Any
try:
    re2 = importlib.import_module("re2")
except ImportError:
    re2 = None

LONGEST_PATTERN = 1_000
_FEW = 8  # a repetition up to this often is not open
_UNBOUNDED = 1_000  # what + and * count for
_MOST_WORK = 4_096  # tries at one place of the text: the product of the open repetitions
_LONGEST_TEXT = 10_000  # characters that a guarded pattern looks at
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_FORBIDDEN = {codes.GROUPREF: "a back reference", codes.GROUPREF_EXISTS: "a back reference"}
Find = Callable[[str], Iterator[tuple[int, int]]]


def _inner(argument: Any) -> Iterator[Any]:
    """The patterns inside an element of a parsed pattern."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for part in argument:
            yield from _inner(part)


def _check(pattern: Any, work: list[int]) -> None:
    """Raises ValueError for a pattern that could take long; `work` adds up what it costs."""
    for code, argument in pattern:
        if code in _FORBIDDEN:
            raise ValueError(f"pattern uses {_FORBIDDEN[code]}, which cannot be used here")
        if code in _REPEATS and argument[1] > _FEW:
            low, high = argument[2].getwidth()
            work[0] *= min(int(argument[1]), _UNBOUNDED)
            if low != high:
                raise ValueError("pattern repeats something of varying length: repeat single signs, as in [A-Z0-9]{6}")
            if work[0] > _MOST_WORK:
                raise ValueError("pattern has too many open repetitions: write {1,20} instead of + or *")
        for part in _inner(argument):
            _check(part, work)


def compile_pattern(pattern: str) -> Find:
    """A function that finds the pattern. Raises ValueError, in words for the manager, for one that cannot be used."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    try:
        parsed = parser.parse(pattern)
        compiled: Any = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"pattern {pattern!r}: {error}") from error
    if re2 is not None:
        try:
            options = re2.Options()
            options.log_errors = False
            compiled = re2.compile(pattern, options)
        except re2.error as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
            raise ValueError(f"pattern {pattern!r}: {reason}") from error
    else:
        _check(parsed, [1])
    longest = _LONGEST_TEXT if re2 is None else None
    return lambda text: (match.span() for match in compiled.finditer(text[:longest]) if match.end() > match.start())
