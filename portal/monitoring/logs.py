"""How the log looks: one JSON object a line for machines, or lines for people. Always on stderr.

Events of `messaging.event_log`, those of signing in and every record of Python's own logging, Django's and Celery's too, come out
the same way, with the number of the request and the province in which they were written. Numbers as long as a
person's, addresses of mail, tokens in addresses and the details of the database's errors are blotted out: names
cannot be known by their shape, so nothing may be logged that was typed.
"""

import re
from typing import Any, Literal

import structlog
from django.apps import apps


def settings(layout: Literal["json", "plain"]) -> dict[str, Any]:
    # What is logged by structlog's own loggers goes the same way; unset, it would print to the terminal in colours.
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    is_json = layout == "json"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(_EXTRA),
                    _where,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.TimeStamper(
                        fmt="iso" if is_json else "%d/%m/%Y %H:%M:%S", utc=is_json
                    ),
                    structlog.processors.format_exc_info,
                    _without_people,
                    structlog.processors.JSONRenderer(ensure_ascii=False) if is_json else _for_people,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            # A 404 is the daily bread of a public portal, not news.
            "django.request": {"level": "ERROR"},
            # Nor is a form without its token, or an address too long to come back to; anybody may send them for ever.
            "django.security.csrf": {"level": "ERROR"},
            "django.security.DisallowedRedirect": {"level": "CRITICAL"},
            "motcua.events": {"level": "INFO"},
            "motcua.requests": {"level": "INFO"},
            "tenants.accounts.signin": {"level": "INFO"},
        },
    }


_EXTRA = ("method", "route", "status", "seconds", "province")

HIDDEN = "…"
LINE_MAX = 2_000
LINES_MAX = 200
CUT_WORD_MAX = 100
_CUT_WORD = re.compile(r"[\w@.+ -]+\Z")
_PERSONAL = (
    # What a statement was about, in the database's own words: keys, values, whole rows.
    (re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE), rf"\1: {HIDDEN}"),
    (re.compile(r"(?<=/h/)[\w.-]{16,}"), HIDDEN),
    (re.compile(r"(?<=/ban-nhap/)[\w.:-]{16,}"), HIDDEN),
    # Bounded, and begun at the start of a word alone: its cost must not grow with the square of the text.
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,1000}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), HIDDEN),
    # A telephone or ID number, however it is grouped; codes of dossiers have no eight digits in a row.
    (re.compile(r"(?<![\w.])(?:\+?84|0)(?:[ .-]?\d){8,11}(?!\d)"), HIDDEN),
    (re.compile(r"\d{8,}"), HIDDEN),
)
# Ours, and of a known shape.
_CLEAN = frozenset({"timestamp", "request", "province", "level", "logger", "seconds", "status"})


def clean(text: str) -> str:
    """The text without personal data; longer lines and texts are cut, so that the cost is bounded."""
    text = _cut(text)
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    return text


def _cut(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > LINES_MAX:
        # Of a long traceback its beginning and its end are worth keeping.
        lines = [*lines[: LINES_MAX // 2], HIDDEN, *lines[-LINES_MAX // 2 :]]
    return "\n".join(_cut_line(line) for line in lines)


def _cut_line(line: str) -> str:
    if len(line) <= LINE_MAX:
        return line
    # A number or an address that the cut goes through would no longer be recognised.
    return (
        line[: LINE_MAX - CUT_WORD_MAX] + _CUT_WORD.sub("", line[LINE_MAX - CUT_WORD_MAX : LINE_MAX]) + HIDDEN
    )


def _where(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Add the request's number and the province, where there are any: the schedule's process loads no models."""
    if not apps.ready:
        return event
    from portal.monitoring import request_ids

    for name, value in (("request", request_ids.current()), ("province", request_ids.present_province())):
        if value:
            event.setdefault(name, value)
    return event


def _without_people(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if name in _CLEAN or not isinstance(value, str) else clean(value)
        for name, value in event.items()
    }


# The plain traceback: the pretty one prints the values of variables, and those may be people's.
_for_people = structlog.dev.ConsoleRenderer(
    colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
)
