"""Who stands on a procedure, for those who bring in a new release of the catalogue."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from dossiers.deadlines import folder as calendar
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import calendar_change
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.folder import catalogue_state
from tenants import clock
from tenants.folder.readers.yaml_reader import read_document
from tenants.operations.board.board import open_dossiers_by_procedure
from tests.factories import Office

pytestmark = pytest.mark.usefixtures("noon")


def test_dossiers_under_way_are_counted_by_procedure(office: Office) -> None:
    for _ in range(2):
        services.receive(office.intake(), actor=office.clerk)
    code = office.procedure.code
    assert open_dossiers_by_procedure([code, "9.999999"]) == {code: 2}
    assert catalogue_state.release_impacts([code], open_dossiers_by_procedure)[code].running == 2
    Dossier.objects.update(closed_at=clock.now())
    assert open_dossiers_by_procedure([code]) == {}


def test_a_calendar_without_next_years_days_off_is_a_remark(tmp_path: Path) -> None:
    file = tmp_path / calendar.CALENDAR
    file.write_text("days_off:\n  2026-09-02: Quốc khánh\n", encoding="utf-8")
    manifest = SimpleNamespace(demo=False)
    folder = SimpleNamespace(document_to_check=lambda name: (read_document(file), []), manifest=manifest)
    [problem] = calendar.make_step(calendar_change.effect_of).validate(folder)
    assert (problem.place, problem.blocks) == ("calendar.yaml:1:1", False)
    assert "năm 2027" in problem.message
