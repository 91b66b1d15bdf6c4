"""What applying a folder would do, found out by doing it in a transaction that is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from tenants.folder.folder import Folder
from tenants.folder.steps import Progress, Step, StepReport
from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.onboarding import manual_changes, province_row


@dataclass(frozen=True, slots=True)
class Change:
    """One value that would be another. `by_hand`: somebody set the present one since the last apply."""

    thing: str
    field: str
    before: str
    after: str
    by_hand: bool

    @property
    def place(self) -> str:
        return f"{self.thing}, {self.field}"


@dataclass(frozen=True, slots=True)
class RehearsedStep:
    """What one step would do: its counts, and value by value what of the folder's would be different."""

    step: Step
    report: StepReport
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Rehearsal:
    """What an apply would do."""

    created: bool = False
    row_changes: list[str] = field(default_factory=list)
    steps: list[RehearsedStep] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many things would differ from before."""
        return int(self.created) + len(self.row_changes) + sum(one.report.changes for one in self.steps)

    @property
    def by_hand(self) -> list[Change]:
        """The changes people made that would be overwritten."""
        return [change for one in self.steps for change in one.changes if change.by_hand]


def rehearse(
    folder: Folder,
    province: Province | None,
    chosen: Sequence[Step],
    progress: Progress | None = None,
    *,
    whole: bool = True,
) -> Rehearsal:
    """Run creation (of a province that is not there) and steps as an apply would, and take all of it back.

    Row, hosts and state only when the folder is applied as a whole.

    As the owner, in `public`, with all faults of the folder looked at before.
    """
    progress = progress or Progress()
    found = Rehearsal(created=province is None)
    try:
        with transaction.atomic():
            if province is None:
                province = province_row.create(folder.manifest)
            else:
                province_row.finish_schema(province, progress)
            if whole and not found.created:
                found.row_changes += province_row.update_row(province, folder.manifest)
                found.row_changes += province_row.update_hosts(province, folder.manifest)
            province_cache.forget()
            for number, step in enumerate(chosen):
                with progress.span(number / len(chosen), (number + 1) / len(chosen), str(step.title)):
                    found.steps.append(_rehearse(step, folder, progress))
            if whole:
                found.row_changes += province_row.move_state_forward(province, folder.manifest)
            transaction.set_rollback(True)
    finally:
        province_cache.forget()
    return found


def _rehearse(step: Step, folder: Folder, progress: Progress) -> RehearsedStep:
    with province_context(folder.slug), transaction.atomic():
        before = step.state(folder)
        by_hand = manual_changes.changed_since(manual_changes.left_of(step.code), before)
        report = step.apply(folder, progress)
        different = manual_changes.differences(before, step.state(folder))
    changes = (Change(*place, *values, place in by_hand) for place, values in different.items())
    return RehearsedStep(step, report, tuple(changes))
