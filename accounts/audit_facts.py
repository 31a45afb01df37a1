"""What an audit entry may say: a closed list of facts, each with its form.

An entry is never deleted, so nothing may get into one that has to be forgotten later. A list of what may be stored is
safer than a filter of what may not: a field that is not named here is refused. Nothing here holds passwords, secrets,
text of messages, or what identifies a customer. Texts that staff wrote for customers, such as responses and greetings,
are stored as a keyed digest and a length: whether they changed, and when, can be seen, and they cannot be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from django.utils.crypto import salted_hmac

Value: TypeAlias = "str | int | float | bool | list[str] | None"
Facts: TypeAlias = Mapping[str, object]

MAX_NAME_LENGTH = 200
MAX_PATTERN_LENGTH = 1_000
MAX_LIST_ENTRIES = 200
_CODE = re.compile(r"[\w.:/+@-]{0,100}")


class AuditFactError(ValueError):
    """A fact that is not in the list, or whose value does not have the fact's form. The message has no value in it."""


def digest(text: str) -> str:
    """Return a keyed digest of a text: the same for the same text, and of no use to somebody who guesses."""
    return salted_hmac("accounts.audit_facts", text, algorithm="sha256").hexdigest()[:32]


def text_facts(**texts: str | None) -> dict[str, Value]:
    """Return the facts of texts that are not stored themselves: `text` gives `text_digest` and `text_length`."""
    facts: dict[str, Value] = {}
    for name, text in texts.items():
        facts[f"{name}_digest"] = None if text is None else digest(text)
        facts[f"{name}_length"] = None if text is None else len(text)
    return facts


def _code(value: object) -> Value:
    """Return the code of an enum, an id, or a name that machines use."""
    if isinstance(value, str) and _CODE.fullmatch(value):
        return str(value)
    raise AuditFactError("not a code")


def _name(value: object, longest: int = MAX_NAME_LENGTH) -> Value:
    """Return a name that staff gave, cut to its longest length."""
    if isinstance(value, str):
        return str(value)[:longest]
    raise AuditFactError("not a name")


def _pattern(value: object) -> Value:
    return _name(value, MAX_PATTERN_LENGTH)


def _number(value: object) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise AuditFactError("not a number")


def _flag(value: object) -> Value:
    if isinstance(value, bool):
        return value
    raise AuditFactError("not true or false")


def _list_of(form: Callable[[object], Value]) -> Callable[[object], Value]:
    def names(value: object) -> Value:
        if isinstance(value, str) or not isinstance(value, Collection):
            raise AuditFactError("not a list")
        return [str(form(entry)) for entry in sorted(map(str, value))[:MAX_LIST_ENTRIES]]

    return names


def _scalar(value: object) -> Value:
    """Return the value of a setting, in the form that the setting's type gives to the audit."""
    if isinstance(value, bool | int | float):
        return value
    return _list_of(_name)(value) if isinstance(value, list | tuple) else _name(value)


_codes, _names = _list_of(_code), _list_of(_name)

# Every fact may also be None: not set, or the default.
FACTS: Mapping[str, Callable[[object], Value]] = {
    # people, companies, queues and credentials
    "name": _name,
    "username": _name,
    "full_name": _name,
    "time_zone": _code,
    "roles": _codes,
    "queues": _names,
    "is_active": _flag,
    "families": _codes,
    "rate_limit": _number,
    "ended_sessions": _number,
    "page": _code,
    "reason": _code,
    # where something applies
    "environment": _code,
    "agent": _code,
    # settings
    "setting": _code,
    "value": _scalar,
    # queues, agents and conversations
    "is_paused": _flag,
    "queue_name": _name,
    "status": _name,
    "resolution": _code,
    # response lists and texts
    "version": _number,
    "responses": _number,
    "checksum": _code,
    "folder": _code,
    "parent": _code,
    "title_digest": _code,
    "title_length": _number,
    "text_digest": _code,
    "text_length": _number,
    "metadata": _names,
    # redaction, blocked words and dictionaries
    "kind": _code,
    "term": _name,
    "word": _name,
    "pattern": _pattern,
    "mask": _name,
    "position": _number,
    "in_sandbox": _flag,
    "in_production": _flag,
    "audiences": _codes,
    # models
    "model": _code,
    "conversations": _number,
    "messages": _number,
    "turns": _number,
    "hits": _number,
    "hits_before": _number,
    # imports, exports, erasure
    "file": _name,
    "visitors": _number,
    "customers": _number,
    "customer_digest": _code,
    "days": _number,
    "counts": _names,
}


def checked(facts: Facts | None) -> dict[str, Value] | None:
    """Return the facts as they are stored. Raises AuditFactError for a fact that may not be."""
    if facts is None:
        return None
    stored: dict[str, Value] = {}
    for name, value in facts.items():
        form = FACTS.get(name)
        if form is None:
            raise AuditFactError(f"{name!r} is not in accounts.audit_facts.FACTS")
        try:
            stored[name] = None if value is None else form(value)
        except AuditFactError as error:
            raise AuditFactError(f"{name}: {error}") from None
    return stored


def changed(before: Facts, after: Facts) -> tuple[dict[str, object], dict[str, object]]:
    """Return only what differs, on both sides; a name that one side lacks is None there."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
