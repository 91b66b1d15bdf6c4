"""A year of settled dossiers for a demonstration province, so that its figures have months to compare.

They come in the way history of an older system does, all invented. What a person would look for in the
demonstration goes through the services instead (`population`).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from dossiers import statistics
from dossiers.legacy_import.bulk_insert import import_batch
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.models import Dossier
from dossiers.rules.statuses import Status
from dossiers.rules.workflow.workflow import Workflow
from procedures.models import Procedure, ProcedureKind
from tenants import clock
from tenants.organisation.models import Agency

SOURCE = "kho-minh-hoa"
DAYS = 400
LATE_SHARE = 0.035
OTHERS = 12
CHANNELS = ("counter", "online", "post")
CHANNEL_WEIGHTS = (50, 42, 8)


def fill(dossiers: int, until: date, chance: random.Random) -> None:
    """Import so many settled dossiers from the thirteen months before a day; once is enough for a province."""
    if dossiers and not Dossier.objects.filter(source=SOURCE).exists():
        directory = Directory()
        import_batch(list(_records(dossiers, until, chance, directory)), source=SOURCE, directory=directory)


def count(say: Callable[[str], None]) -> None:
    """Count what the pages show; a running demonstration counts again every hour."""
    for period in [*statistics.present_periods(clock.today()), *statistics.past_periods(clock.today())]:
        statistics.refresh(period)
    say("  số liệu đã đếm")


def _records(dossiers: int, until: date, chance: random.Random, directory: Directory) -> Iterator[Record]:
    desks = list(Agency.objects.filter(is_desk=True, dissolved_on=None).select_related("parent"))
    procedures = _usual()
    for row in range(dossiers):
        # Hundreds of steps back from the day, the oldest first, so that codes of a day rise.
        day = until - timedelta(days=round((DAYS - 1) * (dossiers - row) / dossiers) + 1)
        yield _record(row + 1, day, chance, directory, desks, procedures)


def _usual() -> Sequence[Procedure]:
    handled = Procedure.objects.filter(
        handled=True, kind=ProcedureKind.NORMAL, current_version__term_unit="working_day"
    )
    usual = handled.select_related("agency", "current_version").order_by("code")
    return [*usual.exclude(summary=""), *usual.filter(summary="")[:OTHERS]]


def _record(
    row: int,
    day: date,
    chance: random.Random,
    directory: Directory,
    desks: Sequence[Agency],
    procedures: Sequence[Procedure],
) -> Record:
    # People come for a few things most of the time.
    procedure = chance.choices(procedures, [1 / place for place in range(1, len(procedures) + 1)])[0]
    desk = chance.choice(desks)
    calendar = directory.calendar.calendar
    received = _at(calendar.first_open_day(day), 8, chance)
    term = procedure.current_version.term_value or 5 if procedure.current_version else 5
    slow = chance.random() < LATE_SHARE
    taken = (
        round(term * chance.uniform(1.1, 1.8)) + 1 if slow else round(term * chance.triangular(0, 0.95, 0.6))
    )
    done = max(_at(calendar.add_open_days(received.date(), taken), 13, chance), received + timedelta(hours=2))
    done = min(done, clock.now() - timedelta(hours=1))
    workflow = directory.workflow(procedure).workflow
    competent = procedure.agency or desk.parent or desk
    return Record(
        row=row,
        source_code=f"MH-{row:05}",
        code="",
        intake=Intake(
            procedure_code=procedure.code,
            owner=PersonData(
                name=f"Người Minh Họa {row}", id_number=f"0009{row:08d}", address="Địa chỉ minh họa"
            ),
            receiving_agency=desk.code,
            competent_agency=competent.code,
            channel=chance.choices(CHANNELS, CHANNEL_WEIGHTS)[0],
            documents=("Tờ khai theo mẫu",),
        ),
        agency=desk.code,
        received_at=received,
        due_at=None,
        start=_stage(workflow, Status.RECEIVED, received),
        stages=(
            _stage(workflow, Status.DONE, done),
            _stage(workflow, Status.RETURNED, done + timedelta(minutes=40)),
        ),
    )


def _stage(workflow: Workflow, status: Status, at: datetime) -> Stage:
    step = next(step for step in workflow.steps.values() if step.status is status)
    return Stage(step.code, status, at)


def _at(day: date, hour: int, chance: random.Random) -> datetime:
    return datetime.combine(day, time(hour), clock.VIETNAM) + timedelta(minutes=chance.randint(0, 170))
