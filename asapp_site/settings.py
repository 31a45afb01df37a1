"""All settings of the desk. Environment variables are read here and nowhere else.

A clone runs without configuration: SQLite, an embedded Redis server and secrets of its own, all in DATA_DIR.
`docs/configure.md` lists the variables.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from asapp_site import env
from asapp_site.log_format import logging_config
from caching.embedded import socket_path

# Has to be set before numpy is imported. Training multiplies many small matrices: with a thread for each core, the
# threads wait for each other and for the web processes (344 s instead of 100 for 45,000 messages on a busy machine).
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
VERSION = re.search(r"^## (\d\S*)", (BASE_DIR / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)[1]  # type: ignore[index]

# Where people reach the desk. https switches on what only makes sense behind TLS (secure cookies, HSTS).
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
_public = urlsplit(PUBLIC_URL)
if PUBLIC_URL and (_public.scheme not in {"http", "https"} or not _public.hostname):
    raise ImproperlyConfigured(f"PUBLIC_URL: {PUBLIC_URL!r} is not a URL such as https://desk.example.com")
BEHIND_TLS = _public.scheme == "https"
TRUST_PROXY = env.flag("TRUST_PROXY", BEHIND_TLS)
# The number of proxies between the internet and the desk: the client's address is at this position from the right.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 1, minimum=1)

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, minimum=1, maximum=65535)
WEB_PROCESSES = env.number("WEB_PROCESSES", 1, minimum=1)
WORKER_PROCESSES = env.number("WORKER_PROCESSES", 1, minimum=1)

SECRET_KEY = env.text("SECRET_KEY") or env.stored_secret(DATA_DIR / "secret_key")
DEBUG = env.flag("DEBUG", False)
ALLOWED_HOSTS = [
    *(env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", HOST]),
    *([_public.hostname] if _public.hostname else []),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

INSTALLED_APPS = [
    "asapp_site",
    "demo",
    "admin_console",
    "api",
    "widget",
    "composer",
    "privacy",
    "assignments",
    "responses",
    "conversations",
    "accounts",
    "configuration",
    "safety",
    "axes",
    "channels",
    "csp",
    "django_htmx",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

# The whole chain runs on the sync side, see asapp_site.handler.
MIDDLEWARE = [
    # First: whatever the others do and log has the id of its request.
    "accounts.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Before the content security policy, which only pages need, and which is longer than some of the files.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "api.middleware.ApiRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "asapp_site.urls"
ASGI_APPLICATION = "asapp_site.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"import_map": "asapp_site.import_map"},
        },
    }
]

# --- data -----------------------------------------------------------------------------------------------
_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "desk.sqlite3",
    # Threads keep their connections: opening one costs as much as several messages, and closing the last one makes
    # SQLite move its log into the database, with fsyncs.
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        # Take the write lock at BEGIN: a transaction that reads first and writes later would otherwise fail
        # with "database is locked" at once, without waiting.
        "transaction_mode": "IMMEDIATE",
        # Seconds to wait for another writer. An import of 100,000 messages, all or nothing, holds the lock for 20.
        "timeout": 60,
        # FULL: an acknowledged message survives a power cut, at the price of one fsync for each commit.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;"
            " PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864"
        ),
    },
    # A file, not memory: web threads and the test's own thread must see the same rows.
    "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
}
_database_url = env.text("DATABASE_URL")
if _database_url:
    try:
        _database: dict[str, Any] = dict(dj_database_url.parse(_database_url, conn_health_checks=True))
    except ValueError:  # `from None`, and not the URL itself: it holds a password
        raise ImproperlyConfigured("DATABASE_URL: not a URL such as postgres://user@db.example.com/desk") from None
    if _database["ENGINE"] == "django.db.backends.postgresql":
        # Requests run in threads that come and go: a pool keeps the connections.
        _database["CONN_MAX_AGE"] = 0
        _database["OPTIONS"] = {
            **dict(_database.get("OPTIONS", {})),
            "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL", 8, minimum=1)},
        }
    elif _database["ENGINE"] == _SQLITE["ENGINE"]:
        _database = {**_SQLITE, "NAME": _database["NAME"]}
    else:
        raise ImproperlyConfigured("DATABASE_URL: the desk runs on PostgreSQL and SQLite only")
    DATABASES = {"default": _database}
else:
    DATABASES = {"default": _SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_IS_EMBEDDED = not env.text("REDIS_URL")
REDIS_URL = env.text("REDIS_URL") or f"unix://{socket_path(DATA_DIR)}?db=0"
if urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("REDIS_URL: not a URL such as redis://cache.example.com:6379/0")
# Several desks may share one Redis server: each key and channel starts with this.
REDIS_PREFIX = env.text("REDIS_PREFIX", "desk")
CHANNEL_LAYERS = {
    "default": {
        # The pub/sub layer: the list-based one drops messages silently once a channel is full.
        "BACKEND": "caching.channel_layer.Layer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": f"{REDIS_PREFIX}:layer"},
    }
}

# --- queues and assignments -----------------------------------------------------------------------------
# How many conversations an agent has at once, if nothing else is set for the agent.
AGENT_SLOTS = env.number("AGENT_SLOTS", 4)
# Conversations of an agent whose desk was closed this long ago go back to their queue (contract desk-facts section 3).
DISCONNECT_RETURN_S = env.number("DISCONNECT_RETURN_S", 60, minimum=5)
# How long an agent has for a first reply before another agent gets the conversation; 0: no limit.
FIRST_REPLY_S = env.number("FIRST_REPLY_S", 0)
# How long a customer can resume a conversation that was timed out.
RESUME_HOURS = env.number("RESUME_HOURS", 24)
# How often queues are checked for waiting conversations, even if no event asks for it.
QUEUE_SWEEP_S = env.number("QUEUE_SWEEP_S", 5, minimum=1)

# --- Celery ---------------------------------------------------------------------------------------------
CELERY_BROKER_URL = re.sub(r"^unix://", "redis+socket://", REDIS_URL).replace("?db=", "?virtual_host=")
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:celery:"}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # the task of a killed worker runs again; every task may safely run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # they are delivered again anyway
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # one log format for all processes
CELERY_WORKER_REDIRECT_STDOUTS = False  # each line of a traceback would become a log line
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "forget-failed-sign-ins": {
        "task": "accounts.tasks.forget_failed_sign_ins",
        "schedule": crontab(hour=3, minute=5),
    },
    "forget-expired-sessions": {
        "task": "accounts.tasks.forget_expired_sessions",
        "schedule": crontab(hour=3, minute=0),
    },
    "number-events": {"task": "accounts.tasks.number_events", "schedule": 5.0},
    "add-partitions": {"task": "accounts.tasks.add_partitions", "schedule": crontab(hour=2, minute=45)},
    "train-suggestions": {
        "task": "composer.learning.tasks.train_all_suggestions",
        "schedule": crontab(hour=2, minute=0, day_of_week="sunday"),
    },
    "train-new-suggestions": {"task": "composer.learning.tasks.train_new_suggestions", "schedule": 20.0},
    "send-due-greetings": {"task": "composer.desk.tasks.send_due_greetings", "schedule": 5.0},
    "forget-expired-visitors": {
        "task": "widget.tasks.forget_expired_visitors",
        "schedule": crontab(hour=3, minute=10),
    },
    "record-overdue-usage": {"task": "composer.usage.tasks.record_overdue_usage", "schedule": 30.0},
    "sweep-queues": {"task": "assignments.tasks.sweep_queues", "schedule": float(QUEUE_SWEEP_S)},
}

# --- suggestions ----------------------------------------------------------------------------------------
# Trained models, one folder for each training. All machines of a desk read it: share it, or train on each machine.
MODELS_DIR = env.folder("MODELS_DIR", DATA_DIR / "models")

# --- people ---------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = env.number("SIGN_IN_FAILURES", 5, minimum=1)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "accounts.sign_in_limits.axes_address_of"
# The log has the address of a failed sign-in, but not the name, because what is typed there is often a password.
AXES_SENSITIVE_PARAMETERS = ["username"]
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# --- customers ------------------------------------------------------------------------------------------
# How long, in seconds, a session of the chat page lasts after the last visit.
CHAT_VISITOR_AGE = env.number("CHAT_VISITOR_DAYS", 30, minimum=1) * 24 * 3600
# Limits for one browser and for one address; 0: no limit for addresses. Many customers of an office or a mobile network
# share one address, so these limits only stop a program that floods the desk.
CHAT_SOCKETS_PER_VISITOR = env.number("CHAT_SOCKETS_PER_VISITOR", 6, minimum=1)
CHAT_SOCKETS_PER_ADDRESS = env.number("CHAT_SOCKETS_PER_ADDRESS", 300)
CHAT_OPEN_PER_ADDRESS = env.number("CHAT_OPEN_PER_ADDRESS", 60)
CHAT_MESSAGES_PER_ADDRESS = env.number("CHAT_MESSAGES_PER_ADDRESS", 600)  # a minute

# --- transport ------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
# Browsers obey it over TLS only, and print a warning in the console of each page elsewhere.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if BEHIND_TLS else None
# API calls over plain HTTP are refused, not redirected (seed autocompose__deploying-autocompose-api);
# /healthz is asked by load balancers from inside.
SECURE_REDIRECT_EXEMPT = [r"^(autocompose|conversation)/v1/", r"^v1/health$", r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if BEHIND_TLS else 0
# Both also apply to other host names for a year, so the owner of those has to decide.
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS and env.flag("HSTS_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = BEHIND_TLS and env.flag("HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],  # the nonce is for the import map; a page without one has no nonce
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- files ----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "asapp_site.static_storage.DeskStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Only the pages of the desk use them.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- limits of the API (docs/api.md tells them to integrators) -------------------------------------------
API_MAX_BODY_BYTES = env.number("API_MAX_BODY_BYTES", 1024 * 1024, minimum=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = API_MAX_BODY_BYTES

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOGGING = logging_config(
    env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]), env.text("LOG_FORMAT", "text")
)
LOGGING["loggers"].update({"celery": {"level": "WARNING"}, "kombu": {"level": "WARNING"}})
