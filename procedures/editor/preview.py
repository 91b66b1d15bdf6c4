"""The version that a draft would make, as rows that are never saved, for the citizen's page of the preview."""

from typing import Any

from procedures.catalogue.models import Fee, Procedure, ProcedureVersion, RequiredDocument
from procedures.catalogue.versions import TextOrigin, current_of, make_rows
from procedures.editor.actions import change_of, check, name
from procedures.editor.models import VersionDraft
from tenants import clock

NO_KEY = -1
"""Of a version that no table holds."""


def with_draft(procedure: Procedure, draft: VersionDraft) -> tuple[Procedure, ProcedureVersion]:
    """Return the procedure and its version as they would be after publishing. Raises Refused for a faulty draft.

    Neither may be saved.
    """
    guidance = check(draft.content)
    current = current_of(procedure)
    change = change_of(guidance, current)
    name(procedure, guidance, draft.base)
    origin = TextOrigin(change.record.text_source, guidance.source.decision, guidance.source.date)
    version, documents, fees = make_rows(
        (NO_KEY, procedure.pk, current.number + 1, change.facts, change.record, origin),
        moment=clock.now(),
        effective_from=draft.effective_from,
    )
    kept = {"documents": _found(RequiredDocument, documents), "fees": _found(Fee, fees)}
    version._prefetched_objects_cache = kept  # type: ignore[attr-defined]
    return procedure, version


def _found(model: Any, rows: list[Any]) -> Any:
    """A query that was answered already."""
    query = model.objects.none()
    query._result_cache = rows
    return query
