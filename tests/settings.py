"""The desk's settings with what only a test run wants: a folder of its own, cheap hashing, no lasting disk."""

import os
import secrets
import sys
import tempfile

# Only in pytest's own process: a desk that a test starts keeps the folder it was given. And before the desk's
# settings are read, so that neither var/ nor the knobs of whoever runs the tests have a part in them.
if "pytest" in sys.modules:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="desk-tests-")
    os.environ["REDIS_PREFIX"] = f"test-{secrets.token_hex(4)}"
    for name in ("ALLOWED_HOSTS", "DEBUG", "HOST", "LOG_FORMAT", "LOG_LEVEL", "PORT", "PUBLIC_URL", "TRUST_PROXY"):
        os.environ.pop(name, None)

from asapp_site.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}  # noqa: F405
WHITENOISE_USE_FINDERS = True
# A client of a test loads the middleware anew: too often to list all files then. A desk lists them once.
WHITENOISE_AUTOREFRESH = "pytest" in sys.modules
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 WhiteNoise warns where it is missing

_database = DATABASES["default"]  # noqa: F405
if _database["ENGINE"] == "django.db.backends.postgresql":
    # A pool's idle connections keep the test database from being dropped.
    _database["OPTIONS"].pop("pool", None)
    # Several runs may share one server.
    _database["TEST"] = {"NAME": f"{_database['NAME']}_{REDIS_PREFIX.replace('-', '_')}"}  # noqa: F405
else:
    # Nothing here must survive a power cut.
    _database["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"

# The live server of the tests serves files under it, the project's own for want of another place: /desk is one.
MEDIA_URL = "/media/"
