"""Who stands on a procedure, for those who bring in a new release of the catalogue."""

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.folder import catalogue_state
from tenants import clock
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
