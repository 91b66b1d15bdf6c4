"""The catalogue as data for programs: facts as the sources give them, beside the words of the pages."""

from typing import Any

from django.urls import reverse

from procedures.models import Procedure, ProcedureVersion
from procedures.pages.presentation import gaps
from procedures.pages.wording import fee_line, term_line
from procedures.search import search
from procedures.search.index import everyday_words
from tenants import clock
from tenants.web import absolute_urls

Data = dict[str, Any]


def found(hit: search.SearchHit) -> Data:
    """A procedure of a result list."""
    return {
        "code": hit.code,
        "name": hit.name,
        "short_name": hit.short_name,
        "everyday": everyday_words(hit.everyday),
        "sector": hit.sector,
        "levels": list(hit.levels),
        "handled": hit.handled,
        "where": hit.where,
        "issuer": hit.issuer,
        "channels": list(hit.channels),
        "term": {
            "value": hit.term_value,
            "unit": hit.term_unit,
            "note": hit.term_note,
            "text": term_line(hit.term_value, hit.term_unit, hit.term_note),
        },
        "fees": [{"kind": kind, "amount": amount} for kind, amount in hit.fees],
        "fee_text": fee_line(hit.fees),
        "url": _page(hit.code),
    }


def published(code: str) -> Data | None:
    """All that the province publishes of a procedure, None where its catalogue does not have it."""
    rows = Procedure.objects.select_related("sector", "agency", "current_version").filter(code=code)
    procedure = rows.exclude(state=Procedure.State.HIDDEN).first()
    if procedure is None or procedure.current_version is None:
        return None
    version = procedure.current_version
    documents, fees = list(version.documents.all()), list(version.fees.all())
    return {
        "code": procedure.code,
        "name": procedure.name,
        "short_name": procedure.short_name,
        "everyday": everyday_words(procedure.everyday),
        "summary": procedure.summary,
        "sector": procedure.sector.name if procedure.sector else "",
        "levels": procedure.levels,
        "kind": procedure.kind,
        "handled": procedure.handled,
        "where": procedure.where_text,
        "agency": _agency(procedure),
        "filing_mode": procedure.filing_mode if procedure.handled else "",
        "issuer": procedure.issuer,
        "channels": version.channels,
        "term": {
            "value": version.term_value,
            "unit": version.term_unit,
            "note": version.term_note,
            "text": term_line(version.term_value, version.term_unit, version.term_note),
            "source": version.term_source,
            "decision": version.term_decision,
        },
        "fees": [_fields(fee, "kind", "amount", "note", "online_note") for fee in fees],
        "fee_text": fee_line((fee.kind, fee.amount) for fee in fees),
        "documents": [
            _fields(document, "name", "detail", "case", "originals", "copies", "required")
            for document in documents
        ],
        "steps": [{"name": step["name"], "detail": step["detail"]} for step in version.steps],
        "subjects": version.subjects,
        "result": version.result,
        "conditions": version.conditions,
        "legal_basis": [{"name": text["name"], "number": text["number"]} for text in version.legal_basis],
        "version": _version(version),
        "missing": gaps(version, documents),
        "url": _page(procedure.code),
    }


def _version(version: ProcedureVersion) -> Data:
    return {
        "number": version.number,
        "effective_from": version.effective_from,
        "recorded_at": version.recorded_at.astimezone(clock.VIETNAM),
        "decision": version.decision_number,
        "source_note": version.source_note,
    }


def _agency(procedure: Procedure) -> Data | None:
    agency = procedure.agency
    return {"code": agency.code, "name": agency.name} if agency else None


def _fields(row: Any, *names: str) -> Data:
    return {name: getattr(row, name) for name in names}


def _page(code: str) -> str:
    return absolute_urls.absolute(reverse("procedure", args=[code]))
