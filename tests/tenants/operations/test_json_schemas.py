"""JSON Schema of the files of a province's folder, as an editor uses it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import call_command

from tenants.operations.onboarding.folder_writing import schema_line

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "provinces"


@pytest.fixture
def written(settings: Any, tmp_path: Path) -> Path:
    settings.PROVINCES_DIR = tmp_path
    call_command("province", "schema", verbosity=0)
    return tmp_path / ".schema"


def check(schema: Path, file: Path) -> list[str]:
    data = yaml.load(file.read_text(), Loader=yaml.BaseLoader)
    plain = yaml.safe_load(file.read_text())
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text()))
    # An editor knows dates and times as texts, numbers and flags as such.
    return [error.message for error in validator.iter_errors(_as_editors_read(plain, data))]


def _as_editors_read(plain: Any, text: Any) -> Any:
    if isinstance(text, dict):
        values = {str(key): value for key, value in zip(text, plain.values(), strict=True)}
        return {key: _as_editors_read(values[key], text[key]) for key in text}
    if isinstance(text, list):
        return [_as_editors_read(one, other) for one, other in zip(plain, text, strict=True)]
    return plain if isinstance(plain, bool | int | float | None) and ":" not in text else text


@pytest.mark.parametrize("slug", ["daklak", "dongnai"])
def test_shipped_folders_have_nothing_to_underline(written: Path, slug: str) -> None:
    checked = 0
    for file in [*(SHIPPED / slug).glob("*.yaml"), *(SHIPPED / slug).glob("*/*.yaml")]:
        name = str(file.relative_to(SHIPPED / slug))
        if line := schema_line(name):
            assert check(written / Path(line.strip()).name, file) == [], file
            checked += 1
    assert checked >= 1


OWN = [("calendar", ROOT / "dossiers/deadlines/data/national_calendar.yaml")] + [
    ("workflow", path) for path in sorted((ROOT / "dossiers/workflow/data/workflows").glob("*.yaml"))
]


@pytest.mark.parametrize(("schema", "file"), OWN, ids=[file.stem for _schema, file in OWN])
def test_the_files_of_the_portal_have_nothing_to_underline(written: Path, schema: str, file: Path) -> None:
    assert check(written / f"{schema}.json", file) == []


def test_a_misspelt_key_is_underlined(written: Path, tmp_path: Path) -> None:
    file = tmp_path / "province.yaml"
    file.write_text((SHIPPED / "daklak" / "province.yaml").read_text().replace("hotline:", "hotlin:"))
    assert any("hotlin" in message for message in check(written / "province.json", file))
