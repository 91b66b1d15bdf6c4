"""The figures for programs: those of the transparency page, told with the same reserve."""

from typing import Any

import pytest
from django.test import Client

from tests import tables
from tests.dossiers.publishing import HOST, Published
from tests.factories import Office

PATH = "/api/v1/statistics/"
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture
def program() -> Client:
    return Client(headers={"host": HOST}, raise_request_exception=False)


def errors(response: Any) -> list[str]:
    assert response.status_code == 400
    return [error["name"] for error in response.json()["errors"]]


def test_figures_are_those_of_the_page(published: Published, program: Client) -> None:
    answer = program.get(PATH, OCTOBER).json()
    page = program.get("/minh-bach.json?ky=2026-10").json()["period"]
    assert page["total"] == 30
    assert {name: answer[name] for name in page} == page
    assert (answer["by"], answer["groups"]) == (None, [])


@pytest.mark.parametrize("by", ["agency", "sector", "procedure", "channel"])
def test_groups_are_those_of_the_page(published: Published, program: Client, by: str) -> None:
    answer = program.get(PATH, {**OCTOBER, "by": by}).json()
    assert answer["by"] == by
    page = program.get("/minh-bach.json?ky=2026-10").json()["by"][by]
    assert answer["groups"] == [{"term": None, **group} for group in page] != []


def test_without_days_it_is_the_last_whole_month(published: Published, program: Client) -> None:
    for asked in ({}, {"from": "", "to": ""}):
        answer = program.get(PATH, asked).json()
        assert (answer["key"], answer["first"], answer["last"]) == ("2026-10", "2026-10-01", "2026-10-31")
        assert set(answer["periods"]) == {"2026-10", "2026-11", "2026-q4", "2026"}


def test_month_quarter_and_year_are_told(published: Published, program: Client) -> None:
    for first, last, key in (
        ("2026-11-01", "2026-11-30", "2026-11"),
        ("2026-10-01", "2026-12-31", "2026-q4"),
        ("2026-01-01", "2026-12-31", "2026"),
    ):
        assert program.get(PATH, {"from": first, "to": last}).json()["key"] == key


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        *tables.read(__file__, "refused_periods.yaml"),
        ({"from": "9" * 5000, "to": "2026-10-31"}, ["from"]),
    ],
)
def test_no_other_days_are_told(published, program, asked, wrong):
    assert errors(program.get(PATH, asked)) == wrong


def test_period_without_figures_is_not_found(published: Published, program: Client) -> None:
    for first, last in (
        ("2026-09-01", "2026-09-30"),
        ("0001-01-01", "0001-12-31"),
        ("9999-12-01", "9999-12-31"),
    ):
        response = program.get(PATH, {"from": first, "to": last})
        assert response.status_code == 404
        assert response.json()["detail"] == "Chưa có số liệu của kỳ này."
    elsewhere = program.get(PATH, OCTOBER, headers={"host": "dongnai.localhost"})
    assert elsewhere.status_code == 404, "another province has its own figures"


def test_province_that_counted_nothing_yet(program: Client, office: Office) -> None:
    assert program.get(PATH).status_code == 404


def test_three_statements(published: Published, program: Client, django_assert_num_queries: Any) -> None:
    program.get(PATH)
    with django_assert_num_queries(3):
        assert program.get(PATH, {**OCTOBER, "by": "agency"}).status_code == 200


def test_anybody_may_keep_it_for_a_while(published: Published, program: Client) -> None:
    response = program.get(PATH, OCTOBER)
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=300"}
    assert not response.cookies
    again = program.get(PATH, OCTOBER, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_names_stay_vietnamese(published: Published, program: Client) -> None:
    asked = {**OCTOBER, "by": "channel"}
    english = program.get(PATH, asked, headers={"accept-language": "en"}).json()
    assert english == program.get(PATH, asked).json()
    assert not english["groups"][0]["name"].isascii()
