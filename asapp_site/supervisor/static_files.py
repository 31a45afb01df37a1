"""Collects static files if they have changed, instead of at every start."""

from __future__ import annotations

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command

from asapp_site import static_storage
from asapp_site.supervisor.errors import StartError


def collect_if_changed() -> bool:
    """Bring STATIC_ROOT up to date, and return True if anything was collected.

    With DEBUG on nothing is collected, because WhiteNoise then serves the sources. Raises `StartError` if it fails.
    """
    root: Path = settings.STATIC_ROOT
    root.mkdir(parents=True, exist_ok=True)
    if settings.WHITENOISE_USE_FINDERS:
        return False
    stamp = settings.DATA_DIR / "run" / "static.fingerprint"
    fingerprint = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
        return False
    stamp.unlink(missing_ok=True)  # so that an interrupted collection starts again
    try:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    except (CommandError, ValueError, OSError) as error:
        # ValueError means that a stylesheet names a missing file.
        raise StartError(f"cannot collect the static files into {root}: {error}") from error
    stamp.write_text(fingerprint, encoding="ascii")
    return True


def _fingerprint() -> str:
    """Return a digest of the path, size and time of all source files, and of the code that processes them."""
    digest = hashlib.sha256(f"{django.__version__} {settings.STORAGES['staticfiles']['BACKEND']}".encode())
    digest.update(Path(static_storage.__file__).read_bytes())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda item: str(item[0])):
            status = Path(storage.path(path)).stat()
            digest.update(f"\n{path} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()
