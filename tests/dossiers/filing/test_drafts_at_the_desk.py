"""At the counter: the same form filled in by a clerk, and a draft prepared at home received with one press."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.filing import answers, drafts, papers
from dossiers.filing.desk import draft_pages
from dossiers.filing.models import FilingDraft
from dossiers.filing.submission import submit
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.desk.frame import dossier_url
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.models import FilingMode
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Agency
from tests.dossiers.chatting import words
from tests.dossiers.desk.test_desk import ADD, LIST, logged_in, step
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import FILER, NUMBER, PHONE, Filing
from tests.dossiers.filing.rules import forms
from tests.dossiers.filing.rules.forms import DATA
from tests.dossiers.filing.test_review_at_the_desk import asked, completed, supplemented
from tests.dossiers.lifecycle.files import samples
from tests.factories import AgencyFactory, AssignmentFactory

TYPED = {
    "trong_nuoc": "co",
    "nguoi_nop_name": FILER["name"],
    "nguoi_nop_id_number": FILER["id_number"],
    "nguoi_nop_phone": NUMBER,
    "ten": "Nguyễn Văn Thử",
    "ngay_sinh-ngay": "1", "ngay_sinh-thang": "11", "ngay_sinh-nam": "2026",
    "co_cha": "no",
    "me-name": "Nguyễn Thị Mẹ", "me-born-ngay": "2", "me-born-thang": "3", "me-born-nam": "1995",
    "me-id_number": "066195000001",
    "noi_o-commune": "Phường Thử", "noi_o-detail": "Số 1",
}  # fmt: skip


@pytest.fixture
def clerk(filing: Filing) -> Client:
    return logged_in(filing.office.clerk)


def page_of(draft: FilingDraft, rest: str = "") -> str:
    return f"{LIST}ban-nhap/{draft_pages.desk_name(draft)}/{rest}"


def prepared(filing: Filing) -> FilingDraft:
    """A draft that a citizen prepared at home, with everything but a declaration."""
    filing.procedure.filing_mode = FilingMode.COUNTER
    filing.procedure.save()
    opened = drafts.begin(filing.procedure, "prepare", NUMBER, PHONE)
    return filing.complete(opened).draft


def place(filing: Filing, clerk: Client, address: str, **more: Any) -> dict[str, Any]:
    """What the page that receives a draft sends."""
    seen = re.findall(r'name="da-xem" value="(\w+)"', clerk.get(address).content.decode())
    return {
        "da-xem": seen,
        "receiving_agency": filing.office.desk.code,
        "competent_agency": filing.office.department.code,
        "delivery": "Tại nơi tiếp nhận",
        **more,
    }


def scan(client: Client, draft: FilingDraft) -> Any:
    return client.get(f"{LIST}quet/?{urlencode({'q': drafts.link(draft)})}")


def shown(page: str) -> list[str]:
    return re.findall(r'name="hoi" value="(\w+)"', page)


def test_a_form_is_filled_in_at_the_counter_and_received(filing: Filing, clerk: Client) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    names = shown(clerk.get(address).content.decode())
    paper = SimpleUploadedFile("giay.png", samples.png(), content_type="image/png")
    posted = {**TYPED, "hoi": names, "tep-giay": paper}
    review = clerk.post(address, posted)
    assert review.status_code == 302, shown(review.content.decode())
    draft = FilingDraft.objects.get()
    assert (draft.kind, draft.phone) == ("counter", NUMBER)
    slip = clerk.post(review["Location"], place(filing, clerk, review["Location"]))
    dossier = Dossier.objects.get()
    assert slip["Location"] == f"{LIST}{dossier.pk}/giay-hen/?in=1"
    assert (dossier.step, dossier.owner.name, dossier.documents) == (
        "received",
        "Nguyễn Thị Mẹ",
        ["Giấy chứng sinh"],
    )


def test_an_answer_that_brings_up_a_question_shows_it_and_loses_nothing(
    filing: Filing, clerk: Client
) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    names = shown(clerk.get(address).content.decode())
    answer = clerk.post(address, {**TYPED, "co_cha": "yes", "hoi": names})
    page = answer.content.decode()
    assert "cha" not in names
    assert "cha" in shown(page)
    assert "mở thêm câu hỏi" in page
    assert "Xin nhập họ tên" not in page
    draft = FilingDraft.objects.get()
    assert answers.read(draft).answers["ten"] == {"ten": TYPED["ten"]}
    assert f"/ban-nhap/{draft_pages.desk_name(draft)[:20]}" in page


def test_two_presses_begin_one_draft(filing: Filing, clerk: Client) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    page = clerk.get(address).content.decode()
    name = re.findall(r'name="ban-nhap" value="([^"]+)"', page)[0]
    pressed = [clerk.post(address, {**posted(page), "ban-nhap": name}).status_code for _press in range(2)]
    assert (pressed, FilingDraft.objects.count()) == ([302, 302], 1)


def test_what_is_corrected_before_a_second_press_is_asked_about_and_counts(
    filing: Filing, clerk: Client
) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    page = clerk.get(address).content.decode()
    name = re.findall(r'name="ban-nhap" value="([^"]+)"', page)[0]
    clerk.post(address, {**posted(page), "ban-nhap": name})
    corrected = {"ten": "Tên Đã Sửa", "nguoi_nop_phone": "0905000999"}
    again = clerk.post(address, {**posted(page, **corrected), "ban-nhap": name})
    shows, draft = again.content.decode(), FilingDraft.objects.get()
    assert (again.status_code, "Tên Đã Sửa" in shows, draft.phone) == (422, True, "0905000999")
    action = re.findall(r'action="([^"]+/dien/)"', shows)[0]
    assert clerk.post(action, posted(shows, **corrected)).status_code == 302
    assert answers.read(draft).answers["ten"] == {"ten": "Tên Đã Sửa"}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ten": ""}, "Xin trả lời câu hỏi này"),
        ({"me-id_number": "12"}, "Số định danh cá nhân có 12 chữ số"),
        ({"nguoi_nop_name": ""}, "Xin trả lời câu hỏi này"),
        ({"nguoi_nop_phone": "12"}, "số điện thoại"),
    ],
)
def test_bad_answers_are_said_and_the_rest_is_kept(
    filing: Filing, clerk: Client, changed: dict[str, str], sentence: str
) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    names = shown(clerk.get(address).content.decode())
    page = clerk.post(address, {**TYPED, **changed, "hoi": names})
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert answers.read(FilingDraft.objects.get()).answers["noi-o"]


def posted(page: str, **typed: Any) -> dict[str, Any]:
    """What the browser sends of a page that shows everything: its own boxes, and what was typed."""
    standing = re.findall(r'name="dang-co" value="([^"]+)"', page)
    form = re.findall(r'name="bieu-mau" value="(\d+)"', page)
    return {**TYPED, **typed, "hoi": shown(page), "dang-co": standing, "bieu-mau": form}


@pytest.fixture
def filled_in(filing: Filing, clerk: Client) -> tuple[FilingDraft, dict[str, Any]]:
    """A draft whose answers are those of TYPED, and what the desk's page of it sends."""
    draft = prepared(filing)
    address = page_of(draft, "dien/")
    clerk.post(address, posted(clerk.get(address).content.decode(), co_cha="yes"))
    return draft, posted(clerk.get(address).content.decode(), co_cha="yes")


def test_an_answer_that_changed_meanwhile_is_left_as_it_is(
    filled_in: tuple[FilingDraft, dict[str, Any]], clerk: Client
) -> None:
    draft, sent = filled_in
    answers.save(draft, "ten", {"ten": "Tên Mới Từ Nhà"})
    clerk.post(page_of(draft, "dien/"), {**sent, "noi_o-detail": "Số 2"})
    now = answers.read(draft).answers
    assert (now["ten"]["ten"], now["noi-o"]["noi_o"]["detail"]) == ("Tên Mới Từ Nhà", "Số 2")


def test_an_answer_that_both_changed_is_asked_about_and_written_the_second_time(
    filled_in: tuple[FilingDraft, dict[str, Any]], clerk: Client
) -> None:
    draft, sent = filled_in
    answers.save(draft, "ten", {"ten": "Tên Mới Từ Nhà"})
    again = clerk.post(page_of(draft, "dien/"), {**sent, "ten": "Tên Tại Quầy"})
    page = again.content.decode()
    assert (again.status_code, "sửa ở nơi khác, nay ghi “Tên Mới Từ Nhà”" in page) == (422, True)
    assert answers.read(draft).answers["ten"] == {"ten": "Tên Mới Từ Nhà"}
    clerk.post(page_of(draft, "dien/"), posted(page, co_cha="yes", ten="Tên Tại Quầy"))
    assert answers.read(draft).answers["ten"] == {"ten": "Tên Tại Quầy"}


def test_an_answer_that_another_hand_brought_up_and_stored_is_shown_and_stays(
    filing: Filing, clerk: Client
) -> None:
    draft = prepared(filing)
    answers.save(draft, "co-cha", {"co_cha": False})
    address = page_of(draft, "dien/")
    sent = posted(clerk.get(address).content.decode())
    answers.save(draft, "co-cha", {"co_cha": True})
    father = {"name": "Nguyễn Văn Cha", "born": "1990-05-06", "id_number": "066090000002"}
    answers.save(draft, "cha", {"cha": father})
    page = clerk.post(address, {**sent, "noi_o-detail": "Số 2"}).content.decode()
    assert 'value="Nguyễn Văn Cha"' in page
    clerk.post(address, posted(page, **{"co_cha": "yes", "cha-name": "Nguyễn Văn Cha"}))
    assert answers.read(draft).answers["cha"]["cha"]["name"] == "Nguyễn Văn Cha"


def test_words_that_a_citizen_left_since_the_clerk_looked_stay(
    filled_in: tuple[FilingDraft, dict[str, Any]], clerk: Client
) -> None:
    draft, sent = filled_in
    answers.keep_pending(draft, "ten", {"ten": ["Tên Gõ Dở"]})
    clerk.post(page_of(draft, "dien/"), {**sent, "ten": "Tên Tại Quầy"})
    assert answers.read(draft).pending["ten"] == {"ten": ["Tên Gõ Dở"]}


@pytest.mark.parametrize("ends", ["filed", "gone"])
def test_what_a_clerk_typed_into_a_draft_that_ended_meanwhile_is_given_back(
    filing: Filing, filled_in: tuple[FilingDraft, dict[str, Any]], clerk: Client, ends: str
) -> None:
    draft, sent = filled_in
    address = page_of(draft, "dien/")
    if ends == "filed":
        clerk.post(page_of(draft), place(filing, clerk, page_of(draft), **{"ban-giay": ["giay"]}))
    else:
        draft.delete()
    upload = SimpleUploadedFile("anh-moi.png", samples.png(), content_type="image/png")
    answer = clerk.post(address, {**sent, "ten": "Tên Sửa Sau", "tep-giay": upload})
    text = answer.content.decode()
    assert (answer.status_code, "Tên Sửa Sau" in text, "Số 1" in text) == (409, True, ends == "gone")
    assert "anh-moi.png" in text
    assert clerk.post(address, {**sent, "ten": "Tên", "bieu-mau": "9"}).status_code in (404, 409)


def test_a_draft_left_at_the_counter_is_found_again_by_its_desk(filing: Filing, clerk: Client) -> None:
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    page = clerk.post(
        address, {**TYPED, "me-id_number": "12", "hoi": shown(clerk.get(address).content.decode())}
    )
    draft = FilingDraft.objects.get()
    code = drafts.counter_code(draft)
    colleague = AssignmentFactory(agency=filing.office.desk, role="clerk").user
    stranger = AssignmentFactory(agency=AgencyFactory(code="H15.70", desk=True), role="clerk").user
    at_counter = [page_of(draft) in logged_in(one).get(ADD).content.decode() for one in (colleague, stranger)]
    assert (at_counter, code in page.content.decode()) == ([True, False], True)
    assert code in clerk.get(page_of(draft)).content.decode()


@pytest.mark.parametrize("changes", ["an answer", "a paper", "the filer", "what is typed", "a typed place"])
def test_what_changed_since_the_clerk_looked_is_shown_before_it_is_received(
    filing: Filing, clerk: Client, changes: str
) -> None:
    draft = prepared(filing)
    sent = place(filing, clerk, page_of(draft))
    if changes == "an answer":
        answers.save(draft, "ten", {"ten": "Tên Mới Từ Nhà"})
    elif changes == "a paper":
        papers.store(draft, "giay", samples.upload(samples.png(samples.picture((41, 60))), "moi.png"))
    elif changes == "what is typed":
        answers.keep_pending(draft, "ten", {"ten": ["Tên Gõ Dở"]})
    elif changes == "a typed place":
        kept = {"cach_nhan": ["buu_chinh"], "gui_den": ["Số 9 Đường Mới"], "tu_ban_cu": ["Tổ 3"]}
        answers.keep_pending(draft, "nhan-ket-qua", kept)
    else:
        answers.save(draft, "nguoi-nop", {**FILER, "name": "Lê Thị Khác"})
    again = clerk.post(page_of(draft), sent)
    page = again.content.decode()
    wanted = {
        "an answer": "Tên Mới Từ Nhà", "a paper": "moi.png", "the filer": "Lê Thị Khác", "what is typed": "Tên Gõ Dở", "a typed place": "<li>Nhận kết quả: Ông/bà muốn nhận kết quả thế nào: Qua bưu chính công ích · Địa chỉ nhận kết quả qua bưu chính: Số 9 Đường Mới · Tổ 3</li>",
    }[changes]  # fmt: skip
    assert (again.status_code, "vừa được sửa ở nơi khác" in page, wanted in page) == (422, True, True)
    assert not Dossier.objects.exists()
    clerk.post(page_of(draft), place(filing, clerk, page_of(draft)))
    assert Dossier.objects.exists()


@pytest.mark.parametrize("rest", ["", "dien/"])
def test_the_desk_is_told_what_a_new_version_asks_again(filing: Filing, clerk: Client, rest: str) -> None:
    draft = prepared(filing)
    filing.publish(forms.data("sections", 0, "pages", 0, "questions", 0, type="phone"))
    first, second = (clerk.get(page_of(draft, rest)).content.decode() for _look in range(2))
    assert "Biểu mẫu có bản mới. Xin hỏi lại “Tên”" in first
    assert "Tên: Nguyễn Văn Thử</li>" in second


@pytest.mark.parametrize("rest", ["", "dien/", "tep/1/"])
def test_a_draft_that_was_filed_leads_to_its_dossier_and_its_rights(
    filing: Filing, clerk: Client, rest: str
) -> None:
    draft = prepared(filing)
    dossier = submit(draft.pk, actor=filing.office.clerk).dossier
    assert clerk.get(page_of(draft, rest))["Location"] == dossier_url(dossier.pk)
    assert clerk.post(page_of(draft, "dien/"), {"hoi": "ten"})["Location"] == dossier_url(dossier.pk)


def test_a_bad_file_is_refused_with_a_sentence(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    page = clerk.get(page_of(draft, "dien/")).content.decode()
    bad = SimpleUploadedFile("x.svg", b"<svg/>", content_type="image/svg+xml")
    filled = {**TYPED, "co_cha": "yes", "hoi": shown(page), "tep-giay": bad}
    answer = clerk.post(page_of(draft, "dien/"), filled)
    assert answer.status_code == 422
    assert "x.svg" in answer.content.decode()
    assert [file.name for file in draft.files.all()] == ["giay.png"]


def test_a_prepared_draft_is_received_by_scan_and_one_press(filing: Filing, clerk: Client) -> None:
    """Two requests before the receipt, and no key but the scanner's and F9."""
    draft = prepared(filing)
    opened = scan(clerk, draft)
    page = clerk.get(opened["Location"]).content.decode()
    for wanted in (FILER["name"], "Nguyễn Văn Thử", "giay.png", 'data-key="F9"'):
        assert wanted in page, wanted
    sent = dict(re.findall(r'<select name="(\w+)".*?<option value="([^"]*)" selected', page, re.S))
    sent |= dict(re.findall(r'name="(da-xem)" value="(\w+)"', page))
    received = clerk.post(opened["Location"], sent)
    dossier = Dossier.objects.get()
    assert received["Location"] == f"{LIST}{dossier.pk}/giay-hen/?in=1"
    assert (dossier.step, dossier.channel) == ("received", "counter")


def test_a_second_press_leads_to_the_dossier_and_receives_nothing(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    sent = place(filing, clerk, page_of(draft))
    clerk.post(page_of(draft), sent)
    again = clerk.post(page_of(draft), sent)
    assert again["Location"] == f"{LIST}{Dossier.objects.get().pk}/change/"


def test_what_is_missing_is_said_and_nothing_is_received(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    answers.save(draft, "ten", {})
    page = clerk.get(page_of(draft)).content.decode()
    assert "Còn 1 chỗ thiếu" in page
    before = answers.read(draft).answers
    clerk.post(
        page_of(draft), place(filing, clerk, page_of(draft), delivery="Bản điện tử", competent_agency="")
    )
    assert not Dossier.objects.exists()
    assert answers.read(draft).answers == before


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        ("Tại nơi tiếp nhận", ["Tại nơi tiếp nhận"]),
        ("Qua bưu chính công ích", ["Qua bưu chính công ích", "Không có"]),
        ("Qua bưu chính công ích: Số 9", ["Qua bưu chính công ích", "Số 9"]),
    ],
)
def test_the_way_of_delivery_chosen_at_the_desk_stands_in_the_copy(
    filing: Filing, clerk: Client, delivery: str, told: list[str]
) -> None:
    by_post = {"way": "buu_chinh", "to": "Số 9", "delivery": "Qua bưu chính công ích: Số 9"}
    filing.filled["nhan-ket-qua"] = {**by_post, "notices": True}
    opened = filing.complete()
    address = page_of(opened.draft)
    clerk.post(address, place(filing, clerk, address, delivery=delivery))
    assert Dossier.objects.get().result_delivery == delivery
    copy = words(Citizen.browser(PHONE).get(f"/nop/ban-nhap/{opened.name}/da-nop/ban-sao/"))
    found = re.findall(r"<dt[^>]*>[^<]*nhận kết quả[^<]*</dt><dd[^>]*>(.*?)</dd>", copy)
    assert [re.sub("<.*?>", "", one) for one in found] == told


def test_a_paper_that_was_handed_in_needs_no_file(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    draft.files.all().delete()
    sent = place(filing, clerk, page_of(draft))
    refused = clerk.post(page_of(draft), sent)
    assert (refused.status_code, Dossier.objects.count()) == (422, 0)
    clerk.post(page_of(draft), {**sent, "ban-giay": ["giay", "ten"]})
    assert Dossier.objects.get().documents == ["Giấy chứng sinh"]


def test_a_paper_of_a_draft_is_read_and_recorded(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    file = draft.files.get()
    assert clerk.get(page_of(draft, f"tep/{file.pk}/")).status_code == 200
    assert AuditEntry.objects.filter(action="filing.read", detail__file=file.pk).exists()
    assert clerk.get(page_of(draft, f"tep/{file.pk + 1}/")).status_code == 404


def test_a_consent_that_is_ticked_counts(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    clerk.post(page_of(draft), place(filing, clerk, page_of(draft), consents=["mock"]))
    assert Dossier.objects.get().events.filter(kind="consent").exists()


@pytest.mark.parametrize("person", ["specialist", "leader"])
def test_only_clerks_open_a_draft(filing: Filing, person: str) -> None:
    draft = prepared(filing)
    client = logged_in(getattr(filing.office, person))
    assert client.get(page_of(draft)).status_code == 403
    assert client.get(page_of(draft, "dien/")).status_code == 403
    assert "ban-nhap" not in scan(client, draft).get("Location", "")


def test_a_name_that_was_not_signed_here_is_no_draft(filing: Filing, clerk: Client) -> None:
    assert clerk.get(f"{LIST}ban-nhap/khong-co/").status_code == 404


def test_reading_and_receiving_take_few_statements(filing: Filing, clerk: Client) -> None:
    draft = prepared(filing)
    sent_by_page = place(filing, clerk, page_of(draft), delivery="Nhận tại quầy")
    acts: list[tuple[Callable[[], Any], int]] = [
        (lambda: scan(clerk, draft), 6),
        (lambda: clerk.get(page_of(draft)), 15),
        (lambda: clerk.post(page_of(draft), sent_by_page), 36),
    ]
    for act, expected in acts:
        with CaptureQueriesContext(connection) as sent:
            act()
        statements = [one["sql"] for one in sent if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(statements) <= expected, statements


def test_who_files_for_themselves_need_not_be_typed_again(filing: Filing, clerk: Client) -> None:
    filing.filled["nguoi-nop"] = {"for_whom": "minh"}
    page = clerk.get(page_of(prepared(filing), "dien/")).content.decode()
    assert 'name="nguoi_nop_name" id="id_nguoi_nop_name" value="Nguyễn Thị Thử"' in page


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({}, {"for_whom": "minh"}),
        ({"nguoi_nop_address": "Số 2"}, {"for_whom": "minh", "address": "Số 2"}),
        ({"nguoi_nop_name": "Lê Thị Thay"}, {"for_whom": "nguoi_khac", "name": "Lê Thị Thay"}),
    ],
)
def test_who_files_for_themselves_stays_so_until_the_clerk_types_another_person(
    filing: Filing, clerk: Client, typed: dict[str, str], stored: dict[str, str]
) -> None:
    filing.filled["nguoi-nop"] = {"for_whom": "minh"}
    draft = prepared(filing)
    page = clerk.get(page_of(draft, "dien/")).content.decode()
    own = dict(re.findall(r'name="(nguoi_nop_\w+)"[^>]* value="([^"]*)"', page))
    clerk.post(
        page_of(draft, "dien/"), posted(page, **{"co_cha": "yes", "nguoi_nop_id_number": "", **own, **typed})
    )
    assert answers.read(draft).answers["nguoi-nop"] == stored


def test_a_form_that_asks_who_fills_it_in_asks_the_counter_for_the_number_alone(
    filing: Filing, clerk: Client
) -> None:
    filing.publish({**DATA, "people": {"owner_name": "me", "filer": "me"}})
    address = f"{ADD}bieu-mau/{filing.procedure.code}/"
    names = shown(clerk.get(address).content.decode())
    assert [name for name in names if name.startswith("nguoi_nop")] == ["nguoi_nop_phone"]
    paper = SimpleUploadedFile("giay.png", samples.png(), content_type="image/png")
    review = clerk.post(address, {**TYPED, "hoi": names, "tep-giay": paper})
    clerk.post(review["Location"], place(filing, clerk, review["Location"]))
    submitter = Dossier.objects.get().submitter
    assert (submitter.name, submitter.phone) == ("Nguyễn Thị Mẹ", NUMBER)


@pytest.fixture
def wards(filing: Filing) -> tuple[Agency, Agency]:
    """The clerk's desk stands in one ward, and there is another one: their People's Committees."""
    own = AgencyFactory(code="H15.07", name="UBND phường Tân An")
    Agency.objects.filter(pk=filing.office.desk.pk).update(
        name="Trung tâm hành chính công phường Tân An", parent=own
    )
    other = AgencyFactory(code="H15.24", name="UBND phường Buôn Hồ")
    AgencyFactory(code="H15.24.01", name="Trung tâm hành chính công phường Buôn Hồ", desk=True, parent=other)
    filing.filled["noi-o"] = {"noi_o": {"commune": "phường Buôn Hồ", "detail": "Số 1"}}
    del filing.filled["noi-giai-quyet"]
    return own, other


def chosen_in(page: str) -> dict[str, str]:
    """What stands in the boxes of the page that receives a draft."""
    sent = dict(re.findall(r'<select name="(\w+)".*?<option value="([^"]*)" selected', page, re.S))
    return sent | dict(re.findall(r'name="(da-[a-z]+)" value="([^"]+)"', page))


def test_the_commune_that_the_citizen_chose_is_prefilled_and_asked_about_once(
    filing: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    draft = prepared(filing)
    first = chosen_in(clerk.get(page_of(draft)).content.decode())
    assert first["competent_agency"] == wards[1].code
    asked = clerk.post(page_of(draft), first).content.decode()
    assert "Người nộp chọn phường Buôn Hồ. Hồ sơ này sẽ do UBND phường Buôn Hồ giải quyết." in asked
    assert not Dossier.objects.exists()
    clerk.post(page_of(draft), chosen_in(asked))
    assert Dossier.objects.get().competent_agency == wards[1]


def test_another_office_than_the_chosen_one_is_asked_about_again(
    filing: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    draft = prepared(filing)
    asked = clerk.post(page_of(draft), chosen_in(clerk.get(page_of(draft)).content.decode())).content.decode()
    changed = {**chosen_in(asked), "competent_agency": wards[0].code}
    again = clerk.post(page_of(draft), changed).content.decode()
    assert "Hồ sơ này sẽ do UBND phường Tân An giải quyết." in again
    clerk.post(page_of(draft), {**chosen_in(again), "competent_agency": wards[0].code})
    assert Dossier.objects.get().competent_agency == wards[0]


def test_the_desk_that_was_chosen_stands_for_the_office_of_its_commune(
    filing: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    filing.filled["noi-o"] = {"noi_o": {"commune": "Phường Thử", "detail": "Số 1"}}
    filing.filled["noi-giai-quyet"] = {"receiving_agency": "H15.24.01", "competent_agency": ""}
    page = clerk.get(page_of(prepared(filing))).content.decode()
    assert chosen_in(page)["competent_agency"] == wards[1].code


def test_what_is_filed_online_is_settled_by_the_commune_of_the_form_and_acceptance_says_so(
    filing: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    filing.filled["noi-giai-quyet"] = {"receiving_agency": filing.office.desk.code, "competent_agency": ""}
    dossier = filing.submitted().dossier
    assert dossier.competent_agency == wards[1]
    for path in (step(dossier, "accept"), f"{LIST}nhieu/?hs={dossier.pk}"):
        assert "Người nộp chọn phường Buôn Hồ." in clerk.get(path).content.decode()


def test_a_commune_has_one_row_in_reports_however_a_dossier_came(
    filing: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    own = {"receiving_agency": filing.office.desk.code, "competent_agency": ""}
    services.receive(filing.office.intake(**own), actor=filing.office.clerk)
    filing.filled |= {
        "noi-o": {"noi_o": {"commune": "phường Tân An", "detail": "Số 1"}},
        "noi-giai-quyet": own,
    }
    accepting = clerk.get(step(filing.submitted().dossier, "accept")).content.decode()
    assert {one.competent_agency for one in Dossier.objects.all()} == {wards[0]}
    assert "Người nộp chọn" not in accepting


CORRECTED = {"noi-o": {"noi_o": {"commune": "phường Buôn Hồ", "detail": "Số 2"}}}


@pytest.fixture
def of_own_ward(filing: Filing, wards: tuple[Agency, Agency]) -> Filing:
    """What is filed names the commune of the clerk's desk."""
    filing.filled |= {
        "noi-o": {"noi_o": {"commune": "phường Tân An", "detail": "Số 1"}},
        "noi-giai-quyet": {"receiving_agency": filing.office.desk.code, "competent_agency": ""},
    }
    return filing


def test_the_office_of_a_corrected_commune_settles_it_and_the_clerk_is_told(
    of_own_ward: Filing, clerk: Client, wards: tuple[Agency, Agency]
) -> None:
    dossier = Dossier.objects.get(pk=supplemented(of_own_ward, **CORRECTED).pk)
    told = "Người nộp chọn phường Buôn Hồ. Hồ sơ này sẽ do UBND phường Buôn Hồ giải quyết."
    assert told in clerk.get(step(dossier, "accept")).content.decode()
    assert (dossier.competent_agency, dossier.holding_agency) == (wards[1], of_own_ward.office.desk)
    history = clerk.get(f"{dossier_url(dossier.pk)}?tab=xu-ly").content.decode()
    assert "cơ quan giải quyết: UBND phường Tân An → UBND phường Buôn Hồ" in history
    opened = drafts.open_other(FilingDraft.objects.get(dossier=dossier), PHONE)
    copy = words(Citizen.browser(PHONE).get(f"/nop/ban-nhap/{opened.name}/da-nop/ban-sao/"))
    assert ("UBND phường Buôn Hồ" in copy, "UBND phường Tân An" in copy) == (True, False)


def test_what_the_desk_accepted_stays_with_its_office(
    of_own_ward: Filing, wards: tuple[Agency, Agency]
) -> None:
    dossier = of_own_ward.submitted().dossier
    services.apply_transition(dossier.pk, "accept", actor=of_own_ward.office.clerk, seen=1)
    dossier = asked(of_own_ward, Dossier.objects.get(pk=dossier.pk), "require_supplement")
    completed(of_own_ward, dossier, **CORRECTED)
    assert Dossier.objects.get(pk=dossier.pk).competent_agency == wards[0]
