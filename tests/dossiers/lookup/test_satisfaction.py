"""One tap after the result was handed over: once, without a name, and published in groups of enough."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dossiers.lifecycle.models import AccessToken, Dossier, Satisfaction
from dossiers.statistics.periods import Period
from dossiers.statistics.transparency.late_causes import opinions_of, published_opinions
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Agency
from tests.dossiers.chatting import HOST, address, words
from tests.dossiers.publishing import PAGE, Published, get
from tests.dossiers.publishing import words as plain
from tests.dossiers.walking import in_progress, take
from tests.factories import AgencyFactory, Office

QUESTION = "Ông/bà có hài lòng với việc giải quyết hồ sơ này không?"
THANKS = "Cảm ơn ông/bà đã đánh giá."
GOOD, FAIR, BAD = Satisfaction.Score.GOOD, Satisfaction.Score.FAIR, Satisfaction.Score.BAD


def returned(office: Office) -> Dossier:
    dossier = in_progress(office)
    take(office, dossier, "finish", actor=office.specialist)
    take(office, dossier, "return", actor=office.clerk)
    return dossier


def rate(citizen: Client, dossier: Dossier, score: object = 2, **headers: str) -> Any:
    return citizen.post(
        f"{address(dossier)}danh-gia/", {"muc": str(score)}, headers={"host": HOST, **headers}
    )


# --- on the page


def test_it_is_asked_once_the_result_was_handed_over(office: Office, citizen: Client) -> None:
    dossier = in_progress(office)
    assert QUESTION not in words(citizen.get(address(dossier)))
    rate(citizen, dossier)
    assert not Satisfaction.objects.exists()
    take(office, dossier, "finish", actor=office.specialist)
    assert QUESTION not in words(citizen.get(address(dossier)))
    take(office, dossier, "return", actor=office.clerk)
    page = words(citizen.get(address(dossier)))
    assert QUESTION in page
    assert page.index("Hài lòng") < page.index("Bình thường") < page.index("Chưa hài lòng")


@pytest.mark.parametrize("score", [0, 1, 2])
def test_one_tap_is_enough_and_the_only_one(office: Office, citizen: Client, score: int) -> None:
    dossier = returned(office)
    answer = rate(citizen, dossier, score)
    page = words(citizen.get(answer["Location"]))
    assert (answer.status_code, THANKS in page, QUESTION in page) == (303, True, False)
    rate(citizen, dossier, 2 - score)
    assert [one.score for one in Satisfaction.objects.all()] == [score]


@pytest.mark.parametrize("score", ["3", "-1", "", "x", "2.0", "٢"])
def test_what_is_no_score_changes_nothing(office: Office, citizen: Client, score: str) -> None:
    dossier = returned(office)
    rate(citizen, dossier, score)
    assert QUESTION in words(citizen.get(address(dossier)))
    assert citizen.get(f"{address(dossier)}danh-gia/?muc=2").status_code == 405


def test_who_was_only_let_look_is_not_asked(office: Office, citizen: Client) -> None:
    shared = address(returned(office), AccessToken.Purpose.SHARE)
    assert QUESTION not in words(citizen.get(shared))
    assert citizen.post(f"{shared}danh-gia/", {"muc": "2"}).status_code == 404


# --- nobody's own


def test_an_opinion_names_neither_dossier_nor_day(office: Office, citizen: Client) -> None:
    dossier = returned(office)
    before = dossier.events.count(), AuditEntry.objects.count()
    rate(citizen, dossier)
    assert (dossier.events.count(), AuditEntry.objects.count()) == before
    (said,) = Satisfaction.objects.all()
    kept = {field.name: field.value_from_object(said) for field in Satisfaction._meta.concrete_fields}
    assert set(kept) == {"id", "month", "agency", "sector", "score"}
    assert kept["month"] == date(2026, 11, 1)
    assert kept["agency"] == dossier.competent_agency_id
    assert kept["id"].version == 4


def test_the_mark_on_the_dossier_says_nothing_of_the_score(office: Office, citizen: Client) -> None:
    kept = []
    for score in (0, 2):
        dossier = returned(office)
        rate(citizen, dossier, score)
        with connection.cursor() as cursor:
            cursor.execute("SELECT rated FROM dossiers_dossier WHERE id = %s", [dossier.pk])
            kept.append(cursor.fetchone())
    assert kept == [(True,), (True,)]


def test_an_act_afterwards_does_not_ask_again(office: Office, citizen: Client) -> None:
    dossier = returned(office)
    rate(citizen, dossier)
    citizen.post(f"{address(dossier)}tin-bao/", {"viec": "ho-so-nay"})
    assert THANKS in words(citizen.get(address(dossier)))


# --- published


def say(agency: Agency, score: int, times: int, month: date = date(2026, 10, 1), sector: Any = None) -> None:
    """So many people said this."""
    Satisfaction.objects.bulk_create(
        [Satisfaction(month=month, agency=agency, sector=sector, score=score) for _ in range(times)]
    )


def content(key: str = "2026-10") -> str:
    page = plain(get(f"{PAGE}?ky={key}"))
    return page.partition('id="hai-long"')[2].partition("</section>")[0]


def test_what_people_said_of_a_month_that_is_over(published: Published, office: Office) -> None:
    say(office.department, GOOD, 8)
    say(office.department, BAD, 2)
    said = content()
    assert "<strong>80,0 %</strong> trong 10 lượt đánh giá là hài lòng" in said
    assert "20,0 % chưa hài lòng" in said


def test_too_few_are_not_told(published: Published, office: Office) -> None:
    say(office.department, BAD, 9)
    assert "lượt đánh giá là hài lòng" not in content()


def test_an_agency_with_too_few_hides_among_the_others(published: Published, office: Office) -> None:
    small, large = AgencyFactory(name="Sở Thử nghiệm"), AgencyFactory(name="Sở Mô phỏng")
    say(office.department, GOOD, 20)
    say(large, GOOD, 12)
    say(small, BAD, 3)
    said = content()
    # The whole without the others would tell the small one: the next smallest is held back as well.
    assert office.department.name in said
    assert small.name not in said
    assert large.name not in said
    assert "Không nêu số của 2 cơ quan" in said


@pytest.mark.parametrize(
    ("months", "published"), [((12, 12, 5), None), ((12, 6, 5), 23), ((6, 5, 0), 11)], ids=str
)
def test_a_quarter_less_its_months_tells_no_opinion_of_a_month(office, months, published):
    quarter = Period("quarter", date(2026, 7, 1))
    for month, times in zip(quarter.parts, months, strict=True):
        say(office.department, GOOD, times, month.start)
    found = published_opinions(quarter, list(opinions_of(quarter)))
    told = [int(one["count"]) for one in (found["whole"], *found.get("agencies", ())) if one]
    assert told == ([published] * 2 if published else [])


def test_a_month_is_told_once_it_is_over(published: Published, office: Office) -> None:
    say(office.department, GOOD, 40, date(2026, 11, 1))
    said = content("2026-11")
    assert "lượt đánh giá là hài lòng" not in said
    assert "công khai khi hết tháng" in said
    say(office.department, BAD, 10)
    assert "trong 10 lượt" in content("2026-q4")
    with clock.frozen(datetime(2026, 12, 1, 8, 0, tzinfo=clock.VIETNAM)):
        assert "trong 40 lượt" in content("2026-11")


def test_what_another_province_was_told_is_not_ours(published, office, other_province, inside):
    with inside("dongnai"):
        say(Office("H19").department, GOOD, 30)
    assert "lượt đánh giá là hài lòng" not in content()
