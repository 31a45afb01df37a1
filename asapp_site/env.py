"""Typed readers of the environment. Nonsense stops the start with one clear line; nothing else reads `os.environ`."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """The value of NAME, or of the file that NAME_FILE points at (as container secrets are handed over)."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {file_name}: {error.strerror}") from error
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    """True or False; anything else is refused, so that `DEBUG=0` never means the opposite of what was meant."""
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value in {"True", "true", "1", "yes", "on"}:
        return True
    if value in {"False", "false", "0", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}: {value!r} is neither true nor false")


def choice(name: str, default: str, allowed: Collection[str]) -> str:
    """One of the allowed words, exactly as they are written."""
    value = os.environ.get(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}: {value!r} is none of {', '.join(allowed)}")
    return value


def number(name: str, default: int, least: int = 0, most: int | None = None) -> int:
    """A whole number of at least `least` and, where that is given, at most `most`."""
    value = os.environ.get(name, "")
    if value == "":
        return default
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}: {value!r} is not a whole number") from None
    if result < least:
        raise ImproperlyConfigured(f"{name}: {result} is less than {least}")
    if most is not None and result > most:
        raise ImproperlyConfigured(f"{name}: {result} is more than {most}")
    return result


def words(name: str) -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """An absolute path to a folder; it need not exist yet."""
    return Path(os.environ.get(name) or default).expanduser().absolute()


def kept_secret(path: Path) -> str:
    """The secret kept in `path` (mode 600); made on the first call.

    Two processes may start at once, or one may be cut short: the secret is written beside its place and linked
    into it whole, and who comes second reads the winner's.
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
