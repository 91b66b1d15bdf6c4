from datetime import date
from pathlib import Path

import pytest

from procedures.catalogue.contents.selection import AgencyStatement, CatalogueSelection, SourceStatement
from procedures.catalogue.folder.catalogue import STEP, read_selection
from procedures.catalogue.formats.base import FeeItem, Term
from tenants.folder.folder import Folder
from tenants.folder.manifest import read_manifest
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.readers.yaml_reader import read_document
from tests import tables

YAML = "version: 1\nsectors: []\n"


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return tmp_path


def faults(tmp_path: Path, **files: str) -> tuple[ValidationProblem, ...]:
    with pytest.raises(Refused) as caught:
        read_selection(folder(tmp_path, **files))
    return caught.value.problems


def test_empty_choice_is_the_default(tmp_path: Path) -> None:
    assert read_selection(folder(tmp_path, catalogue__yaml=YAML)) == CatalogueSelection(sectors=())


def test_everything_a_folder_can_say(tmp_path: Path) -> None:
    selection = read_selection(
        folder(
            tmp_path,
            catalogue__yaml=(
                'levels: [commune]\nsectors: [Hộ tịch]\nexcluded_sectors: [Hải quan]\nadd: ["3.000353"]\n'
                'remove: ["1.000894"]\n'
                "agencies:\n  - {agency: H15.02, sectors: [Hộ tịch]}\n"
                'no_terms:\n  - {source: 12/QĐ-UBND, codes: ["1.000894"]}\n'
                "no_fees:\n  - {source: 07/NQ-HĐND, sectors: [Hải quan]}\n"
            ),
            procedures__csv=(
                "code,agency,filing_mode,filing_reason,filing_decision,filing_decided_on,short_name,everyday,where,mistakes,"
                "english_name,fee_kind,fee_amount,fee_note,fee_online_note\n"
                "1.001193,H15.01,local,Tỉnh nhận,1/QĐ-UBND,2026-07-01,Khai sinh,Làm khai sinh,,Quên giấy | Sai tên,Birth,le_phi,8.000,mỗi bản,\n"
            ),
            terms__csv="code,value,unit,decision\n1.001193,,trong ngày,12/2026/QĐ-UBND\n",
            synonyms__csv="everyday,official\nhôn thú,kết hôn\n",
        )
    )
    assert (selection.levels, selection.sectors, selection.excluded_sectors) == (
        ("commune",),
        ("Hộ tịch",),
        ("Hải quan",),
    )
    assert (selection.add, selection.remove) == ({"3.000353"}, {"1.000894"})
    assert selection.agencies == (AgencyStatement(agency="H15.02", sectors=("Hộ tịch",)),)
    assert selection.no_terms == (SourceStatement(source="12/QĐ-UBND", codes=frozenset({"1.000894"})),)
    assert selection.no_fees == (SourceStatement(source="07/NQ-HĐND", sectors=("Hải quan",)),)
    assert selection.synonyms == (("hôn thú", "kết hôn"),)
    ((code, row),) = selection.local.items()
    assert (code, row.filing_decided_on, row.mistakes) == ("1.001193", date(2026, 7, 1), "Quên giấy\nSai tên")
    assert {name for name, value in row if value} == {
        "code", "agency", "filing_mode", "filing_reason", "filing_decision", "filing_decided_on", "short_name",
        "everyday", "mistakes", "english_name", "fee_kind", "fee_amount", "fee_note",
    }  # fmt: skip
    assert row.fees == (FeeItem("le_phi", 8_000, "mỗi bản"),)
    (term,) = selection.terms.values()
    assert (term.term, term.decision) == (Term(None, "same_day"), "12/2026/QĐ-UBND")


def test_all_faults_are_named_with_file_and_row(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        catalogue__yaml=(
            "levels: [village]\nadd: [abc]\ncolour: red\nsectors: [Thuế]\nexcluded_sectors: [thuế]\nno_terms:\n"
            "  - {source: 1/QĐ}\n  - {sectors: [Hộ tịch]}\n  - {source: 1/QĐ, codes: [x]}\n"
        ),
        procedures__csv=(
            "code,filing_mode,fee_amount\nabc,,\n1.000894,fax,\n1.001193,,free\n1.004873,,\n"
            "1.004873.000.00.00.H15,,\n"
        ),
        terms__csv="code,value,unit,decision\n1.000894,0,ngày,1/QĐ\n1.001193,3,ngày,\n1.004873,,,1/QĐ\n",
        synonyms__csv="everyday,official\nx,\n",
    )
    assert {fault.place for fault in found} == set(tables.read(__file__, "fault_places.yaml"))


def test_sectors_are_chosen_one_by_one(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, catalogue__yaml="excluded_sectors: [Hải quan]\n")
    assert "sectors" in found.message


def test_missing_yaml(tmp_path: Path) -> None:
    assert faults(tmp_path) == (ValidationProblem("catalogue.yaml", 0, "thiếu tệp này."),)


def whole_folder(tmp_path: Path, **files: str) -> Folder:
    """A folder with a manifest and agencies beside the catalogue's files."""
    agencies = "code,name,level,is_desk\nH15,UBND tỉnh,province,có\n"
    folder(tmp_path, agencies__csv=agencies, province__yaml="slug: daklak\nagency_code: H15\n", **files)
    manifest, _problems = read_manifest(read_document(tmp_path / "province.yaml"), "daklak")
    return Folder("daklak", tmp_path, manifest, ())


def validated(place: Folder) -> list[tuple[str, bool]]:
    return [(f"{problem.place}: {problem.message}", problem.blocks) for problem in STEP.validate(place)]


def test_an_agency_that_the_folder_does_not_have_is_named_at_its_cell(tmp_path: Path) -> None:
    rows = "# ghi chú\ncode,agency\n1.000894,H15\n1.001193,H15.77\n"
    found = validated(whole_folder(tmp_path, catalogue__yaml=YAML, procedures__csv=rows))
    text = "procedures.csv:4:2: không có cơ quan đang hoạt động mã H15.77 trong agencies.csv."
    assert found == [(text, True)]


def test_a_term_in_days_is_asked_about_beside_an_unknown_code(tmp_path: Path) -> None:
    rows = "code,value,unit,decision\n9.999999,5,ngày lịch,1/QĐ\n1.001193,15,ngày,1/QĐ\n"
    asked, strange = sorted(
        validated(whole_folder(tmp_path, catalogue__yaml=YAML, terms__csv=rows)), reverse=True
    )
    assert asked[0].startswith(
        "terms.csv:3:3: 1.001193: “ngày” là working_day (ngày làm việc) hay calendar_day"
    )
    assert strange[0].startswith("terms.csv:2:1: 9.999999 không có trong danh mục đi kèm")
    assert (asked[1], strange[1]) == (True, False)


def test_a_misspelt_sector_is_a_remark(tmp_path: Path) -> None:
    chosen = f"{YAML}excluded_sectors: [Hộ tich, Thi hành án dân sựu, Kho bạc Nhà nước]\n"
    found = validated(whole_folder(tmp_path, catalogue__yaml=chosen))
    assert [blocks for _text, blocks in found] == [False]
    assert "có phải “Thi hành án dân sự”?" in found[0][0]


def test_an_agency_by_sector_that_the_folder_does_not_have_is_named(tmp_path: Path) -> None:
    chosen = "sectors: []\nagencies:\n  - {agency: H15.77, sectors: [Hộ tịch]}\n"
    text = "catalogue.yaml: không có cơ quan đang hoạt động mã H15.77 trong agencies.csv."
    assert validated(whole_folder(tmp_path, catalogue__yaml=chosen)) == [(text, True)]


@pytest.mark.parametrize(
    ("file", "row", "told"),
    [
        ("procedures", "1.001193,50.000đ,", "mức thu “50.000đ” phải là số đồng"),
        ("procedures", "1.001193,999.999.999.999,", "“fee_amount” không được quá 1000000000"),
        ("procedures", "1.001193,,le_phi", "thiếu mức thu"),
        ("terms", "1.001193,-3,ngày,1/QĐ", "1.001193: thời hạn là số âm."),
    ],
)
def test_what_was_typed_is_told_as_it_was_typed(tmp_path: Path, file: str, row: str, told: str) -> None:
    headings = {"procedures": "code,fee_amount,fee_kind", "terms": "code,value,unit,decision"}
    table = {f"{file}__csv": f"{headings[file]}\n{row}\n"}
    (found,) = faults(tmp_path, catalogue__yaml=YAML, **table)
    assert told in found.message
