"""All of a province in a folder that anybody can read."""

import csv
import json
import stat
from pathlib import Path

import pytest
from django.db import connection

from tenants.folder.problems import Refused
from tenants.isolation.context import province_context
from tenants.operations.backup import export as portability
from tests.system.leaving.province import OWNER, SECRET, rows

pytestmark = pytest.mark.committed


@pytest.fixture(scope="module")
def folder(leaving: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported once: these tests only read."""
    target = tmp_path_factory.mktemp("xuat") / "ra"
    portability.export_province(leaving, target)
    return target


def test_every_row_of_every_table_is_there(leaving: str, folder: Path) -> None:
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
    with province_context(leaving), connection.cursor() as cursor:
        for model in portability.tables():
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counted = cursor.fetchone()[0]
            with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
                assert (said[table], len(rows(folder, table)), len(list(csv.reader(file))) - 1) == (
                    (counted,) * 3
                ), table
    assert said["dossiers_dossier"] == 1


def test_personal_data_can_be_read_without_keys(folder: Path) -> None:
    (party,) = rows(folder, "dossiers_party")
    assert (party["name"], party["phone"], party["id_number"]) == (OWNER, "0905000678", "066190000001")


def test_what_opens_something_is_left_out(folder: Path) -> None:
    written = "".join(path.read_text(encoding="utf-8-sig") for path in (folder / "tables").iterdir())
    assert SECRET not in written
    assert {user["password"] for user in rows(folder, "accounts_user")} == {""}
    assert not (folder / "tables" / "accounts_session.csv").exists()


def test_files_come_under_the_names_of_their_rows(folder: Path) -> None:
    (attached,) = rows(folder, "dossiers_attachment")
    assert (folder / "files" / attached["stored_name"]).stat().st_size == attached["size"]


def test_the_guide_tells_every_column(folder: Path) -> None:
    guide = (folder / "README.md").read_text(encoding="utf-8")
    for model in portability.tables():
        assert f"## {model._meta.db_table} – " in guide
        for one in model._meta.concrete_fields:
            assert f"| `{one.attname}` |" in guide


def test_nobody_else_on_the_machine_may_read_it(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_a_folder_with_something_in_it_is_refused(leaving: str, tmp_path: Path) -> None:
    (tmp_path / "cu").write_text("x")
    with pytest.raises(Refused, match="đã có tệp"):
        portability.export_province(leaving, tmp_path)


def test_a_cell_that_looks_like_a_formula_is_not_run() -> None:
    assert portability._cell("=1+1") == "'=1+1"
