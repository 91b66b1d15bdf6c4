"""The look-up's response to programs: the pages' words, and beside them dates and codes to compute with.

Law 7 decides who may see which part; here no person is named at all, neither citizen nor official.
"""

from typing import Any

from dossiers.lifecycle.models.dossier import Dossier
from dossiers.lookup import lookup
from dossiers.lookup.words import dossier as presentation
from dossiers.lookup.words import history
from tenants.organisation.models import Agency

Data = dict[str, Any]


def progress(dossier: Dossier, *, wrong_key: bool) -> Data:
    """For the code alone: the state and the line of four steps."""
    page = presentation.progress(dossier)
    return {**_state(dossier, page), "key": "wrong" if wrong_key else "missing", "details": None}


def details(dossier: Dossier) -> Data:
    """For code and key: also dates, the next action, and the history. One query more than the dossier."""
    events = lookup.events(dossier)
    page = presentation.details(dossier, events)
    return {
        **_state(dossier, page),
        "key": "right",
        "details": {
            "procedure": {"code": dossier.procedure.code, "name": dossier.procedure.short_name},
            "received_at": dossier.received_at,
            "due_at": dossier.due_at,
            "due_explained": page["why_due"],
            "days_late": presentation.days_late(dossier),
            "paused_since": dossier.paused_since,
            "answer_by": dossier.citizen_due_at,
            "finished_at": dossier.finished_at,
            "closed_at": dossier.closed_at,
            "receiving_agency": _agency(dossier.receiving_agency),
            "competent_agency": _agency(dossier.competent_agency),
            "headline": _headline(page),
            "action": {
                "title": page.get("action_title", ""),
                "text": page.get("action_text", ""),
                "items": [item["name"] for item in page.get("action_items", ())],
            },
            "history": [
                {"at": event.at, "title": row["title"], "agency": row["by"], "reason": row["note"]}
                for (event, _title, _reason), row in zip(
                    history.for_citizen(dossier, events), page["history"], strict=True
                )
            ],
        },
    }


def _state(dossier: Dossier, page: Data) -> Data:
    return {
        "code": dossier.code,
        "status": {"number": dossier.status, "name": page["status_short"]},
        "stages": [{"name": stage["name"], "state": stage["state"]} for stage in page["stages"]],
    }


def _headline(page: Data) -> str:
    parts = (page["lead"], page["headline"], page.get("subline", ""), page.get("subline_strong", ""))
    return " ".join(" ".join(part for part in parts if part).split())


def _agency(agency: Agency) -> Data:
    return {"code": agency.code, "name": agency.name_today}
