"""Feedback through the citizen's pages: sent, kept, found again by code and key, shown to everybody or not."""

import re
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dossiers.feedback import queries, views
from dossiers.feedback.models import Feedback, FeedbackPromise
from dossiers.lookup import limited_lookup
from tenants import clock
from tenants.web.budgets import NETWORK, BudgetSpent
from tests.budgets import shrink
from tests.dossiers.chatting import words
from tests.factories import Office

HOST = "daklak.localhost"
WORDS = "Tôi chờ ở quầy số 3 từ sáng mà không ai gọi số."


def filled(**changed: str) -> dict[str, str]:
    return {"once": "a" * 20, "topic": "behaviour", "text": WORDS, **changed}


def post(citizen: Client, headers: dict[str, str] | None = None, **changed: str) -> Any:
    return citizen.post("/phan-anh/", filled(**changed), headers=headers or {})


def test_sent_feedback_shows_code_key_and_promised_day(citizen: Client, office: Office) -> None:
    answer = post(citizen)
    assert answer.status_code == 303
    page = words(citizen.get(answer["Location"]))
    kept = Feedback.objects.get()
    assert kept.code == "PA-261125-0001"
    assert kept.code in page
    assert f"{kept.lookup_key[:3]} {kept.lookup_key[3:]}" in page
    assert re.search(rf'data-share-text="[^"]*{kept.code}[^"]*{kept.lookup_key}', page)
    assert "17:00, thứ Tư 09/12/2026" in page


def test_code_and_key_lead_back_to_it_without_showing_the_key(citizen: Client, office: Office) -> None:
    post(citizen)
    kept = Feedback.objects.get()
    answer = citizen.post("/phan-anh/tra-loi/", {"code": "pa 261125 0001", "key": kept.lookup_key.lower()})
    page = words(citizen.get(answer["Location"]))
    assert WORDS in page
    assert not any(key in page for key in (kept.lookup_key, f"{kept.lookup_key[:3]} {kept.lookup_key[3:]}"))


def test_wrong_key_and_unknown_code_get_the_same_answer(citizen: Client, office: Office) -> None:
    post(citizen)
    post(citizen, text="Câu thứ hai")
    pages = [
        words(citizen.post("/phan-anh/tra-loi/", {"code": code, "key": "BBBBBB"})).replace(code, "")
        for code in ("PA-261125-0002", "PA-261125-0009")
    ]
    assert pages[0] == pages[1]
    assert WORDS not in pages[0]


def test_guesses_at_one_code_are_bounded(citizen: Client, office: Office) -> None:
    post(citizen)
    tries = [
        citizen.post("/phan-anh/tra-loi/", {"code": "PA-261125-0001", "key": "BBBBBB"}).status_code
        for _attempt in range(limited_lookup.PER_CODE_HERE + 1)
    ]
    assert tries == [200] * limited_lookup.PER_CODE_HERE + [429]


def test_a_second_click_keeps_one_and_other_words_or_another_form_two(citizen, office):
    for changed in ({}, {}, {"text": "Tôi viết lại cho rõ hơn."}, {"once": ""}, {"once": ""}):
        post(citizen, **changed)
    assert Feedback.objects.count() == 4


def test_address_ends_after_half_an_hour(citizen: Client, office: Office, noon: datetime) -> None:
    address = post(citizen)["Location"]
    token = address.split("/")[-2]
    assert queries.by_token(token) is not None
    assert Client(headers={"host": "dongnai.localhost"}).get(address).status_code == 404
    assert queries.by_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("topic", "", "Xin chọn phản ánh về việc gì"),
        ("topic", "khac", "Xin chọn phản ánh về việc gì"),
        ("text", "   ", "Xin viết điều ông/bà muốn phản ánh"),
        ("text", "à" * 100_000, "dài 100000 ký tự, tối đa 5000"),
        ("contact", "gọi cho tôi", "số điện thoại hoặc địa chỉ thư điện tử"),
        ("name", "N" * 101, "dài 101 ký tự, tối đa 100"),
    ],
)
def test_what_was_typed_comes_back(citizen, office, field, value, sentence):
    changed = {
        "name": "Nguyễn Thị Minh Họa",
        "contact": "0905 000 678",
        "dossier_code": "H15-1",
        field: value,
    }
    response = post(citizen, **changed)
    page = words(response)
    assert response.status_code == 422
    assert sentence in page
    assert not Feedback.objects.exists()
    for name, typed in filled(**changed).items():
        # A topic that is not in the list cannot be chosen again.
        assert typed.strip() in page or typed == "khac", name


@pytest.mark.parametrize("text", ["a\0b", "a\ufffdb"])
def test_unreadable_characters_are_refused(citizen: Client, office: Office, text: str) -> None:
    assert post(citizen, text=text).status_code == 400


def test_markup_is_shown_as_typed(citizen: Client, office: Office) -> None:
    page = words(citizen.get(post(citizen, text="<script>alert(1)</script>")["Location"]))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_flood_from_one_place_is_stopped_with_the_form_filled(citizen, office, monkeypatch):
    shrink(monkeypatch, views.FEEDBACK, NETWORK, 1)
    post(citizen, text="")
    assert post(citizen).status_code == 303
    response = post(citizen, text="Câu thứ hai")
    assert response.status_code == 429
    assert "Retry-After" in response.headers
    assert "Câu thứ hai" in words(response)


def test_feedback_from_many_networks_leaves_an_office_some_and_blames_it_for_nothing(citizen, office):
    for number in range(500):
        with suppress(BudgetSpent):
            views.FEEDBACK.take(address=f"10.{number % 25}.0.1")
    tries = [post(citizen, once=f"{number:016}") for number in range(11)]
    assert [answer.status_code for answer in tries] == [303] * 10 + [429]
    assert "từ nhiều mạng khác nhau" in words(tries[-1])


def test_form_needs_no_cookie_and_sets_none(office: Office) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    answer = post(strict)
    assert answer.status_code == 303
    assert not answer.cookies


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_form_sent_from_elsewhere_is_refused(citizen, office, headers):
    assert post(citizen, headers=headers).status_code == 403


def test_sender_is_encrypted_at_rest(citizen: Client, office: Office) -> None:
    post(citizen, name="Nguyễn Thị Minh Họa", contact="0905 000 678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sender_name, sender_contact, lookup_key FROM feedback_feedback")
        stored = " ".join(cursor.fetchone())
    kept = Feedback.objects.get()
    assert (kept.sender_name, kept.sender_contact) == ("Nguyễn Thị Minh Họa", "0905000678")
    for plain in ("Minh Họa", "0905000678", kept.lookup_key):
        assert plain not in stored


def test_procedure_is_found_by_code_or_kept_as_typed_and_its_agency_answers(citizen, office):
    office.procedure.agency = office.department
    office.procedure.save()
    post(citizen, procedure="1.000894")
    kept = Feedback.objects.get()
    assert (kept.procedure, kept.agency) == (office.procedure, office.department)
    post(citizen, procedure="làm giấy khai sinh cho cháu", text="Câu thứ hai")
    kept = Feedback.objects.exclude(pk=kept.pk).get()
    assert (kept.procedure, kept.procedure_text) == (None, "làm giấy khai sinh cho cháu")


def test_province_may_promise_another_day(citizen: Client, office: Office) -> None:
    assert "cam kết của cổng, không phải thời hạn do luật định" in words(citizen.get("/phan-anh/"))
    FeedbackPromise.publish({"value": 5, "unit": "working_day", "source": "Quyết định minh họa 1/QĐ"})
    page = words(citizen.get("/phan-anh/"))
    assert "5 ngày làm việc" in page
    assert "Quyết định minh họa 1/QĐ" in page
    post(citizen)
    assert f"{Feedback.objects.get().due_at.astimezone(clock.VIETNAM):%d/%m/%Y}" == "02/12/2026"
