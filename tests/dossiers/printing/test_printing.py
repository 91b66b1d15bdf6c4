"""The forms of real dossiers: what they say, when they may be printed, under which circular."""

from datetime import date, datetime
from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.printing import contents, printing, samples
from dossiers.printing.availability import NOT_YET, FormNotReady, all_ready
from dossiers.printing.circulars import in_force
from dossiers.printing.models import Form, FormTemplate
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.web.absolute_urls import absolute
from tests.dossiers.printing import reading
from tests.dossiers.walking import in_progress, received, take
from tests.factories import Office

LONG_NAME = "Công ty trách nhiệm hữu hạn một thành viên thương mại dịch vụ xuất nhập khẩu Minh Họa"
LONG_REASON = " ".join(["Giấy tờ nộp kèm chưa thống nhất với cơ sở dữ liệu, đề nghị đối chiếu."] * 6)


def printed(office: Office, dossier: Dossier, form: str, **options: Any) -> bytes:
    return printing.print_form(dossier, form, actor=office.clerk, **options).pdf


def ready(dossier: Dossier) -> list[tuple[str, int]]:
    found = all_ready(dossier, printing.history_of(dossier))
    return [(str(occasion.form), occasion.event.sequence) for occasion in found]


def apologised(office: Office, dossier: Dossier) -> None:
    dossier.refresh_from_db()
    services.apologise(
        dossier.pk,
        actor=office.leader,
        seen=dossier.last_sequence,
        new_due=date(2026, 12, 9),
        reason="Chờ kết quả đo đạc",
    )
    dossier.refresh_from_db()


def test_receipt_carries_the_address_the_code_and_the_key(office: Office) -> None:
    dossier = received(office)
    pdf = printed(office, dossier, "01")
    token = AccessToken.objects.get(purpose="receipt").value
    assert reading.codes(pdf) == {"QR Code": absolute(f"/h/{token}/"), "Code 128": dossier.code}
    key = dossier.lookup_key
    assert reading.holds(pdf, f"Mã tra cứu {key[:3]} {key[3:]}")


def test_receipt_says_what_was_handed_in_and_when_the_result_comes(office: Office) -> None:
    owner = PersonData(
        LONG_NAME, kind="organisation", id_number="0312345678", phone="0905000678", address="12 Lê Lợi"
    )
    papers = tuple(f"Giấy tờ minh họa số {number}" for number in range(1, 31))
    dossier = received(office, owner=owner, documents=papers)
    expected = [
        LONG_NAME, "0312345678", "0905000678", "12 Lê Lợi", "Thủ tục đăng ký kết hôn", "05 ngày làm việc",
        "Thời gian nhận hồ sơ: 10 giờ 00 phút, ngày 25 tháng 11 năm 2026",
        "17 giờ 00 phút, ngày 02 tháng 12 năm 2026",
        office.clerk.get_full_name(), "Số: 0001/TNHS", *papers,
    ]  # fmt: skip
    assert reading.lost(printed(office, dossier, "01"), expected) == []


def test_apology_gives_both_dates_the_reason_and_who_signs(office: Office) -> None:
    dossier = in_progress(office)
    apologised(office, dossier)
    expected = [
        "17 giờ 00 phút, ngày 02 tháng 12 năm 2026", "17 giờ 00 phút, ngày 09 tháng 12 năm 2026",
        "Chờ kết quả đo đạc", office.leader.get_full_name(), "PHÒNG TƯ PHÁP",
    ]  # fmt: skip
    assert reading.lost(printed(office, dossier, "04"), expected) == []


@pytest.mark.parametrize(("act", "form"), [("refuse", "03"), ("stop", "05")])
def test_refusal_and_stop_notice_give_their_reason_and_who_signs(office: Office, act: str, form: str) -> None:
    dossier = received(office) if act == "refuse" else in_progress(office)
    event = take(office, dossier, act, note="Không bổ sung giấy tờ")
    pdf = printed(office, dossier, form)
    assert reading.lost(pdf, ["Không bổ sung giấy tờ", event.actor.get_full_name()]) == []


def test_control_sheet_has_a_line_for_each_hand_over(office: Office) -> None:
    dossier = in_progress(office)
    with clock.frozen(datetime(2026, 11, 30, 9, 0, tzinfo=clock.VIETNAM)):
        take(office, dossier, "finish")
    pdf = printed(office, dossier, "06")
    lines = [
        "Giao: Trung tâm Phục vụ hành chính công Nhận: Phòng Tư pháp",
        "Giao: Phòng Tư pháp Nhận: Trung tâm Phục vụ hành chính công",
        office.specialist.get_full_name(),
        "09 giờ 00 phút ngày 30 tháng 11 năm 2026",
    ]
    assert reading.lost(pdf, lines) == []


@pytest.mark.parametrize(
    ("day", "outcome"), [(1, "early"), (2, "on_time"), (3, "late")], ids=["before", "on the day", "after"]
)
def test_control_sheet_says_how_the_result_stood_with_the_date(office, day, outcome):
    dossier = in_progress(office)
    with clock.frozen(datetime(2026, 12, day, 9, 0, tzinfo=clock.VIETNAM)):
        take(office, dossier, "finish")
    events = printing.history_of(dossier)
    occasion = next(one for one in all_ready(dossier, events) if one.form is Form.CONTROL)
    content = contents.of(occasion, dossier, events, in_force("06", date(2026, 12, 1)))
    assert [line["outcome"] for line in content["handovers"]] == ["", outcome, "", ""]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("02", "không có yêu cầu bổ sung"),
        ("03", "không bị từ chối"),
        ("04", "chưa được xin lỗi"),
        ("05", "không bị dừng"),
        ("07", "Không có biểu mẫu này"),
        ("99", "Không có biểu mẫu này"),
    ],
)
def test_a_paper_about_nothing_is_not_printed(office: Office, form: str, sentence: str) -> None:
    with pytest.raises(FormNotReady, match=sentence):
        printed(office, in_progress(office), form)
    assert not AuditEntry.objects.filter(action="dossier.form").exists()


def test_a_filing_not_yet_taken_in_has_no_receipt(office: Office) -> None:
    dossier = received(office, channel="online")
    with pytest.raises(FormNotReady, match="chưa được tiếp nhận"):
        printed(office, dossier, "01")
    take(office, dossier, "accept")
    assert ready(dossier) == [("01", 2), ("06", 2)]


def test_a_reason_that_was_erased_is_missed(office: Office) -> None:
    dossier = received(office)
    event = take(office, dossier, "refuse")
    event.note.text = ""
    event.note.save()
    with pytest.raises(FormNotReady, match="Chưa ghi lý do"):
        printed(office, dossier, "03")


@pytest.mark.parametrize(("act", "form"), [("stop", "05"), ("require_supplement", "02")])
def test_an_act_taken_back_leaves_no_paper(office: Office, act: str, form: str) -> None:
    dossier = in_progress(office)
    take(office, dossier, act, actor=office.leader)
    assert (form, 3) in ready(dossier)
    services.recall(dossier.pk, actor=office.leader, seen=3)
    dossier.refresh_from_db()
    assert ready(dossier) == [("01", 1), ("06", 1)]


def test_each_request_has_its_own_slip(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", papers=("Giấy thứ nhất",))
    take(office, dossier, "supplement_received")
    take(office, dossier, "require_supplement", papers=("Giấy thứ hai",), actor=office.leader)
    assert [sequence for form, sequence in ready(dossier) if form == "02"] == [3, 5]
    assert reading.holds(printed(office, dossier, "02", sequence=3), "Giấy thứ nhất")
    assert reading.holds(printed(office, dossier, "02"), "Giấy thứ hai")


def test_a_complaint_gets_no_paper_of_another_law(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "stop")
    dossier.kind = Dossier.Kind.COMPLAINT
    assert [form for form, _ in ready(dossier)] == ["01", "06"]


def test_reprint_of_a_receipt_keeps_the_first_date_and_tells_the_new_one(office: Office) -> None:
    dossier = in_progress(office)
    apologised(office, dossier)
    pdf = printed(office, dossier, "01")
    expected = [
        "Thời gian trả kết quả giải quyết hồ sơ: 17 giờ 00 phút, ngày 02 tháng 12 năm 2026",
        "Ngày hẹn hiện nay: 17 giờ 00 phút, ngày 09 tháng 12 năm 2026",
    ]
    assert reading.lost(pdf, expected) == []


def test_after_a_lost_slip_the_reprint_has_the_new_key(office: Office) -> None:
    dossier = received(office)
    old = dossier.lookup_key
    new = services.reissue(dossier.pk, actor=office.clerk, seen=1, checked="thẻ căn cước")
    dossier.refresh_from_db()
    pdf = printed(office, dossier, "01")
    assert reading.codes(pdf)["QR Code"] == new.token_url
    assert reading.holds(pdf, f"{new.key[:3]} {new.key[3:]}")
    assert not reading.holds(pdf, f"{old[:3]} {old[3:]}")


def test_printing_is_recorded_without_names(office: Office) -> None:
    dossier = received(office)
    printing.print_form(dossier, "06", actor=office.clerk)
    entry = AuditEntry.objects.get(action="dossier.form")
    assert (entry.subject, entry.actor, entry.detail) == (
        dossier.subject, office.clerk, {"form": "06", "sequence": 1}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2015, 1, 1), "01/2018"), (date(2025, 9, 14), "01/2018"), (date(2025, 9, 15), "03/2025")],
)
def test_the_circular_is_the_one_of_the_day(day: date, number: str) -> None:
    assert number in in_force("01", day).number
    assert "03/2025" in in_force("05", day).number, "of the next, as the old one did not know it"


def test_a_dossier_of_an_old_day_is_reprinted_under_its_circular(office: Office) -> None:
    with clock.frozen(datetime(2024, 3, 5, 9, 0, tzinfo=clock.VIETNAM)):
        dossier = received(office)
        control = printed(office, dossier, "06")
    assert reading.holds(control, "Mẫu số 05, Thông tư số 01/2018/TT-VPCP")
    assert printed(office, dossier, "06") == control


OWN = "#header()\n#title()\nMẫu riêng của tỉnh: #form.code"


def publish(source: str, moment: datetime, effective: date = date(2026, 1, 1)) -> None:
    with clock.frozen(moment):
        day = effective.isoformat()
        FormTemplate.publish({"circular": "tt03-2025", "effective_from": day, "source": source}, "06")


def test_a_province_prints_its_own_text_and_reprints_what_was_handed_out_before_as_it_was(office, noon):
    dossier = received(office)
    first = printed(office, dossier, "06")
    publish(OWN, noon.replace(hour=8))
    assert reading.holds(printed(office, received(office), "06"), "Mẫu riêng của tỉnh")
    publish("", noon.replace(hour=9))
    assert not reading.holds(printed(office, received(office), "06"), "Mẫu riêng của tỉnh")
    publish(OWN, noon.replace(hour=11))
    assert printed(office, dossier, "06") == first


def test_a_text_waits_for_its_day(office: Office, noon: datetime) -> None:
    publish(OWN, noon, effective=date(2026, 11, 26))
    assert not reading.holds(printed(office, received(office), "06"), "Mẫu riêng của tỉnh")


def test_the_text_of_another_province_is_not_used(office: Office, noon: datetime, inside: Any) -> None:
    with inside("dongnai"):
        publish(OWN, noon)
    assert not reading.holds(printed(office, received(office), "06"), "Mẫu riêng của tỉnh")


def test_samples_hold_what_real_forms_hold(office: Office) -> None:
    """A template that passes with the samples must not miss anything on a real dossier."""
    dossier = in_progress(office)
    take(office, dossier, "require_supplement")
    take(office, dossier, "supplement_received")
    apologised(office, dossier)
    take(office, dossier, "stop")
    events = printing.history_of(dossier)
    occasions = all_ready(dossier, events)
    assert {one.form for one in occasions} == set(NOT_YET) - {Form.REFUSAL}
    for occasion in occasions:
        content = contents.of(occasion, dossier, events, in_force(occasion.form, date(2026, 12, 1)))
        if occasion.form is Form.RECEIPT:
            content = contents.with_address(content, key="BCGHKL", token_url="https://x.example/h/x/")
        assert set(content) == set(samples.sample(occasion.form)), occasion.form
