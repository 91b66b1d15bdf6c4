"""Which workflow a dossier is received under, and for what each workflow of the province holds."""

from collections.abc import Mapping
from typing import Any

from dossiers.lifecycle.models.dossier import Dossier
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.schema import Step
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from procedures.catalogue.models import Procedure, ProcedureKind, Sector
from tenants.organisation import catalogue

Key = tuple[str, str]
Scope = WorkflowAssignment.Scope


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


def reach(code: str) -> dict[str, Any]:
    """For what the workflow of this code holds now, in words for people."""
    rows = list(WorkflowAssignment.objects.filter(workflow_code=code))
    keys = {scope: [row.key for row in rows if row.scope == scope] for scope in Scope.values}
    sectors = {sector.folded: sector.name for sector in Sector.objects.filter(folded__in=keys[Scope.SECTOR])}
    names = {
        procedure.code: procedure.short_name
        for procedure in Procedure.objects.filter(code__in=keys[Scope.PROCEDURE])
    }
    kinds = dict(ProcedureKind.choices)
    return {
        "is_default": code == WorkflowVersion.DEFAULT_CODE,
        "kinds": [str(kinds.get(key, key)) for key in keys[Scope.KIND]],
        "sectors": [sectors.get(key, key) for key in keys[Scope.SECTOR]],
        "procedures": [f"{key} {names.get(key, '')}".strip() for key in keys[Scope.PROCEDURE]],
    }
