"""The two demonstration provinces that ship with the portal: sound, complete, and visibly different."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.conf import settings

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.workflow.rules.workflow import Workflow
from procedures.catalogue.contents import national
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.folder.catalogue import read_selection
from tenants import clock
from tenants.agency_codes import province_of
from tenants.folder.folder import open_folder
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.folder import agencies as organisation
from tenants.text import fold

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
def test_the_folder_is_a_demonstration_of_its_province(slug: str) -> None:
    manifest, rows = open_folder(slug).manifest, agencies(slug)
    assert (manifest.demo, manifest.state, manifest.hosts) == (True, "live", (f"{slug}.localhost",))
    assert {getattr(province_of(code), "province", None) for code in manifest.agency_codes} == {manifest.name}
    assert {row.demo for row in rows} == {"có"}
    # No telephone number can ring anybody.
    numbers = [manifest.hotline, *(row.phone for row in rows)]
    assert all(re.fullmatch(r"02\d\d 000 00\d\d", number) for number in numbers if number)
    desks = [row.level for row in rows if row.is_desk == organisation.YES]
    assert (desks.count("province"), desks.count("commune") >= 10) == (1, True)
    # Receipts of the former province lead to the present one.
    former = next(row for row in rows if row.code == manifest.merged_from[0].agency_code)
    assert former.successor == manifest.agency_code


@both
def test_the_days_off_of_three_years_are_entered_and_estimates_say_so(slug: str) -> None:
    days = calendar(slug)
    assert all(days.knows(year) for year in (2025, 2026, 2027))
    # The notice of 2026 moved Friday 2 January to Saturday 10 January.
    assert (days.is_open_day(date(2026, 1, 2)), days.is_open_day(date(2026, 1, 10))) == (False, True)
    names = [name for day, name in days.days_off.items() if day.year == 2027]
    assert all(name.endswith("(dự kiến)") for name in names)


@both
def test_the_selection_names_what_there_is_and_handles_what_it_words(slug: str) -> None:
    records, chosen = {record.code: record for record in national.load().records}, selection(slug)

    def handled(code: str) -> bool:
        one = records[code]
        return chosen.handles(code, kind=str(one.kind), sector=one.sector or "", levels=one.levels or ())

    known = {fold(record.sector or "") for record in records.values()}
    assert [name for name in (*chosen.sectors, *chosen.excluded_sectors) if fold(name) not in known] == []
    two_levels = {
        one.sector or "" for one in records.values() if {"province", "commune"} & set(one.levels or ())
    }
    assert len(two_levels) > 50
    assert [sector for sector in two_levels if chosen.awaits(sector)] == []
    assert not any(handled(one.code) for one in records.values() if one.sector == "Hải quan")
    assert [code for code in (*chosen.local, *chosen.terms) if not handled(code)] == []


@both
def test_local_decisions_are_marked_as_invented_and_name_agencies_of_the_folder(slug: str) -> None:
    chosen = selection(slug)
    local = chosen.local.values()
    decisions = [one.decision for one in chosen.terms.values()]
    notes = [fee.note for one in local for fee in one.fees]
    assert min(len(decisions), len(notes)) > 0
    assert all("minh họa" in text for text in (*decisions, *notes))
    assert {one.agency for one in local if one.agency} <= organisation.agency_codes_in(open_folder(slug))


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value)
