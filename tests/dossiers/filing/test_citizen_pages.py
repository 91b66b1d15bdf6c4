"""The citizen's pages of online filing, from the start to what was filed. People are invented."""

import copy
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dossiers.filing import answers, budgets, drafts
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile
from dossiers.filing.public.start import STATE_SECONDS, Start
from dossiers.filing.supplements import name_of
from dossiers.lifecycle import document_checklist
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.models import FilingMode, RequiredDocument
from tenants import clock
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.budgets import DAY
from tests.budgets import shrink
from tests.dossiers.chatting import address, words
from tests.dossiers.filing.citizen import TYPED, Citizen, later
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing
from tests.dossiers.filing.rules.forms import DATA, FORM, data
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import take
from tests.factories import AgencyFactory, Office
from tests.walks import apps_of, followed


def test_from_the_start_to_one_filed_dossier_however_often_it_is_pressed(begun: Citizen) -> None:
    begun.fill()
    check = words(begun.get("kiem-tra"))
    assert ("Nguyễn Văn Thử" in check, "Lê Văn Nộp" in check, "giay.png" in check) == (True, True, True)
    for _press in range(2):
        page = words(begun.follow(begun.file()))
    dossier = Dossier.objects.get()
    assert (dossier.code in page, dossier.status, dossier.channel) == (True, 1, "online")
    assert f"{dossier.lookup_key[:3]} {dossier.lookup_key[3:]}" in page
    assert "<svg" in page


@pytest.mark.parametrize(("code", "status"), [("9.999999", 404), ("ban-nhap", 404)])
def test_no_form_no_start(citizen: Citizen, code: str, status: int) -> None:
    assert citizen.client.get(f"/nop/{code}/").status_code == status


def test_what_is_filed_at_the_national_portal_leads_to_the_procedure(citizen: Citizen) -> None:
    citizen.filing.procedure.filing_mode = FilingMode.NATIONAL_PORTAL
    citizen.filing.procedure.save()
    assert citizen.client.get(citizen.start)["Location"] == f"/thu-tuc/{citizen.filing.procedure.code}/"


def test_an_answer_that_ends_the_journey_says_where_to_go(citizen: Citizen) -> None:
    stopped = citizen.client.post(f"{citizen.start}?buoc=dieu-kien", {"trong_nuoc": "khong"})
    page = words(citizen.follow(stopped))
    assert ("Xin nộp tại Cổng Dịch vụ công quốc gia." in page, 'href="https://example.vn/nop"' in page) == (
        True,
        True,
    )


def test_the_telephone_is_asked_only_of_those_who_may_file_here(citizen: Citizen) -> None:
    answer = citizen.client.post(f"{citizen.start}?buoc=xac-nhan-so", {"so": NUMBER})
    assert "buoc=dieu-kien" in answer["Location"]
    assert not citizen.filing.queue.sent


def test_no_page_sets_a_cookie_or_shows_the_number(citizen: Citizen) -> None:
    answer = citizen.client.get(citizen.to_code_page())
    assert (NUMBER in words(answer), "678" in words(answer), dict(answer.cookies)) == (False, True, {})
    assert NUMBER not in answer.request["QUERY_STRING"]
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_a_wrong_code_begins_nothing(citizen: Citizen) -> None:
    address = citizen.to_code_page()
    wrong = f"{(int(citizen.filing.code()) + 1) % 10**6:06d}"
    assert "Mã chưa đúng" in words(citizen.client.post(address, {"ma": wrong}))
    assert not FilingDraft.objects.exists()


@pytest.mark.parametrize(("later", "leads_on"), [(0, True), (29, True), (30, False)])
def test_pressing_twice_with_the_code_begins_one_draft(
    citizen: Citizen, later: int, *, leads_on: bool
) -> None:
    address, typed = citizen.to_code_page(), {"ma": citizen.filing.code()}
    citizen.client.post(address, typed)
    with clock.frozen(clock.now() + timedelta(seconds=later)):
        second = citizen.client.post(address, typed)
        assert (second.status_code == 303, FilingDraft.objects.count()) == (leads_on, 1)
        if leads_on:
            assert citizen.follow(second).status_code == 200


def test_pressing_twice_on_who_files_shows_its_next_boxes_without_a_fault(begun: Citizen) -> None:
    drawn = {"_hoi": re.findall('name="_hoi" value="([^"]+)"', words(begun.get("nguoi-nop")))}
    for _press in range(2):
        answer = begun.send("nguoi-nop", cho_ai="nguoi_khac", **drawn)
    page = words(begun.follow(answer))
    assert ("Họ, chữ đệm, tên" in page, "Có chỗ cần sửa" in page) == (True, False)
    # Browsers fill in what is about the person at the form, and nothing about others.
    assert ('autocomplete="name"' in page, 'autocomplete="name"' in words(begun.get("me"))) == (True, False)


def test_a_page_that_says_less_than_it_had_drawn_is_asked_all_the_same(begun: Citizen) -> None:
    answer = begun.send("nhan-ket-qua", tin_bao="yes", _hoi="tin_bao")
    assert (answer.status_code, "Xin chọn một câu trả lời." in words(answer)) == (200, True)


def test_what_is_wrong_stays_in_its_box_and_stores_nothing(begun: Citizen) -> None:
    typed = {"ngay_sinh-ngay": "31", "ngay_sinh-thang": "2", "ngay_sinh-nam": "2026"}
    page = words(begun.send("ngay-sinh", **typed))
    assert 'href="#id_ngay_sinh-ngay"' in page
    assert page.count("Xin nhập ngày có thật") == 2
    assert 'value="31"' in page
    assert "ngay-sinh" not in answers.read(FilingDraft.objects.get()).answers


def test_each_page_leads_to_the_next_that_is_asked(begun: Citizen) -> None:
    assert begun.send("co-cha", co_cha="no")["Location"] == begun.at("me")
    assert begun.send("co-cha", co_cha="yes")["Location"] == begun.at("cha")


def test_an_answer_that_brings_up_a_question_on_its_page_shows_it(begun: Citizen) -> None:
    begun.send("co-cha", co_cha="yes")
    assert begun.send("dan-toc", dan_toc="khac")["Location"] == begun.at("dan-toc")
    assert "Dân tộc nào" in words(begun.get("dan-toc"))
    assert begun.send("dan-toc", dan_toc="khac", dan_toc_khac="Ê-đê")["Location"] == begun.at("me")


def test_an_address_given_before_is_taken_over_and_another_one_gets_official_names(
    citizen: Citizen,
) -> None:
    data = copy.deepcopy(DATA)
    other = {"name": "noi_khac", "type": "address", "label": "Nơi ở của cha", "personal": "address"}
    words_for_none = {"when": {"is": ["co_cha", False]}, "label": "Nơi ở của ông/bà"}
    asked = {**other, "same_as": ["noi_o"], "variants": [words_for_none]}
    data["sections"][2]["pages"].append({"code": "noi-khac", "questions": [asked]})
    citizen.filing.publish(data)
    citizen.begin()
    for page in ("co-cha", "noi-o"):
        citizen.send(page, **TYPED[page])
    page = words(citizen.get("noi-khac"))
    assert ("Nơi ở của ông/bà" in page, "Nơi ở của cha" in page) == (True, False)
    assert "Cùng nơi: Số 1, Phường Thử" in page

    def kept(**typed: str) -> Any:
        citizen.send("noi-khac", **{f"noi_khac-{name}": text for name, text in typed.items()})
        return answers.read(FilingDraft.objects.get()).answers["noi-khac"]["noi_khac"]

    assert kept(cung="noi_o", detail="bỏ qua")["detail"] == "Số 1"
    assert 'value="noi_o" checked' in words(citizen.get("noi-khac"))
    assert kept(cung="", province="dak lak", commune="Xã Xa", detail="Số 2") == {
        "province": "Tỉnh Đắk Lắk",
        "commune": "Xã Xa",
        "detail": "Số 2",
    }
    assert "Nơi ở của ông/bà" in words(citizen.get("kiem-tra"))


def test_a_changed_answer_leads_back_to_the_check_or_to_the_questions_it_brings_up(begun: Citizen) -> None:
    begun.fill()
    back = "?ve=kiem-tra"
    assert f'action="{begun.at("ten", back)}"' in words(begun.get("ten", back))
    assert begun.send("ten", back, ten="Nguyễn Văn Khác")["Location"] == begun.at("kiem-tra")
    assert begun.send("co-cha", back, co_cha="yes")["Location"] == begun.at("cha", back)


def test_nothing_is_filed_while_something_is_missing(begun: Citizen) -> None:
    begun.fill()
    begun.send("co-cha", co_cha="yes")
    assert begun.file()["Location"] == begun.at("kiem-tra")
    assert "Còn thiếu 2 câu" in words(begun.get("kiem-tra"))


def test_a_number_files_so_often_a_day_and_loses_nothing(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, budgets.FILED, "number", 1, seconds=DAY)
    begun.fill()
    for _press in range(2):
        assert begun.file()["Location"] == begun.at("da-nop")
    begun.name = drafts.open_other(begun.filing.complete(begun.filing.begun()).draft, PHONE).name
    refused = begun.file()
    assert (refused.status_code, "đã nộp nhiều hồ sơ" in words(refused)) == (200, True), words(refused)
    assert Dossier.objects.count() == 1


def test_a_result_by_post_is_filed_with_its_whole_address_and_not_without(citizen: Citizen) -> None:
    citizen.filing.publish({**DATA, "people": {"owner_name": "me", "owner_address": "noi_o"}})
    citizen.begin()
    (begun := citizen).fill()
    # The box stands there before a way is chosen, with the address that is known.
    assert 'name="gui_den" type="text" value="Số 1, Phường Thử"' in words(begun.get("nhan-ket-qua"))
    refused = begun.send("nhan-ket-qua", cach_nhan="buu_chinh", tin_bao="yes", gui_den="")
    assert (refused.status_code, "id_gui_den-error" in words(refused)) == (200, True)
    place = f"{'Số 1, Phường Thử, ' * 13}Tỉnh Đắk Lắk"
    begun.send("nhan-ket-qua", cach_nhan="buu_chinh", tin_bao="yes", gui_den=place)
    assert begun.file()["Location"] == begun.at("da-nop")
    assert Dossier.objects.get().result_delivery == f"Qua bưu chính công ích: {place}"


def test_what_was_chosen_before_there_is_a_draft_is_good_for_an_hour(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    code_page, now = citizen.to_code_page(), time.time()
    # Signatures count by the clock of the machine.
    monkeypatch.setattr(signing.time, "time", lambda: now + STATE_SECONDS + 60)
    assert citizen.client.get(code_page)["Location"].startswith(f"{citizen.start}?buoc=dieu-kien")


def test_who_files_for_themselves_types_their_name_once(begun: Citizen) -> None:
    begun.fill()
    begun.send("nguoi-nop", cho_ai="minh")
    begun.file()
    dossier = Dossier.objects.get()
    assert (dossier.submitter.name, dossier.submitter.phone) == ("Nguyễn Thị Thử", NUMBER)


def test_a_form_that_asks_who_fills_it_in_has_no_second_page_for_it(citizen: Citizen) -> None:
    citizen.filing.publish({**DATA, "people": {"owner_name": "me", "filer": "me"}})
    citizen.begin()
    assert citizen.get("nguoi-nop").status_code == 404
    assert "Người nộp hồ sơ" not in words(citizen.get("muc-luc"))
    dossier = citizen.filed()
    assert (dossier.submitter.name, dossier.submitter.phone) == ("Nguyễn Thị Thử", NUMBER)


def test_a_reader_of_english_gets_the_forms_english_words(begun: Citizen) -> None:
    typed = {"ngay_sinh-ngay": "1", "ngay_sinh-thang": "1", "ngay_sinh-nam": "2030"}
    assert "Not in the future." in words(begun.send("ngay-sinh", "?lang=en", **typed))


@pytest.mark.parametrize(("language", "name"), [("vi", "Giấy chứng sinh"), ("en", "Certificate of birth")])
def test_a_paper_is_named_in_the_readers_language(citizen: Citizen, language: str, name: str) -> None:
    data = json.dumps(DATA).replace('"paper": ', '"paper_en": "Certificate of birth", "paper": ')
    citizen.filing.publish(json.loads(data))
    page = words(citizen.client.get(f"{citizen.start}?lang={language}"))
    assert [one for one in ("Giấy chứng sinh", "Certificate of birth") if one in page] == [name]


@pytest.mark.parametrize("has_code", [True, False], ids=["by its code", "stored before there were codes"])
def test_the_desk_of_the_commune_that_was_named_is_suggested(begun: Citizen, *, has_code: bool) -> None:
    authority = AgencyFactory(code="H15.21", name="UBND phường Thử", level="commune")
    desk = AgencyFactory(code="H15.21.01", name="Trung tâm phường Thử", level="commune", desk=True)
    begun.send("noi-o", **TYPED["noi-o"])
    draft = FilingDraft.objects.get()
    address = answers.read(draft).answers["noi-o"]["noi_o"]
    assert address == {"commune": "phường Thử", "detail": "Số 1", "commune_code": authority.code}
    if has_code:
        for one in (authority, desk):
            one.name = one.name.replace("Thử", "Mới")
            one.save()
    else:
        del address["commune_code"]
        text = json.dumps({"noi_o": address})
        FilingAnswer.objects.filter(draft=draft, page="noi-o").update(values=text)
    assert f'value="{desk.code}" checked' in words(begun.get("noi-giai-quyet"))
    assert "Số 1, phường Thử" in words(begun.get("kiem-tra"))


@pytest.mark.parametrize("code", ["H15.21.01", "H15.22.01"])
def test_a_desk_that_does_not_fit_the_address_is_asked_about_at_the_check(begun: Citizen, code: str) -> None:
    for place, name in (("21", "Thử"), ("22", "Khác")):
        AgencyFactory(code=f"H15.{place}", name=f"UBND phường {name}", level="commune")
        AgencyFactory(code=f"H15.{place}.01", name=f"Trung tâm phường {name}", level="commune", desk=True)
    begun.fill()
    begun.send("noi-giai-quyet", noi_nhan=code)
    asked = "Theo địa chỉ đã khai, nơi giải quyết là Trung tâm phường Thử"
    assert (asked in words(begun.get("kiem-tra"))) == (code == "H15.22.01")


def test_a_desk_that_fits_the_address_need_not_be_chosen(begun: Citizen) -> None:
    desk = AgencyFactory(code="H15.21.01", name="Trung tâm phường Thử", level="commune", desk=True)
    begun.fill()
    assert begun.photograph()["Location"] == begun.at("nhan-ket-qua")
    assert "Phường Thử" in words(begun.get("kiem-tra"))
    begun.file()
    assert Dossier.objects.get().receiving_agency == desk


# --- Papers


def test_a_photograph_is_shown_and_can_be_taken_out(begun: Citizen) -> None:
    assert begun.photograph(viec="gui-giay")["Location"] == begun.at("giay")
    page = words(begun.get("giay"))
    file = FilingFile.objects.get()
    assert begun.client.get(begun.at("giay", f"tep/{file.pk}/"))["Content-Type"] == "image/png"
    assert f'value="bo-tep-{file.pk}"' in page
    begun.send("giay", viec=f"bo-tep-{file.pk}")
    assert not FilingFile.objects.exists()


def test_a_paper_that_is_needed_is_asked_for(begun: Citizen) -> None:
    assert "Xin gửi ảnh hoặc tệp của giấy tờ này." in words(begun.send("giay", viec="tiep"))


def test_a_page_with_a_paper_and_a_question_keeps_both(begun: Citizen) -> None:
    data = copy.deepcopy(DATA)
    paper = data["sections"][2]["pages"].pop()
    data["sections"][2]["pages"][0]["questions"] += paper["questions"]
    begun.filing.publish(data)
    photo = {"tep-giay": samples.upload(samples.png(), "giay.png"), "viec": "gui-giay"}
    page = words(begun.send("me", **{"me-name": "Nguyễn Thị Dở", **photo}))
    assert ('value="Nguyễn Thị Dở"' in page, "giay.png" in page) == (True, True)
    assert "govuk-error-summary" not in page


# --- Prepared at home


def test_what_is_prepared_ends_with_a_code_for_the_counter(
    citizen: Citizen, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing.procedure.filing_mode = FilingMode.COUNTER
    filing.procedure.save()
    address = citizen.client.post(f"{citizen.start}?buoc=dieu-kien", {"trong_nuoc": "co"})["Location"]
    opened = citizen.client.post(address, {"so": NUMBER})
    citizen.name = opened["Location"].split("/")[3]
    page = words(citizen.get("da-nop"))
    assert ("<svg" in page, "Giấy chứng sinh" in page, "Chưa nộp" in page) == (True, True, True)
    later(monkeypatch)
    asked = citizen.get("ten")["Location"]
    assert "chưa khớp" in words(citizen.client.post(asked, {"so": "0905000679"}))
    assert citizen.client.post(asked, {"so": NUMBER}).status_code == 303
    assert not filing.queue.sent


def test_a_paper_that_may_be_left_out_is_brought_only_where_a_picture_was_sent(
    citizen: Citizen, filing: Filing
) -> None:
    data = copy.deepcopy(DATA)
    data["sections"][-1]["pages"][-1]["questions"][0]["required"] = False
    filing.publish(data)
    citizen.name = drafts.resume_by_number(filing.draft(prepared=True), PHONE, NUMBER).name
    assert "Giấy chứng sinh" not in words(citizen.get("da-nop"))
    citizen.photograph()
    assert "Giấy chứng sinh" in words(citizen.get("da-nop"))


# --- Kept apart


def test_what_was_chosen_in_one_province_is_nothing_in_the_other(
    province: ProvinceRecord, other_province: ProvinceRecord, inside: Callable[[str], Any]
) -> None:
    with inside(province.slug):
        sealed = Start({"trong_nuoc": "co"}, NUMBER).sealed()
        assert Start.opened(sealed) == Start({"trong_nuoc": "co"}, NUMBER)
    with inside(other_province.slug):
        assert Start.opened(sealed) == Start()


# --- Light

PAGES = [
    "nguoi-nop",
    "muc-luc",
    "ten",
    "ngay-sinh",
    "me",
    "noi-o",
    "giay",
    "nhan-ket-qua",
    "kiem-tra",
    "cam-doan",
]
MOST_STATEMENTS, MOST_BYTES = 6, 30 * 1024


def weigh(citizen: Citizen, address: str) -> tuple[int, bool, bool]:
    """Status of a page, and whether it costs few statements and few bytes; savepoints are the test's own."""
    with CaptureQueriesContext(connection) as captured:
        answer = citizen.client.get(address)
    statements = [one["sql"] for one in captured.captured_queries if "SAVEPOINT" not in one["sql"]]
    return answer.status_code, len(statements) <= MOST_STATEMENTS, len(answer.content) <= MOST_BYTES


def test_every_page_is_light(begun: Citizen) -> None:
    begun.fill()
    for page in PAGES:
        assert weigh(begun, begun.at(page, "?da_xem=0")) == (200, True, True), page
    begun.file()
    for place in (begun.start, begun.at("da-nop")):
        begun.client.get(place)
        assert weigh(begun, place) == (200, True, True)


def test_the_pages_of_a_supplement_are_light_to_readers_of_english_too(
    begun: Citizen, office: Office
) -> None:
    asked_to_correct(begun, office, "Tờ khai: chưa ký")
    for page in ("muc-luc", "giay-2", "ten"):
        begun.get(page, "?lang=en")
        assert weigh(begun, begun.at(page, "?lang=en")) == (200, True, True), page
    begun.send("ten", ten="Nguyễn Văn Thử Minh")
    begun.send("muc-luc", viec="nop")
    assert weigh(begun, begun.at("da-nop", "?lang=en")) == (200, True, True)


# --- Ways in


@pytest.mark.parametrize(
    ("mode", "button"),
    [(FilingMode.LOCAL, "Nộp hồ sơ tại đây"), (FilingMode.COUNTER, "Chuẩn bị hồ sơ tại nhà")],
)
def test_the_page_of_the_procedure_leads_to_the_form(citizen: Citizen, mode: str, button: str) -> None:
    procedure = citizen.filing.procedure
    procedure.filing_mode, procedure.filing_decision = mode, "12/QĐ-UBND"
    procedure.save()
    page = words(citizen.client.get(f"/thu-tuc/{procedure.code}/"))
    assert (f'href="{citizen.start}">{button}' in page, "Theo 12/QĐ-UBND." in page) == (True, True)


def test_without_a_form_the_page_of_the_procedure_promises_none(citizen: Citizen) -> None:
    citizen.filing.publish({"withdrawn": True})
    assert citizen.start not in words(citizen.client.get(f"/thu-tuc/{citizen.filing.procedure.code}/"))


def without_desk(filing: Filing) -> None:
    """No desk is of the level that settles the procedure."""
    filing.procedure.levels, filing.procedure.agency = ["province"], None
    filing.procedure.save()


def test_where_no_desk_could_take_it_no_filing_begins(citizen: Citizen) -> None:
    without_desk(citizen.filing)
    page = words(citizen.client.get(f"/thu-tuc/{citizen.filing.procedure.code}/"))
    assert (citizen.start in page, "chưa có nơi nhận hồ sơ của cấp giải quyết" in page) == (False, True)
    assert citizen.client.get(citizen.start)["Location"] == f"/thu-tuc/{citizen.filing.procedure.code}/"


def test_a_draft_that_no_desk_takes_any_more_is_kept_and_says_whom_to_call(begun: Citizen) -> None:
    begun.fill()
    begun.filing.office.desk.phone = "0262 3 900 001"
    begun.filing.office.desk.save()
    without_desk(begun.filing)
    assert begun.file()["Location"] == begun.at("kiem-tra")
    for code in ("kiem-tra", "muc-luc"):
        page = words(begun.get(code))
        assert ("Xin gọi 0262 3 900 001." in page, begun.at("cam-doan") in page) == (True, False)
    assert answers.read(FilingDraft.objects.get()).answers["ten"]


def test_missing_papers_are_sent_from_the_page_of_the_dossier(begun: Citizen, office: Office) -> None:
    dossier = begun.filed()
    take(office, dossier, "return_filing")
    place = address(dossier)
    assert f'href="{place}bo-sung/"' in words(begun.client.get(place))
    begun.open_supplement(dossier)
    assert "Tờ khai" in words(begun.get("muc-luc"))
    assert "Gửi bổ sung" not in words(begun.get("muc-luc"))
    paper = samples.upload(samples.png(), "to-khai.png")
    begun.send("giay-1", **{"tep-giay-1": paper, "viec": "tiep"})
    page = words(begun.follow(begun.send("muc-luc", viec="nop")))
    assert "Đã gửi bổ sung" in page
    back = re.search(r'href="([^"]+)">Xem hồ sơ đang ở đâu', page)
    assert back
    assert dossier.code in words(begun.client.get(back[1]))
    assert dossier.attachments.filter(name="to-khai.png", paper="Tờ khai").exists()


def test_a_reader_of_english_is_asked_for_papers_by_names_known_in_english(
    begun: Citizen, office: Office
) -> None:
    version = office.procedure.current_version
    RequiredDocument.objects.create(version=version, order=1, name="Tờ khai", english="Application form")
    dossier = asked_to_correct(begun, office, "Tờ khai: chưa ký", "Giấy ra viện")
    known, unknown = (
        '>Application form<span lang="vi">: chưa ký</span>',
        '<span lang="vi">Giấy ra viện</span>',
    )
    for place in (address(dossier), begun.at("muc-luc")):
        page = words(begun.client.get(f"{place}?lang=en"))
        assert (known in page, unknown in page) == (True, True), place
    assert known in words(begun.get("giay-2", "?lang=en"))
    begun.send("ten", ten="Nguyễn Văn Thử Minh")
    sent = words(begun.client.get(begun.send("muc-luc", viec="nop")["Location"] + "?lang=en"))
    assert (known in sent, unknown in sent) == (True, True)


def test_a_paper_without_english_in_the_list_keeps_that_of_the_form(office: Office) -> None:
    dossier = Dossier(procedure_version=office.procedure.current_version)
    RequiredDocument.objects.create(version=dossier.procedure_version, order=1, name="Tờ khai")
    with translation.override("en"):
        (asked,) = document_checklist.named(dossier, ["Tờ khai: chưa ký"], {"Tờ khai": "Form"})
    assert (asked.english, asked.rest) == ("Form", ": chưa ký")


def asked_to_correct(begun: Citizen, office: Office, *more: str, question: str = "ten") -> Dossier:
    """A dossier whose answer to this question the desk asked for again, with the citizen at the pages of the
    supplement."""
    dossier = begun.filed()
    wrong = f"{name_of(FORM.questions[question])}: viết đủ chữ đệm"
    take(office, dossier, "return_filing", papers=(wrong, *more))
    begun.open_supplement(dossier)
    return dossier


def test_what_was_typed_too_late_is_looked_at_before_a_supplement_is_sent(
    begun: Citizen, office: Office
) -> None:
    asked_to_correct(begun, office)
    begun.send("ten", ten="Nguyễn Văn Thử Minh")
    answers.keep_pending(FilingDraft.objects.get(kind="supplement"), "ten", {"ten": ["Nguyễn Văn Dở"]})
    page = words(begun.send("muc-luc", viec="nop"))
    assert ("chưa ghi" in page, f'href="{begun.at("ten")}">Tên</a>' in page) == (True, True)
    begun.send("ten", viec="bo")
    assert begun.send("muc-luc", viec="nop")["Location"] == begun.at("da-nop")


def test_a_supplement_that_brings_up_questions_offers_to_send_it_once_they_are_answered(
    begun: Citizen, office: Office
) -> None:
    asked_to_correct(begun, office, question="co_cha")
    begun.send("co-cha", co_cha="yes")
    page = words(begun.get("muc-luc"))
    assert ("mở thêm câu hỏi" in page, "Gửi bổ sung" in page) == (True, False)


def test_an_answer_that_is_asked_for_again_is_corrected_in_its_place(begun: Citizen, office: Office) -> None:
    dossier = asked_to_correct(begun, office)
    missing = words(begun.get("muc-luc"))
    assert (f'href="{begun.at("ten")}"' in missing, "Cần sửa" in missing) == (True, True)
    assert 'value="Nguyễn Văn Thử"' in words(begun.get("ten"))
    assert weigh(begun, begun.at("ten")) == (200, True, True)
    assert [begun.get(page)["Location"] for page in ("me", "giay-1")] == [begun.at("muc-luc")] * 2
    begun.send("ten", ten="Nguyễn Văn Thử Minh")
    assert "Nguyễn Văn Thử Minh" in words(begun.get("muc-luc"))
    assert begun.send("muc-luc", viec="nop")["Location"] == begun.at("da-nop")
    (sent,) = answers.supplements_of(dossier)
    assert answers.read(sent).answers == {"ten": {"ten": "Nguyễn Văn Thử Minh"}}


def test_questions_of_one_label_in_an_old_form_are_corrected_one_after_the_other(
    citizen: Citizen, office: Office
) -> None:
    citizen.filing.publish(data("sections", 0, "pages", 2, "questions", 0, label="Tên"))
    citizen.begin()
    dossier = asked_to_correct(citizen, office)

    def led_to() -> list[str]:
        page = words(citizen.get("muc-luc"))
        return [one for one in ("ten", "co-cha") if f'href="{citizen.at(one)}"' in page]

    led = [led_to()]
    citizen.send("ten", ten="Nguyễn Văn Sửa")
    led.append(led_to())
    citizen.send("muc-luc", viec="nop")
    citizen.open_supplement(dossier)
    assert [*led, led_to()] == [["ten"], ["co-cha"], ["co-cha"]]


def test_where_no_code_can_reach_the_recipient_no_supplement_is_offered(
    begun: Citizen, office: Office
) -> None:
    dossier = begun.filed()
    take(office, dossier, "return_filing")
    for person in (dossier.owner, dossier.submitter):
        person.phone = "02623900000"
        person.save()
    sent = begun.client.post(f"{address(dossier)}bo-sung/", {"gui": "1"}, follow=True)
    assert (sent.status_code, 'name="gui"' in words(sent)) == (200, False)


def test_a_wrong_code_opens_no_supplement(begun: Citizen, office: Office) -> None:
    dossier = begun.filed()
    take(office, dossier, "return_filing")
    place = begun.ask_for_supplement(dossier)
    wrong = f"{(int(begun.filing.code()) + 1) % 10**6:06d}"
    assert "Mã chưa đúng" in words(begun.client.post(place, {"ma": wrong}))
    assert not FilingDraft.objects.filter(kind="supplement").exists()


def test_a_page_of_a_draft_passes_few_files(begun: Citizen) -> None:
    begun.send("ten", ten="Nguyễn Văn Một")
    with followed() as walk:
        assert begun.send("ten", ten="Nguyễn Văn Hai").status_code == 303
        assert begun.get("ten").status_code == 200
    assert len(walk) <= 21, walk
    assert len(apps_of(walk)) <= 3, walk
