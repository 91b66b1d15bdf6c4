"""What everybody may read: the list, one announcement, the few that stand on other pages, and their HTML.

Those few are known to each process for a few seconds, so that a banner costs the pages it stands on nothing.
They are kept here and not in Valkey: they are small, and right when it is away.
"""

import re
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractYear

from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.isolation.context import current_province
from tenants.organisation import catalogue

KEEP_SECONDS = 10.0
LATEST = 3
MOST_ALERTS = 20
_ALERTING = (Publication.Kind.URGENT, Publication.Kind.OUTAGE)
_SHOWN = (
    "pk", "kind", "title", "title_en", "published_at", "publish_from", "publish_until", "starts_at", "ends_at"
)  # fmt: skip

_known: dict[UUID, tuple[float, tuple[Publication, ...]]] = {}


def published() -> QuerySet[Publication]:
    """All that were ever public up to now, withdrawn ones too, newest first."""
    return Publication.objects.filter(published_at__isnull=False, publish_from__lte=clock.now()).order_by(
        "-publish_from", "-pk"
    )


def current() -> QuerySet[Publication]:
    """What is being announced now: neither over nor withdrawn."""
    lasting = Q(publish_until__isnull=True) | Q(publish_until__gt=clock.now())
    return published().filter(lasting, withdrawn_at__isnull=True)


def of_year(year: int) -> QuerySet[Publication]:
    """All of a calendar year in Viet Nam, also what is over or withdrawn."""
    return published().filter(publish_from__year=year)


def years() -> list[int]:
    """Years in which anything was announced, the latest first."""
    found = published().order_by().annotate(year=ExtractYear("publish_from")).values_list("year", flat=True)
    return sorted(set(found.distinct()), reverse=True)


def get(number: int) -> Publication | None:
    """The announcement at a public address; None for a draft and for what is not shown yet."""
    return published().select_related("issuer").filter(pk=number).first()


def alerts() -> list[Publication]:
    """What stands on every page now, as far as it shows there: urgent ones first, then outages, the nearest first."""
    now = clock.now()
    found = [one for one in _few() if one.kind in _ALERTING and _is_shown(one, now)]
    return sorted(found, key=lambda one: (one.kind != Publication.Kind.URGENT, one.starts_at or now, -one.pk))


def latest() -> list[Publication]:
    """The newest of what is announced now, as far as the first page shows it."""
    now = clock.now()
    return [one for one in _few() if _is_shown(one, now)][:LATEST]


def _is_shown(one: Publication, now: datetime) -> bool:
    begins, ends = one.publish_from, one.publish_until
    return begins is not None and begins <= now and (ends is None or now < ends)


def moments_passed() -> int:
    """How often anything published began or ended to be shown until now: what pages show changes with it."""
    return bisect_right(catalogue.kept("moments", _read_moments, "news"), clock.now())


def _read_moments() -> list[datetime]:
    shown = Publication.objects.filter(published_at__isnull=False).order_by()
    rows = shown.values_list("publish_from", "publish_until")
    return sorted(moment for row in rows for moment in row if moment is not None)


def outage_ends() -> datetime | None:
    """When the planned outage that goes on now is to end; None when there is none. Asks the database."""
    now = clock.now()
    going_on = current().filter(kind=Publication.Kind.OUTAGE, starts_at__lte=now, ends_at__gt=now)
    return going_on.order_by("-ends_at").values_list("ends_at", flat=True).first()


def forget() -> None:
    """Drop what this process knows of the present province, once the transaction is committed."""
    transaction.on_commit(partial(_known.pop, current_province().uuid, None))


def forget_all() -> None:
    """Drop what this process knows of all provinces."""
    _known.clear()


def _few() -> tuple[Publication, ...]:
    owner = current_province().uuid
    found = _known.get(owner)
    if found is None or time.monotonic() - found[0] > KEEP_SECONDS:
        # Taken before the question: what is written meanwhile is asked for again in time.
        asked = time.monotonic()
        found = _known[owner] = (asked, _read())
    return found[1]


def _read() -> tuple[Publication, ...]:
    now = clock.now()
    standing = Publication.objects.filter(published_at__isnull=False, withdrawn_at__isnull=True).filter(
        Q(publish_until__isnull=True) | Q(publish_until__gt=now)
    )
    newest = current().values("pk")[:LATEST]
    wanted = standing.filter(Q(kind__in=_ALERTING) | Q(pk__in=newest)).order_by("-publish_from", "-pk")
    return tuple(Publication(**row) for row in wanted.values(*_SHOWN)[: MOST_ALERTS + LATEST])


_ITEM = re.compile(r"\A[-•*–][ \t\u00a0]+(?=\S)")
_HEADING = re.compile(r"\A#{1,3}[ \t\u00a0]+(?=\S)")
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text: `kind` is heading, list or paragraph. Lines are plain text, to be escaped when shown."""

    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def blocks(text: str) -> list[Block]:
    """The parts of a text in order; nothing for an empty one."""
    found = []
    for kind, lines in groupby(_classified(text), key=lambda line: line[0]):
        if kind == "gap":
            continue
        parts = tuple(line for _kind, line in lines)
        # Two headings in a row are two headings, not one of two lines.
        found += [Block(kind, (part,)) for part in parts] if kind == "heading" else [Block(kind, parts)]
    return found


def _classified(text: str) -> Iterator[tuple[str, str]]:
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            yield "gap", ""
        elif found := _ITEM.match(line):
            yield "list", line[found.end() :]
        elif found := _HEADING.match(line):
            yield "heading", line[found.end() :]
        else:
            yield "paragraph", line


def tidy(text: str) -> str:
    """The text with line ends of one kind, without spaces around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def one_line(text: str) -> str:
    """The text on one line, each run of spaces as one."""
    return " ".join(text.split())


def is_fit(text: str) -> bool:
    """Whether the text holds only what a page can show: no control characters, none that turn the direction."""
    return not _UNFIT.search(text)
