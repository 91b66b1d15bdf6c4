"""The figures of a period over 100,000 dossiers of a year: the one pass, and what it costs beside a plain join."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection

from bench import Figure, Stage
from bench.traffic import filled
from dossiers.lifecycle.models import Event
from dossiers.statistics.counts import figures
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import refresh, several
from tenants import clock

DOSSIERS = 100_000
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MONTH = (date(2026, 10, 1), date(2026, 10, 31))
AFTER = datetime(2027, 1, 1, tzinfo=clock.VIETNAM)
JOIN = "SELECT count(*) FROM dossiers_dossier d JOIN dossiers_event e ON e.dossier_id = d.id AND e.at <= %s"


def measure(stage: Stage) -> Iterable[Figure]:
    with stage.province() as ground, clock.frozen(AFTER):
        stage.say(f"{DOSSIERS} dossiers with their events")
        filled.fill(ground, DOSSIERS, until=AFTER)
        yield Figure("events", Event.objects.count(), "rows")

        stage.say("counting")
        figures(*YEAR)
        joining = stage.seconds(_join)
        year = stage.seconds(lambda: figures(*YEAR, by="agency"))
        yield Figure("plain join of the same rows", joining * 1000, "ms")
        yield Figure("a year by agency", year * 1000, "ms")
        month = stage.seconds(lambda: figures(*MONTH, by="agency"))
        yield Figure("a month by agency", month * 1000, "ms")
        refreshed = stage.seconds(lambda: refresh(Period.month(MONTH[0])))
        yield Figure("snapshots of a month, all dimensions", refreshed * 1000, "ms")
        read = stage.seconds(lambda: several([(Period.month(MONTH[0]), "agency")]))
        yield Figure("reading a snapshot", read * 1000, "ms")
        yield Figure("a year by agency / plain join", year / joining, "ratio", bound=30, better="less")


def _join() -> None:
    with connection.cursor() as cursor:
        cursor.execute(JOIN, [AFTER])
        cursor.fetchone()
