"""The log format of all lines, the desk's own and those of libraries: `text` for people, `json` for collectors.

Lines carry ids, never message text.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, WrappedLogger

from accounts.request_context import current


def add_request_id(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Add the id of the request or socket during which the line was written, if there is one."""
    if request_id := current().request_id:
        line.setdefault("request_id", request_id)
    return line


def logging_config(level: str, style: str) -> dict[str, Any]:
    """Return a `LOGGING` setting that writes to standard error in this style."""
    if style not in {"text", "json"}:
        raise ImproperlyConfigured(f"LOG_FORMAT: {style!r} is neither text nor json")
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.processors.KeyValueRenderer(
            key_order=["timestamp", "level", "logger", "event"], drop_missing=True
        )
    )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        add_request_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            # The API logs a line for each call (api.middleware), and a bad request is no reason for an alarm.
            "django.request": {"level": "ERROR"},
            "daphne": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }
