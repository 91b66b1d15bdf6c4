"""Bringing a province to the state its folder describes: check everything, then create, then step by step.

A plan runs the very same in a transaction that is rolled back. An apply remembers the state it leaves: a value that
differs now was set at the desk or in admin, and must not vanish because a file says something else. What was done is
kept as files: JSON for programs, a page for people.
"""

import getpass
import json
import os
import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit import log
from tenants.folder.applied import Place, changed_by_hand, last_applied, remember_applied
from tenants.folder.folder import Folder, open_folder, refuse_at_rest, reports_folder
from tenants.folder.problems import Refused, ValidationProblem, blocking, refuse
from tenants.folder.steps import AnyStep, Progress, State, StepReport, Tell
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.rehearsal import rolled_back
from tenants.operations.onboarding import province_row, sections
from tenants.operations.onboarding.validate import faults_of

_CREATION = 6
_STEP_WEIGHTS = {"catalogue": 12}
_NAME_MOST = 63  # PostgreSQL cuts application_name there.
_COUNTS = ("added", "changed", "hidden", "unchanged", "notes")
_HOLDER = """
    SELECT activity.application_name, lock.pid, activity.backend_start
    FROM pg_locks lock JOIN pg_stat_activity activity USING (pid)
    WHERE lock.locktype = 'advisory' AND lock.granted
      AND (lock.classid::bigint << 32 | lock.objid::bigint) = hashtextextended(%s, 0) AND lock.objsubid = 1
"""


class Manual(StrEnum):
    """Treatment of a value changed by hand since the last apply, for which a file says another."""

    REFUSE = "refuse"
    KEEP = "keep"
    OVERWRITE = "overwrite"


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would be another. `by_hand`: the present one was set since the last apply."""

    thing: str
    field: str
    before: str
    after: str
    by_hand: bool

    @property
    def place(self) -> str:
        return f"{self.thing}, {self.field}"


@dataclass(frozen=True, slots=True)
class RanStep:
    """What one step did or would do: its counts, and of a plan each value that would differ.

    `kept`: how many values changed by hand were left as they are.
    """

    step: AnyStep
    report: StepReport
    changes: tuple[Change, ...] = ()
    kept: int = 0


@dataclass(slots=True)
class ApplyReport:
    """What an apply did, or would do."""

    slug: str
    created: bool = False
    row_changes: list[str] = field(default_factory=list)
    """Changes of the province's own row and hosts, in words."""
    steps: list[RanStep] = field(default_factory=list)
    remarks: tuple[ValidationProblem, ...] = ()
    kept: int = 0
    seconds: float = 0.0

    @property
    def changes(self) -> int:
        """How many things differ from before; 0 when the folder had been applied already."""
        return int(self.created) + len(self.row_changes) + sum(one.report.changes for one in self.steps)

    @property
    def by_hand(self) -> list[Change]:
        """The changes people made that would be overwritten."""
        return [change for one in self.steps for change in one.changes if change.by_hand]

    def as_data(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "province": self.slug,
            "created": self.created,
            "changes": self.changes,
            "row": self.row_changes,
            "steps": [
                {
                    "code": one.step.code,
                    "title": str(one.step.title),
                    **{name: getattr(one.report, name) for name in _COUNTS},
                    "values": [asdict(change) for change in one.changes],
                }
                for one in self.steps
            ],
        }


def chosen_steps(only: Collection[str]) -> list[AnyStep]:
    """The steps of these codes in their order, all when none is named. Raises Refused for an unknown code."""
    known = {step.code: step for step in sections.STEPS}
    if strange := sorted(set(only) - set(known)):
        names = {"strange": ", ".join(strange), "known": ", ".join(known)}
        raise refuse("--only", 0, _("không có bước %(strange)s; các bước: %(known)s.") % names)
    return [step for step in known.values() if not only or step.code in only]


def apply_province(
    slug: str,
    progress: Progress | None = None,
    *,
    only: Collection[str] = (),
    manual: Manual = Manual.REFUSE,
) -> ApplyReport:
    """Make the province what its folder says: row, hosts, schema, then each step.

    Everything is checked first: with a blocking problem Refused is raised and nothing is changed. A creation
    that fails leaves no row, schema or role. Each step is one transaction inside the province; when one fails
    or this process dies, the steps before it stay, the province keeps its state, and the next apply goes on.
    Two applies of one province do not overlap. Applying the same folder again reports 0 changes.

    What people changed since the last apply and the folder would set otherwise is refused, left (KEEP) or
    overwritten, as `manual` says. With `only` just these steps are checked and run, in a province that exists;
    its row, hosts and state stay.

    The state moves forward only (draft, pilot, live), after the last step: a pause is the operators' word.
    Raises schemas.NotTheOwner under the run-time login.
    """
    progress = progress or Progress()
    began = monotonic()
    with _checked(slug, only, progress) as (folder, chosen, problems, province):
        if province is None and only:
            raise refuse(slug, 0, _("chưa có tỉnh này; lần đầu phải áp dụng đủ các bước."))
        if province is not None:
            province_row.finish_schema(province, progress)
            if manual is Manual.REFUSE:
                _refuse_to_overwrite(folder, province, chosen)
        report = _bring(folder, province, chosen, progress, whole=not only, manual=manual)
    report.remarks, report.seconds = tuple(problems), monotonic() - began
    return report


def plan_province(slug: str, progress: Progress | None = None, *, only: Collection[str] = ()) -> ApplyReport:
    """Changes that an apply would make now, step by step, and the remarks on the folder. Changes nothing.

    For a province that is not there its tables are made and vanish again. Raises Refused for a folder with blocking
    faults and where an apply would refuse the province, schemas.NotTheOwner under the run-time login.
    """
    progress = progress or Progress()
    with _checked(slug, only, progress) as (folder, chosen, problems, province):
        report = _planned(folder, province, chosen, progress, whole=not only)
    report.remarks = tuple(problems)
    return report


@contextmanager
def _checked(
    slug: str, only: Collection[str], progress: Progress
) -> Iterator[tuple[Folder, list[AnyStep], list[ValidationProblem], Province | None]]:
    """Folder, steps, remarks and province, alone with them. Raises Refused for whatever keeps an apply from beginning."""
    schemas.require_owner()
    folder = open_folder(slug)
    chosen = chosen_steps(only)
    with _alone(slug, progress), public_context():
        if missing := schema_migrations.missing_here():
            text = _("các bảng chung còn theo bản mã cũ (thiếu %(migration)s): chạy schemas migrate trước.")
            raise refuse("public", 0, text % {"migration": missing[0]})
        problems = faults_of(folder, chosen)
        if blocking(problems):
            raise Refused(problems)
        province = Province.objects.filter(schema_name=slug).first()
        if province is not None:
            refuse_at_rest(province)
        yield folder, chosen, problems, province


def _planned(
    folder: Folder, province: Province | None, chosen: Sequence[AnyStep], progress: Progress, *, whole: bool
) -> ApplyReport:
    try:
        with rolled_back():
            if province is not None:
                province_row.finish_schema(province, progress)
            return _bring(folder, province, chosen, progress, whole=whole, plan=True)
    finally:
        province_cache.clear_cache()


def _bring(
    folder: Folder,
    province: Province | None,
    chosen: Sequence[AnyStep],
    progress: Progress,
    *,
    whole: bool,
    manual: Manual = Manual.OVERWRITE,
    plan: bool = False,
) -> ApplyReport:
    """Create what is not there, then run the steps. Row, hosts and state only when the folder is applied as a `whole`.

    With `plan` the report has each value that becomes another, and what is remembered of the last apply stays.
    """
    report = ApplyReport(folder.slug, created=province is None)
    weights = [_STEP_WEIGHTS.get(step.code, 1) for step in chosen]
    done = _CREATION if province is None else 0
    total = done + sum(weights)
    if province is None:
        with progress.span(0, done / total, _("Tạo lược đồ, vai trò, các bảng")):
            progress(_("Tạo %(name)s: lược đồ, vai trò, các bảng…") % {"name": folder.manifest.name})
            province = province_row.create(folder.manifest)
    elif whole:
        with transaction.atomic():
            report.row_changes += province_row.update_row(province, folder.manifest)
            report.row_changes += province_row.update_hosts(province, folder.manifest)
    province_cache.clear_cache()
    for step, weight in zip(chosen, weights, strict=True):
        with progress.span(done / total, (done + weight) / total, str(step.title)):
            report.steps.append(_run(step, folder, progress, manual, plan))
        done += weight
    report.kept = sum(one.kept for one in report.steps)
    if whole:
        report.row_changes += province_row.move_state_forward(province, folder.manifest)
    return report


def _run(step: AnyStep, folder: Folder, progress: Progress, manual: Manual, plan: bool) -> RanStep:
    """Run one step in one transaction."""
    with province_context(folder.slug) as province, transaction.atomic():
        before = step.state(folder) if plan or manual is Manual.KEEP else {}
        by_hand = changed_by_hand(last_applied(step.code), before)
        if manual is Manual.KEEP:
            folder = replace(folder, kept=by_hand)
        report = step.apply(folder, progress)
        after = step.state(folder)
        if plan:
            different = differences(before, after).items()
            changes = (Change(*place, *values, place in by_hand) for place, values in different)
            return RanStep(step, report, tuple(changes))
        remember_applied(step.code, after, folder.kept)
        if report.changes:
            log.record(f"onboarding.{step.code}", province.slug, **report.counts)
    return RanStep(step, report, kept=len(folder.kept))


def differences(before: State, after: State) -> dict[Place, tuple[str, str]]:
    """Differences, as value before and value after, in the order of the things."""
    found: dict[Place, tuple[str, str]] = {}
    for thing in dict.fromkeys([*before, *after]):
        one, other = before.get(thing, {}), after.get(thing, {})
        for name in dict.fromkeys([*one, *other]):
            if one.get(name, "") != other.get(name, ""):
                found[thing, name] = one.get(name, ""), other.get(name, "")
    return found


def _refuse_to_overwrite(folder: Folder, province: Province, chosen: Sequence[AnyStep]) -> None:
    """Raise Refused when applying would set otherwise what people changed; nothing has been written yet."""
    province_cache.clear_cache()
    with province_context(folder.slug):
        if not any(changed_by_hand(last_applied(step.code), step.state(folder)) for step in chosen):
            return
    found = _planned(folder, province, chosen, Progress(), whole=False)
    problems = [
        ValidationProblem(
            next(iter(ran.step.files), ran.step.code),
            0,
            _("%(place)s đã được sửa tay thành “%(now)s”, tệp ghi “%(said)s”.")
            % {"place": change.place, "now": change.before, "said": change.after},
        )
        for ran in found.steps
        for change in ran.changes
        if change.by_hand
    ]
    if problems:
        text = _("thêm --keep-manual để giữ chỗ sửa tay, hoặc --overwrite-manual để ghi theo tệp.")
        raise Refused([*problems, ValidationProblem(folder.slug, 0, text, blocks=False)])


@contextmanager
def _alone(slug: str, tell: Tell) -> Iterator[None]:
    """Wait until no other apply of this province runs, and keep others out until the block ends.

    A waiting caller sees the account at work, its machine and the time. The lock has a connection of
    its own: migrations close the one they ran on, and a lock goes with its session. It is freed when this
    process dies. The slug stands for the uuid, which a new province lacks.
    """
    own = connection.copy()
    key = f"province apply {slug}"
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [_signature()])
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
            if not cursor.fetchone()[0]:
                cursor.execute(_HOLDER, [key])
                tell(_words(cursor.fetchone()))
                cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        yield
    finally:
        advisory_locks.end_session(own)


def _signature() -> str:
    """Account and process, in plain letters: PostgreSQL replaces others."""
    name = f"{getpass.getuser()}@{socket.gethostname()} {os.getpid()}"
    return name.encode("ascii", "replace").decode()[:_NAME_MOST]


def _words(holder: tuple[str, int, datetime] | None) -> str:
    if holder is None or not holder[0]:
        return _("Một lần áp dụng khác đang chạy cho tỉnh này; đang chờ…")
    who, _space, process = holder[0].rpartition(" ")
    names = {"who": who, "process": process, "since": clock.in_words(holder[2])}
    return (
        _(
            "Một lần áp dụng khác đang chạy cho tỉnh này: %(who)s, tiến trình %(process)s, từ %(since)s; đang chờ…"
        )
        % names
    )


def write_report(report: ApplyReport) -> Path:
    """Write `<time>-apply.json` and `.html`; the page. Invitations, shown only once, are in neither."""
    now = clock.now()
    folder = reports_folder(report.slug)
    folder.mkdir(parents=True, exist_ok=True)
    data = report.as_data() | {
        "kept": report.kept,
        "seconds": round(report.seconds, 2),
        "remarks": [str(problem) for problem in report.remarks],
        "at": now.isoformat(timespec="seconds"),
        "by": _who(),
    }
    page = folder / f"{now:%Y%m%d-%H%M%S}-apply.html"
    page.with_suffix(".json").write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    page.write_text(render_to_string("operations/apply.html", data | {"moment": now}), encoding="utf-8")
    return page


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"
