"""Announcements at the desk: worded, looked at, published, corrected, withdrawn; never deleted once public."""

import pytest
from django.test import Client

from messaging.broadcasts.models import Publication
from tests.factories import Office, UserFactory
from tests.messaging.broadcasts.desk.desk import HOST, LIST, act, staff, words
from tests.messaging.broadcasts.desk.desk import written as typed_at

TYPED = {"kind": "news", "title": "Nghỉ lễ 24/11", "summary": "Quầy nghỉ ngày 24/11.", "seen": ""}


@pytest.fixture
def desk(office: Office) -> Client:
    return staff(UserFactory(administrator=True))


def written(desk: Client, **changed: str) -> Publication:
    return typed_at(desk, **{**TYPED, "groups_chosen": [], **changed})


def test_preview_is_the_citizens_page_before_anybody_sees_it(desk: Client) -> None:
    one = written(desk, body="- Không cần làm gì", title_en="Closed on 24 November", summary_en="All desks.")
    page = words(desk.get(f"{LIST}{one.pk}/xem-truoc/"))
    assert "Bản xem trước, người dân chưa thấy." in page
    assert "<li>Không cần làm gì</li>" in page
    assert "Closed on 24 November" in words(desk.get(f"{LIST}{one.pk}/xem-truoc/?lang=en"))


def test_faults_come_back_with_what_was_typed(desk: Client) -> None:
    answer = desk.post(
        f"{LIST}add/", {**TYPED, "title": "", "starts_at": "28/13/2026", "body": "- Giữ lời này"}
    )
    page = words(answer)
    assert answer.status_code == 422
    assert "ví dụ 22:00 28/11/2026" in page
    assert "- Giữ lời này" in page
    assert not Publication.objects.exists()


def test_published_is_withdrawn_and_not_deleted(desk: Client) -> None:
    one = written(desk)
    public = Client(headers={"host": HOST})
    assert public.get(f"/thong-bao/{one.pk}/").status_code == 404
    act(desk, one, "cong-bo")
    assert TYPED["title"] in words(public.get(f"/thong-bao/{one.pk}/"))
    listed = words(desk.get(LIST))
    assert "Đang đăng" in listed
    assert f'href="{LIST}{one.pk}/change/' in listed
    assert act(desk, one, "xoa").status_code == 422
    assert desk.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 404
    assert act(desk, one, "rut-lai", reason="ngắn").status_code == 422
    assert act(desk, one, "rut-lai", reason="Ghi nhầm ngày nghỉ").status_code == 302
    one.refresh_from_db()
    assert one.withdrawn_reason == "Ghi nhầm ngày nghỉ"
    assert "Đã rút lại" in words(desk.get(LIST))


def test_stale_page_is_told_and_changes_nothing(desk: Client) -> None:
    one = written(desk)
    desk.post(f"{LIST}{one.pk}/change/", {**TYPED, "title": "Lời một", "seen": "1"})
    answer = desk.post(f"{LIST}{one.pk}/change/", {**TYPED, "title": "Lời hai", "seen": "1"})
    assert answer.status_code == 409
    one.refresh_from_db()
    assert one.title == "Lời một"


@pytest.mark.parametrize("seen", ["", "x", "9" * 40])
def test_act_without_a_sensible_version_is_refused(desk: Client, seen: str) -> None:
    one = written(desk)
    assert desk.post(f"{LIST}{one.pk}/viec/cong-bo/", {"seen": seen}).status_code == 409
