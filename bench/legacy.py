"""Taking over an old system's dossiers, file and checks included, against a bare COPY of the rows it wrote."""

import os
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bench import Figure, Ground, Stage

ROWS = int(os.environ.get("LEGACY_ROWS", "20000"))
TABLES = (
    "dossiers_party", "dossiers_dossier", "dossiers_note", "dossiers_event", "dossiers_accesstoken",
    "contacts_contact", "contacts_consent", "dossiers_dailycounter",
)  # fmt: skip
LEAST_RATIO = 0.1


def measure(stage: Stage) -> Iterable[Figure]:
    """Seconds for both, the peak of memory that loading added, and their ratio: at least a tenth."""
    from dossiers.legacy_import.importer import load
    from messaging.outbox.models.messages import Message
    from tenants import clock
    from tests.dossiers import legacy_files

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with stage.province() as ground:
            file = _file(folder, ground, clock.now())
            before = _forget_peak_of_memory()
            started = time.perf_counter()
            outcome = load(file, legacy_files.MAPPING, report_to=folder / "report.xlsx")
            loading = time.perf_counter() - started
            assert outcome.written, [str(one) for one in outcome.findings.most_pressing()]
            yield Figure("rows", outcome.rows, "rows")
            yield Figure("messages", Message.objects.count(), "rows", bound=0, better="less")
            yield Figure("load", loading, "s")
            yield Figure("load", outcome.rows / loading, "rows/s")
            yield Figure("memory added at the peak", _peak_of_memory() - before, "MB")
            written = [_dump(table, folder) for table in TABLES]
        stage.say("bare COPY of the same rows")
        with stage.province():
            copying = stage.seconds(lambda: _copy(written), times=1)
    yield Figure("bare COPY", copying, "s")
    yield Figure("bare COPY / load", copying / loading, "ratio", bound=LEAST_RATIO)


def _file(folder: Path, ground: Ground, until: datetime) -> Path:
    from tenants.organisation.models import Assignment, Role
    from tests.dossiers import legacy_files

    departments = [agency for agency in ground.agencies if not agency.is_desk]
    for agency in departments:
        Assignment.objects.create(user=ground.office.specialist, agency=agency, role=Role.SPECIALIST)
    rows = legacy_files.many(
        ROWS,
        desks=[agency.code for agency in ground.agencies if agency.is_desk],
        departments=[agency.name for agency in departments],
        procedures=[procedure.code for procedure in ground.procedures],
        specialists=[ground.office.specialist.username],
        until=until,
    )
    return legacy_files.write_csv(folder / "rows.csv", rows)


def _dump(table: str, folder: Path) -> tuple[str, Path]:
    from django.db import connection

    path = folder / table
    statement = f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT"
    with connection.cursor() as cursor, path.open("wb") as stream, cursor.copy(statement) as rows:
        for block in rows:
            stream.write(block)
    return table, path


def _copy(written: Iterable[tuple[str, Path]]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for table, path in written:
            with path.open("rb") as stream, cursor.copy(f"COPY {table} FROM STDIN") as rows:
                while block := stream.read(1 << 16):
                    rows.write(block)


def _forget_peak_of_memory() -> float:
    """Begin to watch the peak anew; the present resident size in MB (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak_of_memory()


def _peak_of_memory() -> float:
    """The largest resident size of this process, in MB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
