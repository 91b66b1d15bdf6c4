"""Which workflow holds for which procedures."""

from collections.abc import Iterable
from dataclasses import dataclass

from dossiers.workflow.models import WorkflowAssignment

Key = tuple[str, str]
"""Scope and key of an assignment."""


@dataclass(frozen=True)
class Assigned:
    """How many assignments differ from before."""

    added: int
    changed: int
    removed: int


def assign(wanted: Iterable[tuple[Key, str]]) -> Assigned:
    """Make the assignments of the present province exactly these, as (scope and key, workflow code).

    Dossiers keep the workflow under which they were received.
    """
    left = {(row.scope, row.key): row for row in WorkflowAssignment.objects.all()}
    added = changed = 0
    for (scope, key), code in wanted:
        row = left.pop((scope, key), None)
        if row is None:
            WorkflowAssignment.objects.create(scope=scope, key=key, workflow_code=code)
            added += 1
        elif row.workflow_code != code:
            row.workflow_code = code
            row.save()
            changed += 1
    WorkflowAssignment.objects.filter(pk__in=[row.pk for row in left.values()]).delete()
    return Assigned(added, changed, len(left))
