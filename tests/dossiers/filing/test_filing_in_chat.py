"""In the chat: where a procedure is filed, which are filed here, and what a request still waits for."""

import pytest
from django.test import Client
from django.urls import reverse

from procedures.catalogue.models import FilingMode, Procedure
from procedures.catalogue.search.index import reindex
from tests.dossiers.chatting import HOST, Talk, words
from tests.dossiers.filing.filling import Filing
from tests.dossiers.filing.test_review_at_the_desk import returned


@pytest.fixture
def chatting(filing: Filing, talk: Talk) -> Talk:
    reindex()
    return talk


@pytest.mark.parametrize(
    ("mode", "label", "ends", "words"),
    [
        (FilingMode.LOCAL, "Nộp hồ sơ", "/nop/1.000894/", "nộp được ngay tại đây"),
        (FilingMode.COUNTER, "Điền trước hồ sơ", "/nop/1.000894/", "điền trước ở đây"),
        (FilingMode.NATIONAL_PORTAL, "Xem cách nộp", "/thu-tuc/1.000894/", "Cổng Dịch vụ công quốc gia"),
    ],
)
def test_who_wants_to_file_is_led_to_where_it_is_filed(
    filing: Filing, chatting: Talk, mode: FilingMode, label: str, ends: str, words: str
) -> None:
    Procedure.objects.filter(pk=filing.procedure.pk).update(filing_mode=mode)
    answer = chatting.ask(f"nop ho so {filing.procedure.short_name}")
    assert words in answer.body
    assert (answer.button_label, answer.button_url.endswith(ends)) == (label, True)


def test_nothing_named_lists_what_is_filed_here(filing: Filing, chatting: Talk) -> None:
    assert filing.procedure.short_name in chatting.ask("Nộp hồ sơ").body


@pytest.mark.parametrize(
    ("typed", "label", "ends"),
    [
        ("điền tiếp", "Tìm thủ tục", "/thu-tuc/"),
        ("tôi đang điền dở {name}, mở lại thế nào", "Điền tiếp", "/nop/1.000894/"),
        ("bản nháp {name} của tôi đâu rồi", "Điền tiếp", "/nop/1.000894/"),
    ],
)
def test_who_left_off_is_told_how_to_go_on(
    filing: Filing, chatting: Talk, typed: str, label: str, ends: str
) -> None:
    answer = chatting.ask(typed.format(name=filing.procedure.short_name.lower()))
    assert "nhập số điện thoại lần trước và mã xác nhận" in answer.body
    assert (answer.button_label, answer.button_url.endswith(ends)) == (label, True)


def test_a_withdrawn_form_is_not_offered(filing: Filing, chatting: Talk) -> None:
    filing.publish({"withdrawn": True})
    assert "/nop/" not in chatting.ask(f"nộp hồ sơ {filing.procedure.short_name}").button_url
    assert filing.procedure.short_name not in chatting.ask("Nộp hồ sơ").body


def test_a_request_says_what_is_missing_and_leads_to_its_page(filing: Filing, chatting: Talk) -> None:
    dossier = returned(filing)
    answer = chatting.ask(f"{dossier.code} {dossier.lookup_key}")
    for wanted in ("Giấy chứng sinh: mờ", "Câu trả lời “Tên”: sai dấu", "gửi bổ sung được ngay"):
        assert wanted in answer.body, wanted
    assert (answer.button_label, "/h/" in answer.button_url) == ("Gửi bổ sung", True)


def test_by_its_code_alone_a_request_before_acceptance_stands_at_the_first_stage(
    filing: Filing, chatting: Talk
) -> None:
    code = returned(filing).code
    page = words(Client(headers={"host": HOST}).get(reverse("progress", args=[code])))
    assert ("Bước 1 trên 4" in page, "bước 1 trên 4" in chatting.ask(code).body) == (True, True)
