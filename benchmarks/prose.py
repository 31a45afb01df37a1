"""English prose of packages' source archives: what their documentation and comments say, paragraph by paragraph."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator

_FILE = re.compile(r"^(?!.*locale).*\.(?:txt|rst|md|py)$")
_DOCSTRING = re.compile(r'"""(.*?)"""', re.DOTALL)
_COMMENT = re.compile(r"(?m)(?:^[ \t]*#.*\n)+")
_CODE = re.compile(r":[a-z:-]+:`[^`]*`|``[^`]*``|`[^`]*`_*")
_MARKUP = ("..", ">>>", "$", "#", "{", "<")
_SHORTEST, _LETTERS = 40, 0.9


def _prose_of(source: str) -> str:
    """The docstrings and comments of a Python file."""
    comments = (re.sub(r"(?m)^\s*# ?", "", block) for block in _COMMENT.findall(source))
    return "\n\n".join([*_DOCSTRING.findall(source), *comments])


def _paragraphs(text: str) -> Iterator[str]:
    for block in re.split(r"\n\s*\n", text):
        bare = re.sub(r"\n\s*", " ", block.strip())
        if len(bare) < _SHORTEST or bare.startswith(_MARKUP):
            continue
        bare = _CODE.sub("#", bare).replace("*", "").replace("--", "-")
        if sum(sign.isalpha() or sign in " ,.'" for sign in bare) >= _LETTERS * len(bare):
            yield bare.replace("’", "'")


def paragraphs(path: str) -> Iterator[str]:
    """What is written in plain English in a source archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() and _FILE.match(member.name) else None
            if file is not None:
                text = file.read().decode("utf-8", "ignore")
                yield from _paragraphs(_prose_of(text) if member.name.endswith(".py") else text)
