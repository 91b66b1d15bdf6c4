"""Rows written again say what the rows said that Django wrote."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from tenants.organisation.models import Assignment, DataVersion
from tests.factories import AgencyFactory, Office
from tests.recorded_rows import RecordedTables


def said() -> dict[str, list[str]]:
    """The rows of all tables of a province that have some, without keys and without what is new in each copy."""
    present = set(connection.introspection.table_names())
    new = {"username", "full_name", "subject"}
    found = {}
    for model in apps.get_models():
        if model._meta.db_table in present and model is not DataVersion:
            names = [
                field.name
                for field in model._meta.concrete_fields
                if not field.is_relation and not field.primary_key and field.name not in new
            ]
            found[model._meta.label] = sorted(map(repr, model._default_manager.values_list(*names)))
    return found


def held() -> list[Any]:
    return sorted(Assignment.objects.values_list("role", "agency__code"))


@pytest.fixture
def made(province: object, noon: object, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """What a province says after an office was made by factories."""
    monkeypatch.setattr(Office, "_recorded", {})
    with transaction.atomic():
        Office()
        rows = said(), held()
        transaction.set_rollback(True)
    assert Office._recorded
    return rows


def test_an_office_written_again_is_that_of_the_factories(
    made: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Office, "_make", lambda *_: pytest.fail("made by factories"))
    office = Office()
    connection.check_constraints()
    assert (said(), held()) == made
    for one in (office.desk, office.clerk, office.leader, office.procedure):
        one.refresh_from_db()
    assert office.leader.assignments.get().agency == office.department
    assert office.procedure.current_version.procedure == office.procedure


def test_beside_other_rows_the_factories_make_it(made: tuple[Any, Any]) -> None:
    AgencyFactory(code="H15.08", name="Đã có từ trước")
    assert Office().desk.name == "Đã có từ trước"


def test_a_catalogue_put_back_is_the_one_that_was_chosen(
    province: object, noon: object, short_national_list: None
) -> None:
    tables = RecordedTables("procedures_", "audit_")
    times: list[object] = []

    def choose() -> None:
        times.append(apply_selection(CatalogueSelection()))

    with transaction.atomic():
        tables.fill(choose)
        chosen = said()
        transaction.set_rollback(True)
    tables.fill(choose)
    connection.check_constraints()
    assert said() == chosen
    assert chosen["procedures.ProcedureVersion"]
    assert len(times) == 1
    # What is there already is left to the selection.
    tables.fill(choose)
    assert len(times) == 2
