"""Bringing a province to the state its folder describes: check everything, then create, then step by step.

A plan is the same without effect. What was done is kept as files: JSON for programs, a page for people.
"""

import getpass
import json
import os
import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from time import monotonic

from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit import log
from tenants.folder.applied import changed_by_hand, last_applied, remember_applied
from tenants.folder.folder import Folder, open_folder, refuse_at_rest, reports_folder
from tenants.folder.problems import Refused, ValidationProblem, blocking, refuse
from tenants.folder.steps import AnyStep, Progress, StepReport, Tell
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.operations.onboarding import dry_run, province_row, sections
from tenants.operations.onboarding.dry_run import ApplyReport, RanStep, rehearse
from tenants.operations.onboarding.validate import faults_of

_CREATION = 6
_STEP_WEIGHTS = {"catalogue": 12}
_NAME_MOST = 63  # PostgreSQL cuts application_name there.
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
        report = ApplyReport(slug, remarks=tuple(problems))
        untouched: frozenset[str] = frozenset()
        if province is None:
            if only:
                raise refuse(slug, 0, _("chưa có tỉnh này; lần đầu phải áp dụng đủ các bước."))
            whole = _CREATION + _weight(chosen)
            with progress.span(0, _CREATION / whole, _("Tạo lược đồ, vai trò, các bảng")):
                progress(_("Tạo %(name)s: lược đồ, vai trò, các bảng…") % {"name": folder.manifest.name})
                province = province_row.create(folder.manifest)
            report.created = True
        else:
            province_row.finish_schema(province, progress)
            if manual is Manual.REFUSE:
                untouched = _refuse_to_overwrite(folder, province, chosen)
            if not only:
                with transaction.atomic():
                    report.row_changes += province_row.update_row(province, folder.manifest)
                    report.row_changes += province_row.update_hosts(province, folder.manifest)
        province_cache.clear_cache()
        _run_all(folder, chosen, report, progress, manual, untouched)
        if not only:
            report.row_changes += province_row.move_state_forward(province, folder.manifest)
    report.seconds = monotonic() - began
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


def _weight(chosen: Sequence[AnyStep]) -> int:
    return sum(_STEP_WEIGHTS.get(step.code, 1) for step in chosen)


def _run_all(
    folder: Folder,
    chosen: Sequence[AnyStep],
    report: ApplyReport,
    progress: Progress,
    manual: Manual,
    untouched: frozenset[str],
) -> None:
    done = _CREATION if report.created else 0
    whole = done + _weight(chosen)
    for step in chosen:
        upto = done + _STEP_WEIGHTS.get(step.code, 1)
        with progress.span(done / whole, upto / whole, str(step.title)):
            ran, kept = _run(step, folder, progress, manual, step.code in untouched)
        report.steps.append(RanStep(step, ran))
        report.kept += kept
        done = upto


def _run(
    step: AnyStep, folder: Folder, progress: Progress, manual: Manual, untouched: bool
) -> tuple[StepReport, int]:
    """Run one step in one transaction; its report, and how many values changed by hand were kept."""
    with province_context(folder.slug) as province, transaction.atomic():
        if manual is Manual.KEEP:
            by_hand = changed_by_hand(last_applied(step.code), step.state(folder))
            folder = replace(folder, kept=by_hand)
        report = step.apply(folder, progress)
        # Nothing was changed, neither by people since nor by this run: what is remembered holds.
        if not untouched or report.changes:
            remember_applied(step.code, step.state(folder), folder.kept)
        if report.changes:
            log.record(
                f"onboarding.{step.code}",
                province.slug,
                added=report.added,
                changed=report.changed,
                hidden=report.hidden,
            )
    return report, len(folder.kept)


def _refuse_to_overwrite(folder: Folder, province: Province, chosen: Sequence[AnyStep]) -> frozenset[str]:
    """Raise Refused when applying would set otherwise what people changed; nothing has been written yet.

    Returns the codes of the steps whose things are all as the last apply left them.
    """
    province_cache.clear_cache()
    with province_context(folder.slug):
        left = {step.code: last_applied(step.code) for step in chosen}
        changed = {step.code: changed_by_hand(left[step.code], step.state(folder)) for step in chosen}
    untouched = frozenset(code for code in left if left[code] is not None and not changed[code])
    if not any(changed.values()):
        return untouched
    found = dry_run.rehearse(folder, province, chosen, whole=False)
    problems = [
        ValidationProblem(
            next(iter(step.step.files), step.step.code),
            0,
            _("%(place)s đã được sửa tay thành “%(now)s”, tệp ghi “%(said)s”.")
            % {"place": change.place, "now": change.before, "said": change.after},
        )
        for step in found.steps
        for change in step.changes
        if change.by_hand
    ]
    if problems:
        text = _("thêm --keep-manual để giữ chỗ sửa tay, hoặc --overwrite-manual để ghi theo tệp.")
        raise Refused([*problems, ValidationProblem(folder.slug, 0, text, blocks=False)])
    return untouched


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


def plan_province(
    slug: str, progress: Progress | None = None, *, only: Collection[str] = ()
) -> tuple[ApplyReport, list[ValidationProblem]]:
    """Changes that an apply would make now, step by step, and the remarks on the folder. Changes nothing.

    The very steps of an apply run, in a transaction that is taken back; so for a province that is not there
    its tables are made and vanish again. Raises Refused for a folder with blocking faults and where an apply
    would refuse the province, schemas.NotTheOwner under the run-time login.
    """
    progress = progress or Progress()
    with _checked(slug, only, progress) as (folder, chosen, problems, province):
        return rehearse(folder, province, chosen, progress, whole=not only), problems


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
