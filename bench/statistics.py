"""The figures of a period over 100,000 dossiers of a year: the one pass, and what it costs beside a plain join."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection
from django.db.models import Model

from bench import Figure, Ground, Stage
from dossiers import statistics
from dossiers.models import Event
from dossiers.statistics import Period
from tenants import clock
from tenants.isolation.context import province_context
from tests.dossiers.histories import Act, History, write
from tests.provinces import as_owner

DOSSIERS = 100_000
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
MONTH = (date(2026, 10, 1), date(2026, 10, 31))
AFTER = datetime(2027, 1, 15, tzinfo=clock.VIETNAM)
JOIN = "SELECT count(*) FROM dossiers_dossier d JOIN dossiers_event e ON e.dossier_id = d.id AND e.at <= %s"


def measure(stage: Stage) -> Iterable[Figure]:
    with stage.province() as ground, clock.frozen(AFTER):
        stage.say(f"{DOSSIERS} dossiers with their events")
        _fill(ground)
        yield Figure("events", Event.objects.count(), "rows")

        stage.say("counting")
        statistics.figures(*YEAR)
        joining = stage.seconds(_join)
        year = stage.seconds(lambda: statistics.figures(*YEAR, by="agency"))
        yield Figure("plain join of the same rows", joining * 1000, "ms")
        yield Figure("a year by agency", year * 1000, "ms")
        month = stage.seconds(lambda: statistics.figures(*MONTH, by="agency"))
        yield Figure("a month by agency", month * 1000, "ms")
        months = stage.seconds(lambda: statistics.figures(*YEAR, by="month"))
        yield Figure("a year and its months", months * 1000, "ms")
        refreshed = stage.seconds(lambda: statistics.refresh(Period.month(MONTH[0])))
        yield Figure("snapshots of a month, all dimensions", refreshed * 1000, "ms")
        read = stage.seconds(lambda: statistics.snapshot(Period.month(MONTH[0]), "agency"))
        yield Figure("reading a snapshot", read * 1000, "ms")
        yield Figure("a year by agency / plain join", year / joining, "ratio", bound=30, better="less")


def _join() -> None:
    with connection.cursor() as cursor:
        cursor.execute(JOIN, [AFTER])
        cursor.fetchone()


def _fill(ground: Ground) -> None:
    """Dossiers evenly over the year. Two in ten were asked for papers, one in a hundred clicks was taken
    back, one in twenty is still open."""
    [template] = write(ground.office, [History(AFTER, [Act(AFTER, 4)])])
    event = Event.objects.get(dossier=template)
    agencies = ", ".join(str(agency.pk) for agency in ground.agencies)
    procedures = ", ".join(str(procedure.pk) for procedure in ground.procedures)
    received = f"timestamptz '2026-01-01 08:00+07' + n * interval '365 days' / {DOSSIERS}"
    _multiply(
        template,
        {
            "id": f"{template.pk} + n",
            "code": "'H15.08-260101-1' || n",
            "channel": "(ARRAY['counter', 'online', 'online', 'post'])[n %% 4 + 1]",
            "competent_agency_id": f"(ARRAY[{agencies}])[n %% {len(ground.agencies)} + 1]",
            "procedure_id": f"(ARRAY[{procedures}])[n * 7 %% {len(ground.procedures)} + 1]",
            "status": "CASE WHEN n %% 20 = 0 THEN 4 ELSE 10 END",
            "received_at": received,
            "counted_from": received,
        },
    )
    steps = (
        # sequence, status, clock, hours after the receipt, undoes, only for
        (1, 2, "none", 0, "NULL", "true"),
        (2, 4, "none", 4, "NULL", "true"),
        (3, 5, "pause", 30, "NULL", "n %% 5 = 0"),
        (4, 4, "restart", 100, "NULL", "n %% 5 = 0"),
        (5, 9, "close", 110, "NULL", "n %% 100 = 3"),
        (6, 4, "none", 111, "5", "n %% 100 = 3"),
        (7, 9, "close", 120, "NULL", "n %% 20 <> 0"),
        (8, 10, "close", 150, "NULL", "n %% 20 <> 0"),
    )
    for sequence, status, effect, hours, undoes, only in steps:
        _multiply(
            event,
            {
                "dossier_id": f"{template.pk} + n",
                "sequence": str(sequence),
                "status": str(status),
                "clock": f"'{effect}'",
                "undoes": f"{undoes}::int",
                "at": f"{received} + interval '{hours} hours' * (1 + n %% 3)",
                "due_at": f"{received} + interval '15 days'",
            },
            only,
        )
    with as_owner(), province_context(ground.record), connection.cursor() as cursor:
        cursor.execute("ANALYZE dossiers_dossier, dossiers_event")


def _multiply(row: Model, changed: Mapping[str, str], only: str = "true") -> None:
    """Copies of a row in SQL, numbered by n; `changed` gives some columns as expressions."""
    table = row._meta.db_table
    columns = [field.column for field in row._meta.local_fields if field.column != "id" or "id" in changed]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} original, generate_series(1, {DOSSIERS}) n "
            f"WHERE original.id = %s AND {only}",
            [row.pk],
        )
