"""Dry run of an apply, in a transaction that is rolled back; and manual changes.

An apply remembers the state it leaves. A value that differs now was set at the desk or in admin:
it must not vanish because a file says something else.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from tenants.folder.applied import Place, changed_by_hand, last_applied
from tenants.folder.folder import Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.steps import AnyStep, Progress, State, StepReport
from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.isolation.rehearsal import rolled_back
from tenants.operations.onboarding import province_row

_COUNTS = ("added", "changed", "hidden", "unchanged", "notes")


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
    """What one step did or would do: its counts and, of a dry run, each value that would differ."""

    step: AnyStep
    report: StepReport
    changes: tuple[Change, ...] = ()


@dataclass(slots=True)
class ApplyReport:
    """What an apply did, or would do in a dry run."""

    slug: str
    created: bool = False
    row_changes: list[str] = field(default_factory=list)
    """Changes of the province's own row and hosts, in words."""
    steps: list[RanStep] = field(default_factory=list)
    remarks: tuple[ValidationProblem, ...] = ()
    kept: int = 0
    """How many values changed by hand were left as they are."""
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


def rehearse(
    folder: Folder,
    province: Province | None,
    chosen: Sequence[AnyStep],
    progress: Progress | None = None,
    *,
    whole: bool = True,
) -> ApplyReport:
    """Run creation (of a province that is not there) and steps as an apply would, and take all of it back.

    Row, hosts and state only when the folder is applied as a whole.

    As the owner, in `public`, with all faults of the folder looked at before.
    """
    progress = progress or Progress()
    found = ApplyReport(folder.slug, created=province is None)
    try:
        with rolled_back():
            if province is None:
                province = province_row.create(folder.manifest)
            else:
                province_row.finish_schema(province, progress)
            if whole and not found.created:
                found.row_changes += province_row.update_row(province, folder.manifest)
                found.row_changes += province_row.update_hosts(province, folder.manifest)
            province_cache.clear_cache()
            for number, step in enumerate(chosen):
                with progress.span(number / len(chosen), (number + 1) / len(chosen), str(step.title)):
                    found.steps.append(_rehearse(step, folder, progress))
            if whole:
                found.row_changes += province_row.move_state_forward(province, folder.manifest)
    finally:
        province_cache.clear_cache()
    return found


def _rehearse(step: AnyStep, folder: Folder, progress: Progress) -> RanStep:
    with province_context(folder.slug), transaction.atomic():
        before = step.state(folder)
        by_hand = changed_by_hand(last_applied(step.code), before)
        report = step.apply(folder, progress)
        different = differences(before, step.state(folder))
    changes = (Change(*place, *values, place in by_hand) for place, values in different.items())
    return RanStep(step, report, tuple(changes))


def differences(before: State, after: State) -> dict[Place, tuple[str, str]]:
    """Differences, as value before and value after, in the order of the things."""
    found: dict[Place, tuple[str, str]] = {}
    for thing in dict.fromkeys([*before, *after]):
        one, other = before.get(thing, {}), after.get(thing, {})
        for name in dict.fromkeys([*one, *other]):
            if one.get(name, "") != other.get(name, ""):
                found[thing, name] = one.get(name, ""), other.get(name, "")
    return found
