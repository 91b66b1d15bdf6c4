"""Which workflow a dossier is received under, and for what each workflow of the province holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dossiers.models import Dossier, WorkflowAssignment, WorkflowVersion
from dossiers.rules.statuses import Status
from dossiers.rules.workflow.workflow import Step, Workflow
from procedures.models import Procedure, ProcedureKind, Sector
from tenants.organisation import catalogue

Scope = WorkflowAssignment.Scope
Key = tuple[str, str]
"""Scope and key of an assignment."""


def applicable(procedure: Procedure) -> WorkflowVersion:
    """The newest version of the workflow that holds for this procedure: the one named for it, or else for its
    sector or kind, or else the province's default one.

    A complaint or a conciliation has sector and workflow apart: what holds for the other procedures of its
    sector would tell in messages what it is about. Raises WorkflowVersion.DoesNotExist in a province that has
    no workflow.
    """
    assigned, in_force = catalogue.kept("workflows", _read_workflows)
    found = next((assigned[key] for key in _keys(procedure) if key in assigned), WorkflowVersion.DEFAULT_CODE)
    if found not in in_force:
        raise WorkflowVersion.DoesNotExist(f"WorkflowVersion {found}")
    return in_force[found]


def _read_workflows() -> tuple[Mapping[Key, str], Mapping[str, WorkflowVersion]]:
    """The assignments, and the newest version of each workflow by its code: two statements for all procedures."""
    assigned = {(row.scope, row.key): row.workflow_code for row in WorkflowAssignment.objects.all()}
    newest = WorkflowVersion.objects.order_by("code", "-number").distinct("code")
    return assigned, {version.code: version for version in newest}


def first_step(workflow: Workflow, channel: str) -> Step:
    """Where a dossier begins: one sent online waits to be checked (status 1) where the workflow has such a start."""
    new = (code for code in workflow.starts if workflow.steps[code].status is Status.NEW)
    is_online = channel == Dossier.Channel.ONLINE
    return workflow.steps[next(new, workflow.start) if is_online else workflow.start]


def _keys(procedure: Procedure) -> list[Key]:
    """The assignments that can hold for this procedure, the most specific first."""
    keys: list[Key] = [(Scope.PROCEDURE, procedure.code)]
    if procedure.kind != ProcedureKind.NORMAL:
        keys.append((Scope.KIND, procedure.kind))
    elif procedure.sector is not None:
        keys.append((Scope.SECTOR, procedure.sector.folded))
    return keys


@dataclass(frozen=True)
class Reach:
    """For what a workflow holds, in words for people."""

    is_default: bool
    kinds: list[str]
    sectors: list[str]
    procedures: list[str]


def reach(code: str) -> Reach:
    """For what the workflow of this code holds now."""
    rows = list(WorkflowAssignment.objects.filter(workflow_code=code))
    keys = {scope: [row.key for row in rows if row.scope == scope] for scope in Scope.values}
    sectors = {sector.folded: sector.name for sector in Sector.objects.filter(folded__in=keys[Scope.SECTOR])}
    names = {
        procedure.code: procedure.short_name
        for procedure in Procedure.objects.filter(code__in=keys[Scope.PROCEDURE])
    }
    kinds = dict(ProcedureKind.choices)
    return Reach(
        is_default=code == WorkflowVersion.DEFAULT_CODE,
        kinds=[str(kinds.get(key, key)) for key in keys[Scope.KIND]],
        sectors=[sectors.get(key, key) for key in keys[Scope.SECTOR]],
        procedures=[f"{key} {names.get(key, '')}".strip() for key in keys[Scope.PROCEDURE]],
    )


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
