"""Rows written by an import are the rows that receiving at a desk writes for the same facts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from django.db import models

from dossiers.legacy_import.bulk_insert import import_batch
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import AccessToken, DailyCounter, Dossier, Event, Note, Party
from messaging.contacts.models import Consent, Contact
from tenants.isolation import crypto
from tests.factories import Office, ProcedureFactory

Inside = Callable[[str], AbstractContextManager[Any]]

# Keys and secrets are random; history has no actor of ours; these say that it is history.
DIFFERENT = {
    Party: set(),
    Dossier: {"lookup_key", "source", "source_code"},
    Event: {"actor_id", "legacy"},
    Note: set(),
    AccessToken: {"digest", "value"},
    DailyCounter: set(),
    Contact: {"created_at"},
    # Each says where the consent comes from.
    Consent: {"evidence"},
}

PEOPLE = {
    "owner": PersonData(
        name="Trần Thị Minh Họa", id_number="066190000001", phone="+84 905 000 678", address="Số 1, Minh Họa"
    ),
    "submitter": PersonData(name="Lê Văn Minh Họa", phone="0914000806"),
    "recipient": PersonData(
        name="Công ty Minh Họa", kind="organisation", id_number="6000000001", phone="0905000999"
    ),
}
CASES: dict[str, dict[str, Any]] = {
    "as little as can be": {},
    "three people, a note, a consent": {
        **PEOPLE, "consents": frozenset({"mock"}), "note": "Ghi chú", "result_delivery": "Qua bưu điện",
        "documents": ("Tờ khai", "Bản sao"),
    },
    "filed online": {"channel": "online"},
    "an organisation by post": {"owner": PEOPLE["recipient"], "channel": "post"},
    "no term": {"procedure_code": "9.000001"},
}  # fmt: skip


def stored() -> dict[str, list[dict[str, Any]]]:
    """All rows of the present province as they lie in the database, secrets opened, primary keys made equal."""
    return {
        model.__name__: [
            {
                field.attname: _value(row, field)
                for field in model._meta.concrete_fields
                if field.attname not in different
            }
            for row in _rows(model)
        ]
        for model, different in DIFFERENT.items()
    }


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    """Not the address inside a message: history has none."""
    rows = model._default_manager.order_by("pk")
    return rows.exclude(purpose="message") if model is AccessToken else rows


def _value(row: models.Model, field: Any) -> Any:
    """What a row points at is told by a name of its own, since primary keys differ between two provinces."""
    value = getattr(row, field.attname)
    if field.primary_key:
        return list(type(row).objects.order_by("pk").values_list("pk", flat=True)).index(value)
    if field.is_relation and value is not None:
        others = field.related_model.objects.order_by("pk").values_list("pk", flat=True)
        return list(others).index(value)
    if field.attname.endswith("_index"):
        # Each province has keys of its own: compare with what this one gives.
        plain = row.id_number if field.attname.startswith("id") else row.phone
        purpose = field.attname.removesuffix("_index")
        return value == crypto.blind_index(plain[-4:] if purpose == "phone_last4" else plain, purpose)
    return value


def record(intake: Intake, moment: datetime, **changed: Any) -> Record:
    from dossiers.lifecycle import intake as rules
    from dossiers.lifecycle.rules_in_force import first_step
    from dossiers.workflow.models import WorkflowVersion

    workflow = WorkflowVersion.in_force().workflow
    start = first_step(workflow, intake.channel)
    values = {
        "row": 2,
        "source_code": "A",
        "code": "",
        "intake": rules.check(intake),
        "agency": intake.receiving_agency,
        "received_at": moment,
        "due_at": None,
        "start": Stage(start.code, start.status, moment),
    }
    return Record(**{**values, **changed})


@pytest.mark.parametrize("changed", CASES.values(), ids=CASES)
def test_rows_are_those_of_receiving(db, noon, inside, changed):
    found = []
    for slug in ("daklak", "dongnai"):
        with inside(slug):
            office = Office()
            ProcedureFactory(code="9.000001", name="Thủ tục không có thời hạn", term=(None, ""))
            intake = office.intake(**changed)
            if slug == "daklak":
                services.receive(intake, actor=office.clerk)
            else:
                import_batch([record(intake, noon)], source="old")
            found.append(stored())
    assert found[0] == found[1]


def test_a_date_that_we_would_have_counted_is_no_promise(office: Office, noon: datetime) -> None:
    due = services.receive(office.intake(), actor=office.clerk).dossier.due_at
    import_batch([record(office.intake(), noon, due_at=due)], source="old")
    assert Event.objects.get(dossier__source="old").promised_to is None
