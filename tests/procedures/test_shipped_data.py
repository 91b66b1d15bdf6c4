"""What ships with the portal: the national catalogue, the explanations, the everyday words."""

import pytest
import yaml

from procedures.catalogue import national
from procedures.formats.base import KINDS_BY_CODE, TERM_UNITS, kind_of
from procedures.models import ProcedureKind
from procedures.search.index import MAX_SHORT_NAME
from tenants.text import fold


@pytest.fixture(scope="module")
def records():
    return {record.code: record for record in national.load().records}


def test_national_catalogue_is_whole(records) -> None:
    assert len(records) == 2342
    assert all(record.sector and record.issuer for record in records.values())


def test_only_customs_rows_are_reported() -> None:
    assert {problem.column for problem in national.load().problems} == {"cấp"}


def test_terms_have_a_known_unit_or_are_blank(records) -> None:
    units = {record.term.unit for record in records.values()}
    assert units <= {"", *TERM_UNITS}
    assert all(bool(record.term.value) == bool(record.term.unit) for record in records.values())


def test_known_kinds_are_in_the_catalogue(records) -> None:
    assert KINDS_BY_CODE.keys() <= records.keys()


def test_every_complaint_by_name_is_in_the_list_of_codes(records) -> None:
    found = {code: kind_of(code, record.name) for code, record in records.items()}
    assert {code: kind for code, kind in found.items() if kind != ProcedureKind.NORMAL} == KINDS_BY_CODE


def test_unknown_complaint_is_recognised_by_its_name() -> None:
    assert kind_of("9.999999", "Giải quyết KHIẾU NẠI lần đầu tại cấp xã") == ProcedureKind.COMPLAINT


def test_ten_procedures_are_explained(records) -> None:
    assert len(national.load_explanations()) == 10
    assert national.load_explanations().keys() <= records.keys()


def test_explanations_have_papers_steps_and_fit_the_list() -> None:
    for explanation in national.load_explanations().values():
        assert explanation.facts["documents"], explanation.code
        assert explanation.facts["steps"], explanation.code
        assert explanation.summary, explanation.code
        assert len(explanation.short_name) <= MAX_SHORT_NAME, explanation.code


def test_explanations_are_short() -> None:
    for path in national.EXPLAINED.glob("*.yaml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 40, path.name
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["code"] == path.stem


def test_official_words_of_common_synonyms_occur_in_names(records) -> None:
    names = " ".join(fold(record.name) for record in records.values())
    common = {"sổ đỏ", "giấy độc thân", "GPXD", "bằng lái xe", "giấy khai sinh"}
    official = {official for everyday, official in national.load_synonyms() if everyday in common}
    assert all(fold(words) in names for words in official)
