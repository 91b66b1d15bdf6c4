"""The mapping file: every fault at its line, none twice; the shipped one is sound."""

from pathlib import Path

import pytest

from dossiers.legacy_import.rows.mapping_file import meanings, read_mapping
from dossiers.legacy_import.rows.vocabularies import StatusTable
from dossiers.workflow.rules.statuses import Status
from tenants.folder.problems import Refused
from tests import tables
from tests.dossiers.legacy_files import MAPPING, SHIPPED

BROKEN = Path(__file__).with_name("broken_mapping.yaml").read_text("utf-8")


def test_the_shipped_file_is_sound() -> None:
    mapping = read_mapping(SHIPPED)
    assert StatusTable(mapping.statuses).resolve("4", "đang xử lý").status is Status.IN_PROGRESS
    assert mapping.headings["consents:sms"] == "Đồng ý nhận tin"


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(BROKEN, encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        read_mapping(file)
    told = "\n".join(str(problem) for problem in refusal.value.problems)
    for planted in tables.read(__file__, "mapping_faults.yaml"):
        assert planted in told
    assert "“dates” phải là" not in told  # it is long enough: what stands in it is the fault


def test_statuses_in_quotes_fixed_values_and_a_blank_word_are_read(tmp_path: Path) -> None:
    text = MAPPING.read_text(encoding="utf-8").replace("status: 4}", 'status: "4"}')
    text = text.replace("{from: Bưu điện, to: post}", '{from: "", to: counter}')
    file = tmp_path / "m.yaml"
    file.write_text(f"{text}\nfixed:\n  submitter_address: Số 1\n", encoding="utf-8")
    found = read_mapping(file)
    assert found.statuses == read_mapping(MAPPING).statuses
    assert found.is_given("submitter_address")
    assert meanings(found.channels) == {"": "counter"}
