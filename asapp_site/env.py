"""Typed readers of environment variables. A bad value stops the start with one clear line.

Nothing else reads `os.environ`. All functions raise ImproperlyConfigured.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the value of NAME, or the content of the file that NAME_FILE names, as container secrets have it."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file_name}: {error.strerror}") from error
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    """Return True or False. Other values are refused, so that `DEBUG=0` never switches DEBUG on."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value in {"True", "true", "1", "yes", "on"}:
        return True
    if value in {"False", "false", "0", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}: {value!r} is neither true nor false")


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """Return one of the allowed values. Case matters."""
    value = os.environ.get(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: {value!r} is not one of {', '.join(allowed)}")
    return value


def number(name: str, default: int, minimum: int = 0, maximum: int | None = None) -> int:
    """Return a whole number from `minimum` to `maximum`; without a maximum it may be any larger number."""
    value = os.environ.get(name, "")
    if value == "":
        return default
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: {value!r} is not a whole number") from None
    if result < minimum:
        raise ImproperlyConfigured(f"{name}: {result} is less than {minimum}")
    if maximum is not None and result > maximum:
        raise ImproperlyConfigured(f"{name}: {result} is more than {maximum}")
    return result


def words(name: str) -> list[str]:
    """Return the items of a comma-separated list, without empty ones."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """Return an absolute path to a folder, which need not exist."""
    return Path(os.environ.get(name) or default).expanduser().absolute()


def stored_secret(path: Path) -> str:
    """Return the secret in the file `path` (mode 600), which is created on the first call.

    The secret is written to another file and then linked to `path`. So an interrupted process leaves no half secret,
    and of two processes that start at once both read the first one's.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _put_secret(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"cannot write {path}: {error.strerror}. Set DATA_DIR to a writable folder."
        ) from error


def _put_secret(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
