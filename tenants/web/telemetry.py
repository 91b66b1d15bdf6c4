"""Telemetry: metrics for Prometheus, and structured events in the log.

Metrics lie in files that all processes of an installation share (PROMETHEUS_MULTIPROC_DIR); the web process
adds them up at /metrics. How things stand is not counted here: `portal.monitoring.metrics` reads it from the database.
A count that cannot be kept is dropped: no message ever waits for, or fails by, its measurement.

An event is one line for each thing that an operator may want to search for, count or follow. No personal data, by
construction: fields have the names below, and a value that does not look like a number, a code or an identifier is
not written. Texts, names, numbers of people and addresses do not.
"""

import fcntl
import logging
import os
import re
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import structlog
from django.conf import settings
from prometheus_client import Counter, Histogram, values

from tenants.isolation import schema_migrations
from tenants.isolation.context import NoProvince, current_province
from tenants.isolation.province_cache import UnknownProvince
from tenants.web.budgets import Budget

_logger = logging.getLogger(__name__)

ATTEMPT_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
# 1, 10 and 60 seconds are what is promised or alarmed about.
REQUEST_SECONDS = (0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
NOTICE_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)
_MOST_PROCESSES = 512
_RESERVED_BYTES = 1 << 19


# By name: what is counted, by which labels.
_COUNTERS = {
    "attempts": (
        "Attempts to send a message, by what they came to.",
        ("province", "channel", "outcome", "reason"),
    ),
    "hints_failed": ("Hints to the queue that failed; the sweep finds the work.", ()),
    "inbound": ("Callbacks from channels, by what became of them.", ("channel", "result")),
    "requests": ("Requests that a page answered, by kind of answer.", ("province", "answer")),
    "lookups_refused": ("Look-ups refused, by the budget that was used up.", ("province", "budget")),
    "one_time_codes": ("One-time codes, by what became of them.", ("province", "result")),
    "budget_refused": (
        "Requests refused, by the budget and the scope of its limit that was used up.",
        ("province", "budget", "scope"),
    ),
}
# By name: what is measured, by which labels, and the limits of its classes in seconds.
_HISTOGRAMS = {
    "attempt_seconds": ("How long one attempt took.", ("channel",), ATTEMPT_SECONDS),
    "notice_delay_seconds": (
        "From when a message might be sent until its channel had accepted it.",
        ("province",),
        NOTICE_SECONDS,
    ),
    "request_seconds": ("How long an answer took.", ("province",), REQUEST_SECONDS),
    "page_wait_seconds": (
        "How long a page waits for a thread, tried every five seconds.",
        (),
        REQUEST_SECONDS,
    ),
}


class _Slot:
    """A number that no other living process on this folder has: the lowest free one, held by a lock.

    Process ids would not do: they grow without end as workers are replaced, each leaving files behind, and in
    containers that share the folder they collide. The system frees the lock when the process dies, however it
    dies; the next process goes on counting in its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._pid, self._number, self._file = folder, 0, 0, -1

    def __call__(self) -> int:
        if self._pid != os.getpid():
            if self._file >= 0:
                # Inherited through a fork: the lock stays with the parent, who still has it open.
                os.close(self._file)
                self._file = -1
            self._take()
            self._reserve()
        return self._number

    def _take(self) -> None:
        for number in range(_MOST_PROCESSES):
            place = self._folder / f"slot-{number}.lock"
            with suppress(PermissionError):  # left by another account
                file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(file)
                else:
                    self._file, self._number, self._pid = file, number, os.getpid()
                    return
        raise OSError(f"no free place in {self._folder}")

    def _reserve(self) -> None:
        """Take the room on the disk now: a full disk is then an error here, not the end of the process later."""
        for kind in ("counter", "histogram"):
            path = self._folder / f"{kind}_{self._number}.db"
            with path.open("ab") as file:
                if file.seek(0, os.SEEK_END) < _RESERVED_BYTES:
                    os.posix_fallocate(file.fileno(), 0, _RESERVED_BYTES)


_made: dict[str, Any] = {}
_making = Lock()


def folder() -> Path:
    """Where the processes of this installation keep their counts."""
    return Path(settings.METRICS_DIR)


def _instruments() -> dict[str, Any]:
    """Made when first needed, so that commands that count nothing leave no files."""
    if not _made:
        with _making:
            if not _made:
                _made.update(_make())
    return _made


def _make() -> dict[str, Any]:
    try:
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder())
        values.ValueClass = values.MultiProcessValue(process_identifier=_Slot(folder()))
        return define()
    except (
        Exception
    ) as error:  # no room, no right, or a file that cannot be read: count for this process alone
        _logger.warning("counts stay in this process: %s: %s", type(error).__name__, folder())
        values.ValueClass = values.MutexValue
        return define()


def define() -> dict[str, Any]:
    """Each counter and histogram by its name, new; registered nowhere."""
    made: dict[str, Any] = {
        name: Counter(f"motcua_{name}", text, labels, registry=None)
        for name, (text, labels) in _COUNTERS.items()
    }
    for name, (text, labels, buckets) in _HISTOGRAMS.items():
        made[name] = Histogram(f"motcua_{name}", text, labels, buckets=buckets, registry=None)
    return made


def _note(name: str, *labels: str, seconds: float | None = None) -> None:
    """Count one, or so many seconds; drop what cannot be counted."""
    try:
        made = _instruments()[name]
        of_labels = made.labels(*labels) if labels else made
        of_labels.inc() if seconds is None else of_labels.observe(seconds)
    except Exception as error:
        _logger.warning("not counted: %s: %s", name, type(error).__name__)


def attempted(province: str, channel: str, outcome: str, reason: str, seconds: float) -> None:
    """One attempt, or one question about a message, has ended. Outcome and reason as in `channels.base`."""
    _note("attempts", province, channel, outcome, reason)
    _note("attempt_seconds", channel, seconds=seconds)


def accepted(province: str, delay: timedelta | float) -> None:
    """A channel has a message, so long after it might be sent (`not_before`)."""
    seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
    # Clocks of two statements: a hair below nothing is nothing.
    _note("notice_delay_seconds", province, seconds=max(seconds, 0.0))


def hint_failed() -> None:
    """The queue did not take a hint."""
    _note("hints_failed")


def inbound(channel: str, result: str) -> None:
    """A callback came; `result` is one word: taken, repeated, refused, unreadable, …"""
    _note("inbound", channel, result)


def answered(province: str, status: int, seconds: float) -> None:
    """A page answered a request; `province` is "public" at the national host."""
    _note("requests", province, f"{status // 100}xx")
    _note("request_seconds", province, seconds=seconds)


def page_waited(seconds: float) -> None:
    """So long a page would wait just now for a thread of this process."""
    _note("page_wait_seconds", seconds=seconds)


def lookup_refused(province: str, budget: str) -> None:
    """A look-up was refused because this kind of budget was used up: code, network, province, hits, …"""
    _note("lookups_refused", province, budget)


def one_time_code(province: str, result: str) -> None:
    """A one-time code was issued, sent, unsent, typed (right, wrong), or refused (number_limit, province_limit)."""
    _note("one_time_codes", province, result)


def budget_refused(sender: Budget, *, scope: str, **_signal: Any) -> None:
    """A budget had no room; `scope` is the limit that refused: draft, number, network, site, province, …"""
    _note("budget_refused", _here() or "public", sender.name, scope)


LOGGER = "motcua.events"


EVENTS = frozenset(
    {
        "message.accepted", "message.failed", "message.expired", "message.superseded", "message.suppressed",
        "lane.rests", "lane.recovers", "lane.paused", "lane.resumed", "lane.woken",
        "hint.lost", "relay.started", "relay.stopped", "inbound.refused", "inbound.dropped",
        "grant.consented", "grant.asked", "grant.renewed", "grant.later", "grant.unclear", "grant.lost", "grant.ended",
        "code.unsent", "code.limit",
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
        "message.failed", "message.expired", "lane.rests", "hint.lost", "inbound.refused", "inbound.dropped",
        "grant.unclear", "grant.lost", "code.unsent", "code.limit",
    }
)  # fmt: skip

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
    _logger.exception("%s of %s", work, slug)
    return True
