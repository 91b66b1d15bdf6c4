"""What staff do with feedback: answer, publish, take down; what everybody then reads."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dossiers.feedback import answers, queries, submit, views
from dossiers.feedback.models import Feedback, FeedbackAct
from dossiers.lifecycle.errors import NotEntitled, NotPossible, StaleDossier
from tenants import clock
from tenants.audit.models import AuditEntry
from tests.dossiers.chatting import words
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.feedback.test_feedback import WORDS
from tests.factories import Office, UserFactory


def sent(office: Office, **changed: Any) -> Feedback:
    values = {"topic": "procedure", "text": WORDS, "name": "Nguyễn Thị Minh Họa", "contact": "0905000678"}
    feedback = submit.send({**values, **changed, "once": "b"})
    feedback.agency = office.department
    feedback.save()
    return feedback


def test_an_answer_is_for_the_sender_alone_until_it_is_published_in_words_of_the_staff(citizen, office):
    kept = sent(office)
    with pytest.raises(NotPossible, match="trả lời người gửi trước"):
        answers.publish(kept.pk, actor=office.leader, seen=1, question="Hỏi?", text="Đáp.")
    answers.answer(kept.pk, actor=office.leader, seen=1, text="Trả lời riêng")
    assert "Trả lời riêng" in words(citizen.get(f"/phan-anh/xem/{queries.token(kept)}/"))
    assert "Trả lời riêng" not in words(citizen.get("/phan-anh/da-tra-loi/"))
    answers.publish(kept.pk, actor=office.leader, seen=2, question="Chờ lâu ở quầy?", text="Đã thêm quầy.")
    page = words(citizen.get("/phan-anh/da-tra-loi/"))
    assert "Chờ lâu ở quầy?" in page
    assert "Đã thêm quầy." in page
    for hidden in (WORDS, "Trả lời riêng", "Minh Họa", kept.code):
        assert hidden not in page
    answers.take_down(kept.pk, actor=office.leader, seen=3, reason="Công khai nhầm")
    assert "Đã thêm quầy." not in words(citizen.get("/phan-anh/da-tra-loi/"))


@pytest.mark.parametrize(
    "question",
    [
        "Bà nguyen thi MINH HỌA hỏi vì sao chờ lâu",
        "Bà Nguyễn\u200b Thị Minh Họa hỏi",
        "Gọi lại số 0905.000.678 giúp",
        "Gọi +84 905 000 678",
        "Số căn cước 066190000002",
    ],
)
def test_words_that_give_the_sender_away_are_not_published_amounts_and_dates_are(office, question):
    kept = sent(office)
    answers.answer(kept.pk, actor=office.leader, seen=1, text="Đã rõ.")
    with pytest.raises(NotPossible, match="Xin viết lại"):
        answers.publish(kept.pk, actor=office.leader, seen=2, question=question, text="Đã thêm quầy.")
    kept.refresh_from_db()
    assert (kept.published_at, kept.last_sequence) == (None, 2)
    amount, day = "Vì sao thu 1.250.000.000 đồng?", "Theo Quyết định 12/2026/QĐ-UBND ngày 01/12/2026."
    answers.publish(kept.pk, actor=office.leader, seen=2, question=amount, text=day)
    assert queries.published().get() == kept


def test_later_answer_keeps_the_first_time_of_answering(office: Office, noon: datetime) -> None:
    kept = sent(office)
    answers.answer(kept.pk, actor=office.leader, seen=1, text="Lần một")
    with clock.frozen(noon + timedelta(days=2)):
        with pytest.raises(StaleDossier):
            answers.answer(kept.pk, actor=office.leader, seen=1, text="Lần hai")
        answers.answer(kept.pk, actor=office.leader, seen=2, text="Lần hai")
    assert FeedbackAct.objects.filter(kind="answered").count() == 2
    kept.refresh_from_db()
    assert (kept.answer, kept.answered_at) == ("Lần hai", noon)


@pytest.mark.parametrize("role", ["clerk", "specialist"])
def test_only_leaders_and_administrators_read_and_answer(office: Office, role: str) -> None:
    kept = sent(office)
    person = office.person_for([role])
    assert kept not in answers.visible_to(person)
    with pytest.raises(NotEntitled):
        answers.answer(kept.pk, actor=person, seen=1, text="Không được")


def test_feedback_without_an_agency_waits_for_an_administrator(office: Office) -> None:
    kept = submit.send({"topic": "page", "text": WORDS})
    administrator = UserFactory(administrator=True)
    assert kept not in answers.visible_to(office.leader)
    assert kept in answers.visible_to(administrator)
    answers.forward(kept.pk, actor=administrator, seen=1, agency=office.department.code)
    assert kept in answers.visible_to(office.leader)


@pytest.mark.parametrize("text", ["", "  ", "x" * 5001, "a\0b", "a\ud800"])
def test_unfit_answer_is_refused(office: Office, text: str) -> None:
    with pytest.raises(NotPossible):
        answers.answer(sent(office).pk, actor=office.leader, seen=1, text=text)


def test_hundred_pages_of_answers_are_cut_up(citizen: Client, office: Office) -> None:
    for number in range(views.PAGE_SIZE + 1):
        kept = sent(office, text=f"Câu {number}")
        Feedback.objects.filter(pk=kept.pk).update(
            published_at=clock.now(), public_question=f"Câu hỏi {number}?", public_answer="Đáp."
        )
    page = words(citizen.get("/phan-anh/da-tra-loi/"))
    assert len(re.findall(r"Câu hỏi \d+\?", page)) == views.PAGE_SIZE
    assert "Trang 1 trên 2" in page
    assert citizen.get("/phan-anh/da-tra-loi/?trang=abc").status_code == 200


LIST = "/quan-tri/feedback/feedback/"


def test_leader_answers_and_publishes_at_the_desk(citizen: Client, office: Office) -> None:
    kept, leader = sent(office), logged_in(office.leader)
    assert kept.code in words(leader.get(LIST))
    assert WORDS in words(leader.get(f"{LIST}{kept.pk}/change/"))
    assert AuditEntry.objects.get(action="feedback.read").subject == f"feedback:{kept.code}"
    with clock.frozen(clock.now() + timedelta(days=30)):
        page = words(logged_in(office.leader).get(f"{LIST}?tinh-trang=tre"))
    assert (kept.code in page, "Quá hạn trả lời" in page) == (True, True)
    leader.post(f"{LIST}{kept.pk}/tra-loi/", {"seen": 1, "text": "Đã mở thêm quầy."})
    leader.post(f"{LIST}{kept.pk}/cong-khai/", {"seen": 2, "question": "Chờ lâu?", "text": "Đã thêm quầy."})
    assert "Đã thêm quầy." in words(citizen.get("/phan-anh/da-tra-loi/"))


def test_refused_words_stay_in_the_desks_form(office: Office) -> None:
    kept, leader = sent(office), logged_in(office.leader)
    leader.post(f"{LIST}{kept.pk}/tra-loi/", {"seen": 1, "text": "Đã mở thêm quầy."})
    typed = {"seen": 2, "question": "Bà Nguyễn Thị Minh Họa hỏi?", "text": "Đã thêm quầy."}
    response = leader.post(f"{LIST}{kept.pk}/cong-khai/", typed)
    assert response.status_code == 422
    assert "Bà Nguyễn Thị Minh Họa hỏi?" in words(response)
    assert "họ tên" in words(response)


def test_stale_answer_is_a_conflict_with_the_words_kept(office: Office) -> None:
    kept, leader = sent(office), logged_in(office.leader)
    leader.post(f"{LIST}{kept.pk}/tra-loi/", {"seen": 1, "text": "Lần một"})
    response = leader.post(f"{LIST}{kept.pk}/tra-loi/", {"seen": 1, "text": "Lần hai"})
    assert response.status_code == 409
    assert "Lần hai" in words(response)


@pytest.mark.parametrize(
    ("address", "status"), [("{}/change/", 404), ("{}/history/", 405), ("{}/delete/", 405)]
)
def test_clerk_has_no_door_to_feedback(office: Office, address: str, status: int) -> None:
    kept = sent(office)
    assert logged_in(office.clerk).get(LIST + address.format(kept.pk)).status_code == status
    assert kept.code not in words(logged_in(office.clerk).get(LIST))
