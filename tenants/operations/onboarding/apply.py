"""Bringing a province to the state its folder describes: check everything, then create, then step by step.

A plan runs the very same in a transaction that is rolled back. An apply remembers the state it leaves: a value that
differs now was set at the desk or in admin, and must not vanish because a file says something else. What was done is
kept as files: JSON for programs, a page for people.
"""

import getpass
import json
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit import log
from tenants.folder.applied import Place, changed_by_hand, last_applied, remember_applied
from tenants.folder.folder import Folder, open_folder, open_private, refuse_at_rest, reports_folder
from tenants.folder.problems import Refused, ValidationProblem, blocking, refuse
from tenants.folder.steps import AnyStep, Invited, Progress, Show, State, StepReport
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.rehearsal import rolled_back
from tenants.operations.onboarding import province_row, sections
from tenants.operations.onboarding.validate import faults_of
from tenants.web import qr

_CREATION = 6
_STEP_WEIGHTS = {"catalogue": 12}
_COUNTS = ("added", "changed", "hidden", "unchanged", "notes")


def _silent(text: str, share: float | None) -> None:
    pass


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
    show: Show = _silent,
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
    began = monotonic()
    with _checked(slug, only, show) as (folder, chosen, problems, province):
        if province is None and only:
            raise refuse(slug, 0, _("chưa có tỉnh này; lần đầu phải áp dụng đủ các bước."))
        if province is not None:
            province_row.finish_schema(province, show)
            if manual is Manual.REFUSE:
                _refuse_to_overwrite(folder, province, chosen)
        report = _bring(folder, province, chosen, show, whole=not only, manual=manual)
    report.remarks, report.seconds = tuple(problems), monotonic() - began
    return report


def plan_province(slug: str, show: Show = _silent, *, only: Collection[str] = ()) -> ApplyReport:
    """Changes that an apply would make now, step by step, and the remarks on the folder. Changes nothing.

    For a province that is not there its tables are made and vanish again. Raises Refused for a folder with blocking
    faults and where an apply would refuse the province, schemas.NotTheOwner under the run-time login.
    """
    with _checked(slug, only, show) as (folder, chosen, problems, province):
        report = _planned(folder, province, chosen, show, whole=not only)
    report.remarks = tuple(problems)
    return report


@contextmanager
def _checked(
    slug: str, only: Collection[str], show: Show
) -> Iterator[tuple[Folder, list[AnyStep], list[ValidationProblem], Province | None]]:
    """Folder, steps, remarks and province, alone with them. Raises Refused for whatever keeps an apply from beginning."""
    schemas.require_owner()
    folder = open_folder(slug)
    chosen = chosen_steps(only)
    with (
        # A waiting caller sees the account at work, its machine and the time.
        advisory_locks.exclusive_schema_lock(slug, on_wait=lambda: show(_waiting(slug), None)),
        public_context(),
    ):
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
    folder: Folder, province: Province | None, chosen: Sequence[AnyStep], show: Show, *, whole: bool
) -> ApplyReport:
    try:
        with rolled_back():
            if province is not None:
                province_row.finish_schema(province, show)
            return _bring(folder, province, chosen, show, whole=whole, plan=True)
    finally:
        province_cache.clear_cache()


def _bring(
    folder: Folder,
    province: Province | None,
    chosen: Sequence[AnyStep],
    show: Show,
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
        show(_("Tạo %(name)s: lược đồ, vai trò, các bảng…") % {"name": folder.manifest.name}, None)
        province = province_row.create(folder.manifest)
    elif whole:
        with transaction.atomic():
            report.row_changes += province_row.update_row(province, folder.manifest)
            report.row_changes += province_row.update_hosts(province, folder.manifest)
    province_cache.clear_cache()
    for step, weight in zip(chosen, weights, strict=True):

        def part(share: float, begin: int = done, weight: int = weight, title: str = str(step.title)) -> None:
            show(title, (begin + weight * share) / total)

        part(0)
        report.steps.append(_run(step, folder, part, manual, plan))
        part(1)
        done += weight
    report.kept = sum(one.kept for one in report.steps)
    if whole:
        report.row_changes += province_row.move_state_forward(province, folder.manifest)
    return report


def _run(step: AnyStep, folder: Folder, progress: Progress, manual: Manual, plan: bool) -> RanStep:
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
    found = _planned(folder, province, chosen, _silent, whole=False)
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


def _waiting(slug: str) -> str:
    name, began = advisory_locks.locked_slugs([slug]).get(slug, ("", None))
    if not name or began is None:
        return _("Một lần áp dụng khác đang chạy cho tỉnh này; đang chờ…")
    who, _space, process = name.rpartition(" ")
    text = _(
        "Một lần áp dụng khác đang chạy cho tỉnh này: %(who)s, tiến trình %(process)s, từ %(since)s; đang chờ…"
    )
    return text % {"who": who, "process": process, "since": clock.in_words(began)}


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
        "by": f"{getpass.getuser()}@{socket.gethostname()}",
    }
    page = folder / f"{now:%Y%m%d-%H%M%S}-apply.html"
    page.with_suffix(".json").write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    page.write_text(render_to_string("operations/apply.html", data | {"moment": now}), encoding="utf-8")
    return page


def write_invitations(slug: str, invited: Iterable[Invited]) -> list[Path]:
    """A sheet to hand on for each agency, with a strip for each of its people: `invitations/<time>-<code>.html`.

    A sheet holds links that open accounts: it is readable for this account of the machine alone, and lies with the
    data, not in the province's folder. A link is worth nothing once it was used, or its time is over. Raises OSError.
    """
    by_agency: dict[str, list[Invited]] = {}
    for one in invited:
        by_agency.setdefault(one.agency_code, []).append(one)
    folder = reports_folder(slug) / "invitations"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = clock.now().astimezone(clock.VIETNAM)
    written = []
    for code, people in sorted(by_agency.items()):
        path = folder / f"{now:%Y%m%d-%H%M%S-%f}-{code}.html"
        people = sorted(people, key=lambda one: (one.name, one.username))
        context = {
            "agency": people[0].agency,
            "moment": now,
            "hours": int(settings.INVITATION_LASTS.total_seconds() // 3600),
            "people": [(one, qr.svg(one.link)) for one in people],
        }
        page = render_to_string("folder/invitations.html", context)
        with open_private(path, encoding="utf-8") as file:
            file.write(page)
        written.append(path)
    return written
