"""Which procedure, workflow and calendar a dossier is received under, for what each workflow of the province holds, and
which dossiers are settled in another system.

What acts read of them is kept by the process while the catalogue stays as it is.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle.models import Dossier, OtherSystem
from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.schema import Step
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from procedures.catalogue.models import Procedure, ProcedureKind, ProcedureVersion, Sector
from tenants.organisation import catalogue

Key = tuple[str, str]
Scope = WorkflowAssignment.Scope
BESIDE_A_LEADER = frozenset({"feed", "consent", "attach", "withdraw_file", "reissue"})
"""Acts that settle nothing: what the leading system itself tells, notices, files, a new receipt."""


def handled_procedure(code: str) -> Procedure | None:
    """The procedure with this code, if the province handles it, with its version, sector and agency."""
    try:
        return catalogue.kept(("handled", code), lambda: _read(code=code, handled=True).get())
    except Procedure.DoesNotExist:
        # Not kept: codes that are none have no end.
        return None


def calendar_in_force() -> CalendarVersion:
    """The calendar by which dossiers are received; raises CalendarVersion.DoesNotExist."""
    return catalogue.kept("calendar", CalendarVersion.in_force)


def fill(dossier: Dossier) -> None:
    """Put what is kept in place of the rows that the dossier would read: its rules and its agencies."""
    agencies = catalogue.agencies()
    dossier.support_point = agencies[dossier.support_point_id] if dossier.support_point_id else None
    dossier.receiving_agency = agencies[dossier.receiving_agency_id]
    dossier.competent_agency = agencies[dossier.competent_agency_id]
    dossier.holding_agency = agencies[dossier.holding_agency_id]
    ids = dossier.procedure_id, dossier.procedure_version_id
    dossier.procedure, dossier.procedure_version = catalogue.kept(
        ("procedure", *ids), lambda: (_read(pk=ids[0]).get(), ProcedureVersion.objects.get(pk=ids[1]))
    )
    workflow_id, calendar_id = dossier.workflow_version_id, dossier.calendar_version_id
    dossier.workflow_version = catalogue.kept(
        ("workflow", workflow_id), lambda: WorkflowVersion.objects.get(pk=workflow_id)
    )
    dossier.calendar_version = catalogue.kept(
        ("calendar", calendar_id), lambda: CalendarVersion.objects.get(pk=calendar_id)
    )


def _read(**wanted: object) -> QuerySet[Procedure]:
    return Procedure.objects.select_related("current_version", "sector", "agency").filter(**wanted)


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
    return assigned, {version.code: version for version in WorkflowVersion.newest_of_each()}


def first_step(workflow: Workflow, channel: str) -> Step:
    """Where a dossier begins: one sent online waits to be checked (status 1) where the workflow has such a start."""
    new = (code for code in workflow.starts if workflow.steps[code].status is Status.NEW)
    is_online = channel == Dossier.Channel.ONLINE
    return workflow.steps[next(new, workflow.start) if is_online else workflow.start]


def _keys(procedure: Procedure) -> list[Key]:
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


def leader_of(dossier: Dossier) -> str:
    """Whose system settles this dossier, as people call it; "" where that is done here.

    No statement for a dossier that was taken in here.
    """
    return leaders().get(dossier.source, "") if dossier.source else ""


def leaders() -> Mapping[str, str]:
    """By source the names of the systems that settle their dossiers."""
    rows = OtherSystem.objects.filter(leading=True)
    return catalogue.kept("leading systems", lambda: dict(rows.values_list("code", "name")))


def settled_here() -> Q:
    """The dossiers that no other system leads."""
    sources = list(leaders())
    return ~Q(source__in=sources) if sources else Q()


def led_elsewhere(dossier: Dossier) -> str:
    """A sentence that and where it is settled elsewhere; "" where it is not."""
    name = leader_of(dossier)
    return _("Hồ sơ này xử lý tại hệ thống của %(name)s.") % {"name": name} if name else ""
