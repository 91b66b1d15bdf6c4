"""Structured events: one line for each thing an operator may want to search for, count or follow.

No personal data, by construction: fields have the names below, and a value that does not look like a number,
a code or an identifier is not written. Texts, names, numbers of people and addresses do not.
"""

import logging
import re
from typing import Any

import structlog

from tenants.isolation import schema_migrations
from tenants.isolation.context import NoProvince, UnknownProvince, current_province

LOGGER = "motcua.events"


EVENTS = frozenset(
    {
        "message.accepted", "message.failed", "message.expired", "message.superseded", "message.suppressed",
        "lane.rests", "lane.recovers", "lane.paused", "lane.resumed", "lane.woken",
        "hint.lost", "relay.started", "relay.stopped", "inbound.refused", "inbound.dropped",
        "grant.stored", "grant.renewed", "grant.unclear", "grant.lost",
    }
)  # fmt: skip
# `message` is the row's number, `by` the message that took its place, `code` the provider's own.
FIELDS = frozenset(
    {
        "province", "lane", "task", "channel", "account", "message", "by", "attempt", "outcome", "reason", "code",
        "seconds", "until", "count", "error",
    }
)  # fmt: skip
HIDDEN = "…"
_CODE = re.compile(r"[A-Za-z0-9_.:/+-]{0,80}\Z")
# As long as a telephone number or an ID number, which a provider may put where its code should be.
_PERHAPS_A_PERSON = re.compile(r"\d{8}")
_ALARMING = frozenset(
    {
        "message.failed",
        "message.expired",
        "lane.rests",
        "hint.lost",
        "inbound.refused",
        "inbound.dropped",
        "grant.unclear",
        "grant.lost",
    }
)

_log: Any = structlog.wrap_logger(
    logging.getLogger(LOGGER),
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
)


def log(event: str, **fields: Any) -> None:
    """Write one of EVENTS with some of FIELDS. The province is that of the caller unless named.

    Never raises: other fields are left out, and values that may not be shown are written as “…”. Call it after
    the commit of what it tells.
    """
    if "province" not in fields and (here := _here()):
        fields["province"] = here
    shown = {
        name: _shown(value)
        for name, value in fields.items()
        if name in FIELDS and value is not None and value != ""
    }
    _log.log(logging.WARNING if event in _ALARMING else logging.INFO, event, **shown)


def _here() -> str:
    try:
        return current_province().slug
    except (NoProvince, UnknownProvince):
        return ""


def _shown(value: Any) -> int | float | str:
    if isinstance(value, int | float):
        return round(value, 3)
    text = str(value)
    return text if _CODE.match(text) and not _PERHAPS_A_PERSON.search(text) else HIDDEN


def note_failure(work: str, slug: str) -> bool:
    """Write down what just failed in the current province; whether that is trouble.

    A province that is being made, or was not migrated yet, is passed over without a word: the next look tries again.
    """
    if schema_migrations.is_behind_here():
        return False
    logging.getLogger(__name__).exception("%s of %s", work, slug)
    return True
