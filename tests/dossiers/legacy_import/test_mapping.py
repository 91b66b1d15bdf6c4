"""The mapping file: every fault at its line, none twice; the shipped one is sound."""

from pathlib import Path

import pytest

from dossiers.legacy_import.rows.mapping_file import meanings, read_mapping
from dossiers.legacy_import.rows.vocabularies import StatusTable
from dossiers.workflow.rules.statuses import Status
from tenants.folder.problems import Refused
from tests.dossiers.legacy_files import MAPPING, SHIPPED

BROKEN = """\
source: Một Cửa
dates:
  - dd/mm/yyyy
  - dd/MM
columns:
  code: Mã hồ sơ
  procedur: Mã thủ tục
  owner_name: Chủ hồ sơ
  received_at: Ngày
fixed:
  owner_name: A
  code: B
consents:
  - {column: Zalo, channel: pigeon}
statuses:
  - {code: 1, name: Mới, status: 1}
  - {code: 1, name: Cũ, status: 11}
  - {status: 2}
  - {name: MỚI, status: 2}
agencies:
  - {from: A, to: ""}
  - {from: B, to: H15.08}
  - {from: b, to: H15.09}
channels:
  - {from: A, to: pigeon}
blank_when_bad: [owner_name]
colour: red
"""


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
    for planted in (
        "m.yaml:1: “source” là “Một Cửa”, không đúng dạng",
        "m.yaml:3: dạng ngày “dd/mm/yyyy”: phải có đủ ngày",
        "m.yaml:4: dạng ngày “dd/MM”: phải có đủ ngày, tháng, năm",
        "m.yaml:5: thiếu cột cho “procedure”",
        "m.yaml:5: thiếu cột cho “receiving_agency”",
        "m.yaml:5: thiếu cột “status_code” hoặc “status_name”",
        "m.yaml:7: không có mục “procedur”; có phải “procedure”?",
        "m.yaml:11: “owner_name” đã có cột",
        "m.yaml:12: mã hồ sơ không thể giống nhau",
        "m.yaml:14: “channel” là “pigeon”",
        "m.yaml:17: “1” đã có ở trên",
        "m.yaml:17: “11” không phải số trạng thái quốc gia",
        "m.yaml:18: phải có “code” hoặc “name”",
        "m.yaml:19: “MỚI” đã có ở trên",
        "m.yaml:21: “to” bị trống",
        "m.yaml:23: “b” đã có ở trên",
        "m.yaml:25: “to” là “pigeon”",
        "m.yaml:26: “blank_when_bad” là “owner_name”; phải là một trong: consents, note",
        "m.yaml:27: không có mục “colour”",
    ):
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
