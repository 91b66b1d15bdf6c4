"""The two demonstration provinces that ship with the portal: sound, complete, and visibly different."""

import re
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.workflow.rules.shipped import default_workflow_data
from dossiers.workflow.rules.workflow import Workflow
from procedures.catalogue.contents import national
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.folder.catalogue import read_selection
from tenants import clock
from tenants.agency_codes import province_of
from tenants.folder.folder import Folder, open_folder
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import apply_province
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.folder import agencies as organisation
from tenants.text import fold
from tests.conftest import as_owner

SLUGS = ("daklak", "dongnai")
both = pytest.mark.parametrize("slug", SLUGS)


def calendar(slug: str) -> WorkCalendar:
    return WorkCalendar.from_data(open_folder(slug).document("calendar.yaml").data)


def workflow(slug: str) -> Workflow:
    return Workflow.from_data(open_folder(slug).document("workflow.yaml").data)


def selection(slug: str) -> CatalogueSelection:
    return read_selection(settings.PROVINCES_DIR / slug)


def agencies(slug: str) -> tuple[Any, ...]:
    return organisation._table(open_folder(slug)).rows


@both
def test_the_folder_has_no_fault_and_no_unread_file(slug: str, db: None) -> None:
    assert [str(problem) for problem in validate_province(slug)] == []


@both
@pytest.mark.parametrize("day", [date(2027, 12, 15), date(2028, 2, 29), date(2029, 11, 28)])
def test_the_folder_does_not_age(slug: str, day: date, db: None) -> None:
    """Years whose days off it does not know are remarked, and nothing is refused."""
    with clock.frozen(datetime(day.year, day.month, day.day, 0, 5, tzinfo=clock.VIETNAM)):
        found = validate_province(slug)
    assert {problem.file for problem in found} == {"calendar.yaml"}
    assert not any(problem.blocks for problem in found)


@both
def test_the_folder_is_a_demonstration_at_its_usual_host(slug: str) -> None:
    manifest = open_folder(slug).manifest
    assert (manifest.demo, manifest.state, manifest.hosts) == (True, "live", (f"{slug}.localhost",))


@both
def test_the_agency_codes_belong_to_the_province(slug: str) -> None:
    manifest = open_folder(slug).manifest
    owners = {getattr(province_of(code), "province", None) for code in manifest.agency_codes}
    assert owners == {manifest.name}


@both
def test_no_telephone_number_can_ring_anybody(slug: str) -> None:
    numbers = [open_folder(slug).manifest.hotline, *(row.phone for row in agencies(slug))]
    assert all(re.fullmatch(r"02\d\d 000 00\d\d", number) for number in numbers if number)


@both
def test_every_agency_is_marked_as_demonstration(slug: str) -> None:
    assert {row.demo for row in agencies(slug)} == {"có"}


@both
def test_the_province_and_ten_communes_have_a_desk(slug: str) -> None:
    desks = [row.level for row in agencies(slug) if row.is_desk == organisation.YES]
    assert desks.count("province") == 1
    assert desks.count("commune") >= 10


@both
def test_receipts_of_the_former_province_lead_to_the_present_one(slug: str) -> None:
    manifest = open_folder(slug).manifest
    former = next(row for row in agencies(slug) if row.code == manifest.merged_from[0].agency_code)
    assert former.successor == manifest.agency_code


@both
@pytest.mark.parametrize("year", [2025, 2026, 2027])
def test_the_days_off_of_three_years_are_entered(slug: str, year: int) -> None:
    assert calendar(slug).knows(year)


@both
def test_the_swapped_day_of_january_2026_is_right(slug: str) -> None:
    """The notice of 2026 moved Friday 2 January to Saturday 10 January."""
    days = calendar(slug)
    assert not days.is_open_day(date(2026, 1, 2))
    assert days.is_open_day(date(2026, 1, 10))


@both
def test_what_is_only_estimated_says_so(slug: str) -> None:
    names = [name for day, name in calendar(slug).days_off.items() if day.year == 2027]
    assert all(name.endswith("(dự kiến)") for name in names)


def test_the_offices_close_at_different_hours() -> None:
    assert calendar("daklak").sessions[-1] != calendar("dongnai").sessions[-1]


def test_the_15_hour_rule_differs_by_date() -> None:
    day = date(2026, 11, 24)
    assert calendar("daklak").cutoff_rule(day) == "transfer"
    assert calendar("dongnai").cutoff_rule(day) == "counts"


def test_the_folder_of_dak_lak_spells_out_the_default_workflow() -> None:
    assert workflow("daklak") == Workflow.from_data(default_workflow_data())


def test_dong_nai_appraises_before_a_result() -> None:
    flow = workflow("dongnai")
    assert "finish" not in [transition.code for transition in flow.transitions_from("in_progress")]
    assert flow.transition("finish", "appraisal").target == "done"


def test_dong_nai_shares_the_whole_term_out() -> None:
    assert sum(step.share or 0 for step in workflow("dongnai").steps.values()) == pytest.approx(1)


def test_dong_nai_has_a_shorter_road_for_civil_status() -> None:
    document = open_folder("dongnai").document("workflows/ho-tich.yaml")
    data = {key: value for key, value in document.data.items() if key != "applies_to"}
    short = Workflow.from_data(data)
    assert document.data["applies_to"]["sectors"] == ["Hộ tịch"]
    assert len(short.steps) < len(workflow("dongnai").steps)
    assert short.transition("finish_at_once", "received").target == "done"


@both
def test_every_named_sector_exists(slug: str) -> None:
    known = {fold(record.sector or "") for record in national.load().records}
    chosen = selection(slug)
    assert [name for name in (*chosen.sectors, *chosen.excluded_sectors) if fold(name) not in known] == []


@both
def test_no_shipped_sector_of_the_two_levels_awaits_a_decision(slug: str) -> None:
    records = [one for one in national.load().records if {"province", "commune"} & set(one.levels or ())]
    sectors, chosen = {one.sector or "" for one in records}, selection(slug)
    assert len(sectors) > 50
    assert [sector for sector in sectors if chosen.awaits(sector)] == []


@both
def test_customs_are_not_handled(slug: str) -> None:
    chosen = selection(slug)
    assert not any(
        chosen.handles(record.code, kind=str(record.kind), sector="Hải quan", levels=record.levels or ())
        for record in national.load().records
        if record.sector == "Hải quan"
    )


@both
def test_what_the_province_words_locally_it_also_handles(slug: str) -> None:
    chosen = selection(slug)
    facts = {record.code: record for record in national.load().records}
    assert [
        code
        for code in (*chosen.local, *chosen.terms)
        if not chosen.handles(
            code, kind=str(facts[code].kind), sector=facts[code].sector or "", levels=facts[code].levels or ()
        )
    ] == []


@both
def test_local_decisions_are_marked_as_invented(slug: str) -> None:
    chosen = selection(slug)
    decisions = [one.decision for one in chosen.terms.values()]
    notes = [fee.note for one in chosen.local.values() for fee in one.fees]
    assert decisions
    assert notes
    assert all("minh họa" in text for text in (*decisions, *notes))


@both
def test_agencies_of_procedures_are_in_the_folder(slug: str) -> None:
    known = organisation.agency_codes_in(open_folder(slug))
    assert {local.agency for local in selection(slug).local.values() if local.agency} <= known


def test_fees_and_terms_of_the_two_differ() -> None:
    first, second = map(selection, SLUGS)
    assert first.terms["1.001612"].term != second.terms["1.001612"].term
    assert first.local["1.001612"].fees != second.local["1.001612"].fees


def test_only_dong_nai_words_its_own_messages() -> None:
    assert [Folder.has(open_folder(slug), "wording.yaml") for slug in SLUGS] == [False, True]


@pytest.mark.parametrize(
    ("slug", "file"),
    [
        *product(SLUGS, ["calendar.yaml", "workflow.yaml", "catalogue.yaml"]),
        ("dongnai", "workflows/ho-tich.yaml"),
    ],
)
def test_an_ordinary_yaml_reader_finds_the_same(slug: str, file: str) -> None:
    """Rooms and editors may read the files by YAML's own rules: no value may depend on ours."""
    ours = open_folder(slug).document(file).data
    theirs = yaml.safe_load((settings.PROVINCES_DIR / slug / file).read_text(encoding="utf-8"))
    assert plain(theirs) == plain(ours)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value)


@pytest.mark.deep
def test_a_demonstration_folder_applied_twice_changes_nothing(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another name, code and host, since both provinces exist already in these tests."""
    slug = "trinhdien"
    original = settings.PROVINCES_DIR / "dongnai"
    for file in (path for path in original.rglob("*") if path.is_file()):
        content = file.read_bytes()
        # A workbook names no code of an agency, and cannot be edited as text.
        for old, new in (("dongnai", slug), ("H19", "H42"), ("H10", "H25")) if file.suffix != ".xlsx" else ():
            content = content.replace(old.encode(), new.encode())
        copy = tmp_path / slug / file.relative_to(original)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path)
    with django_db_blocker.unblock(), as_owner():
        try:
            assert apply_province(slug).created
            again = apply_province(slug)
        finally:
            with public_context():
                for province in Province.objects.filter(schema_name=slug):
                    province.delete(force_drop=True)
    assert {one.step.code: one.report.changes for one in again.steps if one.report.changes} == {}
    assert again.changes == 0
    assert len(again.steps) == len(sections.STEPS)
