"""How the log looks: one JSON object a line for machines, or lines for people. Always on stderr.

Events of `messaging.events_log` and every record of Python's own logging, Django's and Celery's too, come out
the same way.
"""

from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured


def settings(layout: str) -> dict[str, Any]:
    """Django's LOGGING for "json" or "plain"; raises ImproperlyConfigured for anything else."""
    if layout not in ("json", "plain"):
        raise ImproperlyConfigured(f"LOG_FORMAT={layout}: chỉ có json và plain.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *(_FOR_MACHINES if layout == "json" else _FOR_PEOPLE),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            # A 404 is the daily bread of a public portal, not news.
            "django.request": {"level": "ERROR"},
            "motcua.events": {"level": "INFO"},
        },
    }


_FOR_MACHINES: list[Any] = [
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    structlog.processors.JSONRenderer(ensure_ascii=False),
]
_FOR_PEOPLE: list[Any] = [
    structlog.processors.TimeStamper(fmt="%d/%m/%Y %H:%M:%S", utc=False),
    # The plain traceback: the pretty one prints the values of variables, and those may be people's.
    structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    ),
]
