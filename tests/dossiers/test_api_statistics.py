"""The figures for programs: those of the transparency page, counted no more often than needed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from dossiers import budget, statistics
from dossiers.statistics import Period, publishing
from tenants import clock
from tests.dossiers.histories import Act, History, write
from tests.factories import Office

PATH = "/api/v1/statistics/"
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
TEN_DAYS = {"from": "2026-11-10", "to": "2026-11-20"}


@pytest.fixture
def program(office: Office, noon: datetime) -> Client:
    """One who asks a province that received a dossier a week ago and one today."""
    for moment in (noon - timedelta(days=7), noon - timedelta(hours=1)):
        write(office, [History(moment, [Act(moment, 2, due=moment + timedelta(days=5))])])
        write(office, [History(moment, [Act(moment, 2)], kind="complaint")])
    return Client(headers={"host": "daklak.localhost"}, raise_request_exception=False)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every time that figures were counted."""
    times: list[Any] = []

    def counting(*args: Any, **kwargs: Any) -> statistics.Figures:
        times.append(args)
        return statistics.figures(*args, **kwargs)

    monkeypatch.setattr(publishing, "figures", counting)
    return times


def errors(response: Any) -> list[str]:
    assert response.status_code == 400
    return [error["name"] for error in response.json()["errors"]]


def test_figures_are_those_of_the_portal_without_complaints(program: Client) -> None:
    answer = program.get(PATH, TEN_DAYS).json()
    expected = statistics.figures(date(2026, 11, 10), date(2026, 11, 20)).as_dict()
    assert answer["total"] == {name: expected["total"][name] for name in answer["total"]}
    assert answer["total"]["received"] == 1
    assert set(expected["total"]) == set(answer["total"])
    assert (answer["first"], answer["last"], answer["by"]) == ("2026-11-10", "2026-11-20", None)
    assert answer["groups"] == []


@pytest.mark.parametrize("by", publishing.GROUPINGS)
def test_groups_add_up(program: Client, by: str) -> None:
    answer = program.get(PATH, {**TEN_DAYS, "by": by}).json()
    assert answer["by"] == by
    assert sum(group["received"] for group in answer["groups"]) == answer["total"]["received"] == 1


@pytest.mark.parametrize("asked", [{}, {"from": "", "to": ""}])
def test_without_days_it_is_the_running_month(program: Client, asked: dict[str, str]) -> None:
    answer = program.get(PATH, asked).json()
    assert (answer["first"], answer["last"]) == ("2026-11-01", "2026-11-30")
    assert answer["until"].startswith("2026-11-25T10:00")
    assert answer["total"]["received"] == 2


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"from": "2026-10-05"}, ("2026-10-05", "2026-11-25")),
        ({"to": "2026-10-05"}, ("2026-10-01", "2026-10-05")),
        ({"from": "2026-11-25", "to": "2027-11-25"}, ("2026-11-25", "2027-11-25")),
    ],
)
def test_one_day_is_enough(program: Client, asked: dict[str, str], meant: tuple[str, str]) -> None:
    answer = program.get(PATH, asked).json()
    assert (answer["first"], answer["last"]) == meant


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"from": "2026-11-26"}, ["from"]),
        ({"from": "1999-12-31", "to": "2000-01-05"}, ["from"]),
        ({"from": "0001-01-01"}, ["from"]),
        ({"to": "0001-01-01"}, ["from"]),
        ({"from": "2026-11-05", "to": "2026-11-04"}, ["to"]),
        ({"from": "2025-11-01", "to": "2026-11-02"}, ["to"]),
        ({"to": "9999-12-31"}, ["from"]),
        ({"from": "2026-11-01", "to": "9999-12-31"}, ["to"]),
        ({"from": "x", "to": "2026-02-30"}, ["from", "to"]),
        ({"from": "20261101"}, ["from"]),
        ({"from": "2026-W48-3"}, ["from"]),
        ({"from": "٢٠٢٦-١١-٠١"}, ["from"]),
        ({"from": "9" * 5000}, ["from"]),
        ({"by": "clerk"}, ["by"]),
    ],
)
def test_no_such_period(program: Client, asked: dict[str, str], wrong: list[str]) -> None:
    assert errors(program.get(PATH, asked)) == wrong


def test_month_counted_ahead_is_read_with_one_query(
    program: Client, counted: list[Any], django_assert_num_queries: Any
) -> None:
    statistics.refresh(Period("month", date(2026, 11, 1)))
    statistics.refresh(Period("day", date(2026, 11, 24)))
    for asked in (NOVEMBER, {**NOVEMBER, "by": "agency"}, {"from": "2026-11-24", "to": "2026-11-24"}):
        with django_assert_num_queries(1):
            assert program.get(PATH, asked).status_code == 200
    assert counted == []


def test_same_question_is_counted_once_a_quarter_hour(program: Client, counted: list[Any]) -> None:
    answers = [program.get(PATH, TEN_DAYS) for _ in range(3)]
    assert len(counted) == 1
    assert len({answer["ETag"] for answer in answers}) == 1
    program.get(PATH, {**TEN_DAYS, "by": "agency"})
    assert len(counted) == 2


def test_one_address_causes_only_so_many_counts(
    program: Client, counted: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "COUNTS_PER_ADDRESS", 2)
    answers = [program.get(PATH, {"from": f"2026-10-0{day}"}) for day in (1, 2, 3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "900"
    assert program.get(PATH, {"from": "2026-10-01"}).status_code == 200
    assert program.get(PATH, {"from": "2026-10-03"}, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_all_addresses_together_cause_only_so_many_counts(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "COUNTS_PER_PROVINCE", 1)
    assert program.get(PATH, TEN_DAYS, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert program.get(PATH, {"from": "2026-10-03"}, REMOTE_ADDR="198.51.100.9").status_code == 429


def test_counts_and_guesses_have_budgets_of_their_own(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "PER_ADDRESS", 0)
    assert program.get(PATH, TEN_DAYS).status_code == 200


def test_without_valkey_it_is_counted_on_a_smaller_budget(
    program: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> Any:
        raise ConnectionError

    for name in ("get", "get_many", "add", "incr", "set"):
        monkeypatch.setattr(cache, name, down, raising=False)
    statuses = [program.get(PATH, TEN_DAYS).status_code for _ in range(publishing.COUNTS_PER_ADDRESS)]
    assert (statuses[0], statuses[-1]) == (200, 429)


def test_anybody_may_keep_it_for_a_while(program: Client) -> None:
    response = program.get(PATH, NOVEMBER)
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=300"}
    assert not response.cookies
    again = program.get(PATH, NOVEMBER, headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304


def test_names_stay_vietnamese_whoever_asked_first(program: Client) -> None:
    asked = {**TEN_DAYS, "by": "channel"}
    first = program.get(PATH, asked, headers={"accept-language": "en"}).json()
    assert first["groups"] == program.get(PATH, asked).json()["groups"]
    assert not first["groups"][0]["name"].isascii()


def test_another_province_has_its_own_figures(program: Client) -> None:
    program.get(PATH, TEN_DAYS)
    stranger = Client(headers={"host": "dongnai.localhost"})
    assert stranger.get(PATH, TEN_DAYS).json()["total"]["received"] == 0


def test_day_has_a_turn_of_its_own(program: Client) -> None:
    with clock.frozen(datetime(2026, 12, 1, 0, 30, tzinfo=clock.VIETNAM)):
        answer = program.get(PATH).json()
    assert (answer["first"], answer["last"]) == ("2026-12-01", "2026-12-31")
