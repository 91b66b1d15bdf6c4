from collections.abc import Callable
from pathlib import Path

import pytest

from procedures.catalogue.contents import national
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from tenants.organisation.models import Agency
from tests.procedures.files import portal_row, write_portal
from tests.recorded_rows import RecordedTables

# Real codes around one errand each, with their neighbours that must rank below.
CODES = {
    "1.000894", "1.000094", "1.001193", "1.000689", "1.004873", "1.012812", "2.000635", "1.001612", "2.000720",
    "1.013225", "1.013978", "1.012753", "1.012783", "3.000353", "2.000592", "1.003482", "1.000005", "1.000010",
}  # fmt: skip


@pytest.fixture
def portal_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an export of the national portal: `portal_file(portal_row("1.000001"), …)`."""

    def write(*rows: object) -> Path:
        return write_portal(tmp_path / "portal.jsonl", list(rows) or [portal_row()])

    return write


@pytest.fixture(scope="session")
def small_catalogue_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped catalogue cut down to a handful of procedures."""
    target = tmp_path_factory.mktemp("catalogue") / "national.csv"
    national.write((record for record in national.load().records if record.code in CODES), target)
    return target


@pytest.fixture
def small_national(monkeypatch: pytest.MonkeyPatch, small_catalogue_file: Path) -> None:
    """The portal ships only the cut-down catalogue."""
    monkeypatch.setattr(national, "NATIONAL", small_catalogue_file)


@pytest.fixture
def commune(province: object) -> Agency:
    """A made-up ward of the province."""
    return Agency.objects.create(code="H15.99", name="UBND phường Mẫu", level=Agency.Level.COMMUNE)


_tables = RecordedTables("procedures_", "audit_")


@pytest.fixture
def catalogue(province: object, small_national: object) -> None:
    """The province handles what its two levels handle in the cut-down catalogue."""
    _tables.fill(lambda: apply_selection(CatalogueSelection()))
