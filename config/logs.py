"""Structured logs with the request's id: JSON lines in production, readable text elsewhere."""

from contextvars import ContextVar
from typing import Any

import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")
SECRETS = ("password", "secret", "token", "cookie", "session", "authorization", "phone", "reserve")
HIDDEN = "[hidden]"


def add_request_id(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """Adds the id of the request being served, if any."""
    current = request_id.get()
    if current:
        event["request_id"] = current
    return event


def hide_secrets(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
    """The last net: a field that is named like a secret never shows its value. Django adds the
    whole request, whose query may name a person; its line has the path."""
    event.pop("request", None)
    for key in event:
        if any(word in key.lower() for word in SECRETS):
            event[key] = HIDDEN
    return event


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """Returns Django's LOGGING: every record, ours or a library's, through one formatter."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_request_id,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # Plain tracebacks: local variables may hold a reserve price or a phone number.
    rendering: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        rendering += [structlog.processors.format_exc_info]
        rendering += [structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        plain = structlog.dev.plain_traceback
        rendering += [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": rendering,
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # One line a request for machines; at a terminal only those that were refused.
            "config.requests": {"level": "INFO" if as_json else "WARNING"},
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
            "pyhanko": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }
