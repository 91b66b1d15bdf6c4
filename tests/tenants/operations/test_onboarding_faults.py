"""Each fault of a folder is told with file and line in Vietnamese, and changes nothing."""

from typing import Any

import pytest

from tenants.folder.problems import Refused
from tenants.isolation.context import province_context
from tenants.isolation.models import RESERVED_SLUGS
from tenants.operations.onboarding.apply import Manual, apply_province
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.models import Agency
from tests import tables
from tests.tenants.workshop import AGENCIES, CSV, YAML, Workshop


def planted(file, old, new, place, phrase):
    return f"{place} {phrase}", lambda workshop: workshop.edit(file, old, new), place, phrase


def rewritten(file: str, content: bytes, place: str, phrase: str) -> tuple[str, Any, str, str]:
    return f"{place} {phrase}", lambda workshop: workshop.write(file, content), place, phrase


def placed(lat: str, lon: str, phrase: str) -> tuple[str, Any, str, str]:
    rows = AGENCIES.replace("dissolved_on", "dissolved_on,lat,lon").replace(",không,,", ",không,,,,")
    rows = rows.replace(",có,,", f",có,,,{lat},{lon}").replace("2025-07-01", "2025-07-01,,")
    return rewritten(CSV, rows.encode(), "agencies.csv:4", phrase)


FAULTS = [
    *(planted(*row) for row in tables.read(__file__, "folder_faults.yaml")),
    placed("12.6685", "", "phải có cả hai"),
    placed("108.0382", "12.6685", "có đổi chỗ không"),
    placed('"12,6685"', "108.0382", "không phải độ thập phân"),
    planted(YAML, "Tỉnh Ninh Bình", "x" * 101, "province.yaml:3", "dài quá 100"),
    planted(YAML, "hosts:", "hosts: " + "[" * 40, "province.yaml:8", "quá nhiều tầng"),
    rewritten(YAML, b"- a\n- b\n", "province.yaml:1", "phải là các mục"),
    rewritten(YAML, b"# chi ghi chu\n", "province.yaml", "tệp trống"),
    rewritten(YAML, b"name: x" * 100_000, "province.yaml", "lớn hơn 512 KB"),
    planted(CSV, "Trung tâm", "x" * 200, "agencies.csv:4", "dài quá 200"),
    planted(CSV, "Phục vụ", "x" * 200_000, "agencies.csv:4", "ô quá dài"),
    *(
        rewritten(CSV, content, place, f"bảng mã {encoding}; hãy lưu lại dạng “CSV UTF-8”")
        for content, place, encoding in (
            (AGENCIES.encode("utf-16"), "agencies.csv", "UTF-16"),
            (AGENCIES.encode("utf-16-le"), "agencies.csv", "UTF-16"),
            ("code,name\nH42,To\u0300a a\u0301n\n".encode("cp1258"), "agencies.csv:2", "Windows-1258"),
            ("code,name\nH42,đo\u0300ng\n".encode("cp1258"), "agencies.csv:2", "Windows-1258"),
            (b"code,name\nH42,\xd1a\xef n\xf5ng \xf1o\xe0ng\n", "agencies.csv:2", "VNI"),
            (b"code,name\nH42,Ph\xad\xeang \xae\xac\xcc\n", "agencies.csv:2", "TCVN3 (ABC)"),
        )
    ),
    rewritten(CSV, b"code,name\nH42,\xb8\xb9\n", "agencies.csv:2", "không phải UTF-8"),
    rewritten(CSV, b"PK\x03\x04\x14\x00\x06\x00\xcc\xf1\xd1", "agencies.csv", "tệp Excel đổi tên"),
    rewritten(CSV, b"\xed\xa0\x80", "agencies.csv:1", "không phải UTF-8"),
    rewritten(CSV, b"x" * 5_000_000, "agencies.csv", "lớn hơn 4096 KB"),
    rewritten(CSV, b"", "agencies.csv:1", "thiếu cột “code”"),
]


@pytest.mark.parametrize(
    ("plant", "place", "phrase"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_a_fault_is_reported_at_its_place_and_changes_nothing(workshop, plant, place, phrase):
    plant(workshop)
    with pytest.raises(Refused) as refused:
        apply_province(workshop.slug)
    assert [
        f"{place}: " in str(problem) and phrase in str(problem) for problem in refused.value.problems
    ].count(True) == 1, str(refused.value)
    assert workshop.leftovers() == []


def test_faults_of_all_files_are_reported_at_once(workshop: Workshop) -> None:
    workshop.edit(YAML, "0229 000 0000", "gọi anh Ba")
    workshop.edit(YAML, "pilot", "open")
    workshop.edit(CSV, "H42.08", "H19.08")
    places = [(problem.file, problem.line) for problem in validate_province(workshop.slug)]
    assert places == [(CSV, 4), (YAML, 10), (YAML, 15)]


def test_a_workbook_beside_no_table_is_to_be_saved_as_one(workshop: Workshop) -> None:
    (workshop.path / CSV).rename(workshop.path / "agencies.xlsx")
    told = [str(problem) for problem in validate_province(workshop.slug)]
    assert told[0] == "agencies.csv: thiếu tệp này."
    assert "agencies.xlsx: " in told[1]
    assert "lưu dạng “CSV UTF-8”, tên agencies.csv" in told[1]


def test_the_code_of_another_province_is_one_fault_of_the_manifest(workshop: Workshop) -> None:
    workshop.edit(YAML, "agency_code: H42", "agency_code: H37")
    found = validate_province(workshop.slug)
    assert {(problem.file, problem.line) for problem in found} == {(YAML, 5)}
    assert [problem.message for problem in found if problem.blocks] == [
        "agency_code là H37, mà mã ở agencies.csv là của tỉnh khác: H42."
    ]


def test_a_file_that_no_step_reads_is_remarked_but_does_not_block(workshop: Workshop) -> None:
    workshop.write("agency.csv", "x")
    assert [(problem.file, problem.blocks) for problem in validate_province(workshop.slug)] == [
        ("agency.csv", False)
    ]


@pytest.mark.parametrize(
    "content",
    [
        AGENCIES.encode("utf-8-sig"),
        AGENCIES.replace(",", ";").encode(),
        AGENCIES.replace("\n", "\r\n").encode(),
        AGENCIES.replace("Trung tâm", "Trung ta\u0302m").encode(),
    ],
    ids=["byte order mark", "semicolons", "windows line ends", "decomposed letters"],
)
def test_what_a_spreadsheet_writes_is_read_alike(applied: Workshop, content: bytes) -> None:
    with province_context(applied.slug):
        Agency.objects.filter(code="H42.08").update(name="Trung tâm Một cửa")
    applied.write(CSV, content)
    report = apply_province(applied.slug, manual=Manual.OVERWRITE)
    assert [(one.report.added, one.report.changed, one.report.unchanged) for one in report.steps] == [
        (0, 1, 2)
    ]
    with province_context(applied.slug):
        assert Agency.objects.get(code="H42.08").name == "Trung tâm Phục vụ hành chính công"


def test_a_dissolved_agency_may_have_a_code_of_the_old_form(applied: Workshop) -> None:
    applied.edit(CSV, "H25.20", "000.12.34.H25")
    apply_province(applied.slug)
    with province_context(applied.slug):
        assert Agency.objects.get(code="000.12.34.H25").living.code == "H42"


SLUGS = [
    *sorted(RESERVED_SLUGS),
    "",
    "a",
    "A1",
    "1a",
    "dak-lak",
    "dak_lak",
    "đắklắk",
    "../daklak",
    "daklak/",
    "daklak\n",
    "daklak\x00",
    "\ud800",
    "a" * 42,
]


@pytest.mark.parametrize("slug", SLUGS, ids=repr)
def test_an_impossible_slug_is_refused(workshop: Workshop, slug: str) -> None:
    with pytest.raises(Refused, match=r"(?i)tên gọi tắt"):
        apply_province(slug)


def test_an_unknown_folder_is_refused_with_the_known_ones(workshop: Workshop) -> None:
    with pytest.raises(Refused, match=f"Các thư mục: {workshop.slug}"):
        apply_province("hanoi")
