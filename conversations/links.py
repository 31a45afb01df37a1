"""Addresses in messages as links. `static/js/lib/links.js` has the same rules; `tests/data/links.json` tests both."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# An address ends at white space, quotes, angle and curly brackets, control and invisible characters, and the
# punctuation of Chinese and Japanese, which write no space after an address.
_END = (
    r"\s<>\"`{}|\\^\u0000-\u001f\u007f-\u00a0\u00ab\u00ad\u00bb\u061c\u180e\u200b-\u200f\u2018-\u201f"
    r"\u2028-\u202f\u2060-\u206f\u3000-\u3002\u3008-\u3011\u3014-\u301b\ufeff\uff01\uff08\uff09\uff0c"
    r"\uff0e\uff1a\uff1b\uff1f\ufff9-\ufffb"
)
_ADDRESS = re.compile(rf"(?<![A-Za-z0-9_])https?://[^{_END}]+", re.IGNORECASE)
_AUTHORITY = re.compile(r"(https?://)([^/?#:]+)(?::([0-9]{1,5}))?(?=[/?#]|\Z)", re.IGNORECASE)
_LABEL = re.compile(r"[A-Za-z0-9\u00a1-\U0010ffff-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_TRAILING = ".,:;!?'*_~\u2026"
_OPENING = {")": "(", "]": "["}
MAX_LENGTH = 2_000
_MAX_HOST_LENGTH, _MAX_PORT = 253, 65_535

# Ranges of letters by script. Other scripts, and Latin letters that look like plain ones, are in none of them.
_SCRIPTS = {
    "latin": re.compile(r"[A-Za-z\u00c0-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "greek": re.compile(r"[\u0370-\u03ff]"),
    "han": re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff]"),
    "kana": re.compile(r"[\u3040-\u30ff]"),
    "hangul": re.compile(r"[\uac00-\ud7a3]"),
    "arabic": re.compile(r"[\u0620-\u06ff]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "devanagari": re.compile(r"[\u0900-\u097f]"),
    "thai": re.compile(r"[\u0e00-\u0e7f]"),
}
# Scripts that one word may be written in together, and those with letters that look like Latin ones.
_TOGETHER = ({"han", "kana"}, {"han", "hangul"})
_LOOKALIKES = {"cyrillic", "greek"}


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a message; `href` is empty for what is no address."""

    text: str
    href: str = ""


def parts_of(text: str) -> list[TextPart]:
    """Return the parts of a text in order. Only addresses that begin with http:// or https:// are links.

    An address is shown as it was written. Its host is shown as punycode where letters of one script look like letters
    of another.
    """
    parts: list[TextPart] = []
    start = 0
    for found in _ADDRESS.finditer(text):
        address = _without_trailing(found[0])
        shown = _shown_as(address)
        if not shown:
            continue
        if found.start() > start:
            parts.append(TextPart(text[start : found.start()]))
        parts.append(TextPart(shown, address))
        start = found.start() + len(address)
    if start < len(text):
        parts.append(TextPart(text[start:]))
    return parts


def _without_trailing(address: str) -> str:
    """Return the address without punctuation that belongs to the sentence, and without a bracket opened before it."""
    left = {closing: address.count(closing) - address.count(opening) for closing, opening in _OPENING.items()}
    end = len(address)
    while end:
        sign = address[end - 1]
        if left.get(sign, 0) > 0:
            left[sign] -= 1
        elif sign not in _TRAILING:
            break
        end -= 1
    return address[:end]


def _shown_as(address: str) -> str:
    """Return the address as a reader should see it; "" for an address that is no link."""
    found = _AUTHORITY.match(address)
    if found is None or len(address) > MAX_LENGTH:
        return ""
    scheme, host, port = found.groups()
    if not _is_host(host) or int(port or 1) > _MAX_PORT:
        return ""
    shown = ".".join(map(_ascii, host.split("."))) if _is_mixed(host) else host
    return scheme + shown + address[len(scheme) + len(host) :]


def _is_host(host: str) -> bool:
    labels = host.split(".")
    if len(host) > _MAX_HOST_LENGTH:
        return False
    if not all(_LABEL.fullmatch(label) and label[0] != "-" and label[-1] != "-" for label in labels):
        return False
    return _NUMBER.fullmatch(labels[-1]) is None or _IPV4.fullmatch(host) is not None


def _is_mixed(host: str) -> bool:
    """Could a letter of the host be mistaken for one of another script?"""
    scripts = [_scripts_of(label) for label in unicodedata.normalize("NFC", host).split(".")]
    everywhere = set().union(*scripts)
    if "other" in everywhere or ("latin" in everywhere and everywhere & _LOOKALIKES):
        return True
    return not all(len(one) < 2 or any(one <= allowed for allowed in _TOGETHER) for one in scripts)


def _scripts_of(label: str) -> set[str]:
    return {_script_of(letter) for letter in label if letter not in "0123456789-"}


def _script_of(letter: str) -> str:
    return next((name for name, letters in _SCRIPTS.items() if letters.match(letter)), "other")


def _ascii(label: str) -> str:
    plain = unicodedata.normalize("NFKC", label).lower()
    return plain if plain.isascii() else "xn--" + plain.encode("punycode").decode()
