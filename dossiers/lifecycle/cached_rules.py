"""Procedures, workflows and calendars for acts, kept by the process while the catalogue stays as it is."""

from django.db.models import QuerySet

from dossiers.deadlines.models import CalendarVersion
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.workflow.models import WorkflowVersion
from procedures.catalogue.models import Procedure, ProcedureVersion
from tenants.organisation import catalogue


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
