"""The dates of a dossier as entries for a calendar: iCalendar, RFC 5545, whole days.

An entry holds the procedure's short name and the code, no person, and the look-up page rather than the page behind
the token: calendars are shared. A later file with the same UIDs takes the place of an earlier one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle.citizen_requests import CitizenRequest
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.web.absolute_urls import absolute

LONGEST_LINE = 75
"""In bytes, without the line's end (RFC 5545 §3.1)."""
_ESCAPED = re.compile(r"[\\;,]")
# A carriage return would begin a line of its own. Line feed and tab may stand.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True)
class Entry:
    """A whole day in Viet Nam. `name` makes the UID, together with the code."""

    name: str
    day: date
    summary: str


def entries(dossier: Dossier, request: CitizenRequest | None) -> list[Entry]:
    """The day of the result, while a promised date runs, and the last day for what `request`, the standing one, lacks.

    None for a complaint: that there is one is not for a calendar that others see.
    """
    if dossier.kind != Dossier.Kind.NORMAL:
        return []
    return list(_entries(dossier, request))


def _entries(dossier: Dossier, request: CitizenRequest | None) -> Iterator[Entry]:
    status = dossier.status_enum
    said = {"procedure": dossier.procedure.short_name, "code": dossier.code}
    waits = status.waits_for_citizen and not (request and request.is_whole)
    if waits and dossier.citizen_due_at:
        words = (
            _("Hạn bổ sung giấy tờ: %(procedure)s (%(code)s)")
            if status is Status.SUPPLEMENT_REQUIRED
            else _("Hạn nộp tiền: %(procedure)s (%(code)s)")
        )
        yield Entry("han", _day(dossier.citizen_due_at), words % said)
    if status.clock_runs and dossier.due_at and not dossier.paused_since:
        yield Entry("hen-tra", _day(dossier.due_at), _("Hẹn trả kết quả: %(procedure)s (%(code)s)") % said)


def calendar_file(code: str, found: Sequence[Entry], sequence: int) -> bytes:
    """These entries as a file. `sequence` rises with each act, so that a calendar knows which file is newer."""
    host = absolute("/").partition("://")[2].strip("/")
    address = absolute(f"{reverse('lookup')}?{urlencode({'ma': code})}")
    stamp = f"{clock.now().astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mot Cua//Ho so//VI", "METHOD:PUBLISH"]
    for entry in found:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.name}-{code}@{host}",
            f"DTSTAMP:{stamp}",
            f"SEQUENCE:{sequence}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escaped(entry.summary)}",
            f"URL:{address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines).encode()


def escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545 §3.3.11), without control characters."""
    return _ESCAPED.sub(r"\\\g<0>", _CONTROL.sub("", text)).replace("\n", "\\n")


def folded(line: str) -> str:
    """A line in parts of at most LONGEST_LINE bytes, none of which ends inside a letter (RFC 5545 §3.1)."""
    parts, rest = [], line
    room = LONGEST_LINE
    while len(rest.encode()) > room:
        head = rest.encode()[:room].decode(errors="ignore")
        parts.append(head)
        rest, room = rest[len(head) :], LONGEST_LINE - 1
    return "\r\n ".join([*parts, rest])


def _day(at: datetime) -> date:
    return wording.local(at).date()
