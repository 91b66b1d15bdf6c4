"""The page behind a token: what the citizen reads after each kind of act, and what stays in the office."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils.html import strip_tags

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.walking import in_progress, received, take
from tests.factories import Office


def read(dossier: Dossier, language: str = "vi") -> str:
    token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
    headers = {"host": "daklak.localhost", "cookie": f"django_language={language}"}
    answer = Client(headers=headers).get(f"/h/{token}/", {"lang": language})
    return answer.content.decode().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("code", "lead"),
    [("require_supplement", "Bổ sung chậm nhất"), ("require_payment", "Nộp tiền chậm nhất")],
)
@pytest.mark.parametrize(
    ("days_later", "left"),
    [(0, "còn 11 ngày làm việc"), (15, "hạn trong hôm nay"), (16, "đã quá hạn 1 ngày làm việc")],
)
def test_large_date_is_the_last_day_to_act(office, noon, code, lead, days_later, left):
    dossier = in_progress(office)
    take(office, dossier, code, actor=office.specialist)
    with clock.frozen(noon + timedelta(days=days_later)):
        text = read(dossier)
    answer = " ".join(strip_tags(text.split("<section")[1].split("</section>")[0]).split())
    assert f"{lead}, thứ Năm 10/12/2026 trước 17:00, {left}" in answer
    assert "25/11/2026" not in answer
    assert "Yêu cầu lúc 10:00, thứ Tư 25/11/2026" in text


def test_before_anybody_has_looked_no_day_is_promised_and_none_is_missed(office, noon):
    dossier = received(office, channel="online")
    assert dossier.status == 1
    with clock.frozen(noon + timedelta(days=30)):
        text = read(dossier)
    assert "Có khi hồ sơ được tiếp nhận" in text
    assert "Thời hạn của thủ tục: 5 ngày làm việc, tính từ lúc nộp." in text
    assert "quá hẹn" not in text
    assert "02/12/2026" not in text
    assert "Vì sao" not in text


def test_a_filing_that_went_back_is_not_accepted_yet_and_is_when_the_desk_says_so(office, noon):
    dossier = received(office, channel="online")
    take(office, dossier, "return_filing")
    text = " ".join(strip_tags(read(dossier)).split())
    assert "Nộp hồ sơ – đang chờ ông/bà" in text
    assert "Tiếp nhận – chưa đến" in text
    assert ("Hoặc nộp tại" in text, "Vì sao" in text) == (True, False)
    take(office, dossier, "filing_completed")
    with clock.frozen(noon + timedelta(hours=3)):
        take(office, dossier, "accept")
        text = " ".join(strip_tags(read(dossier)).split())
    assert re.search(r"Tiếp nhận – [^–]*13:00, thứ Tư 25/11/2026", text)


@pytest.mark.parametrize("code", ["stop", "withdraw"])
def test_what_ended_in_a_pause_is_said_to_go_on_at_no_door(office: Office, code: str) -> None:
    from tests.dossiers.desk.test_desk import logged_in, page_of
    from tests.dossiers.lookup.test_api import ask

    dossier = in_progress(office)
    take(office, dossier, "require_supplement")
    take(office, dossier, code, note="Quá hạn")
    told = ask(Client(headers={"host": "daklak.localhost"}), dossier.code, dossier.lookup_key).json()
    desk = logged_in(office.clerk).get(f"{page_of(dossier)}?tab=thong-tin").content.decode()
    for door in (read(dossier), told["details"]["due_explained"], desk):
        assert ("Đang tạm dừng" in door, "5 ngày làm việc, không tính" in door) == (False, True), door


def test_originals_are_brought_for_what_was_sent_as_pictures(office: Office) -> None:
    dossier = received(office, channel="online", documents=("Giấy chứng sinh",))
    for act in ("accept", "forward", "finish"):
        take(office, dossier, act)
    assert "Bản chính của giấy tờ đã gửi qua mạng" in read(dossier)


def test_new_date_comes_with_an_apology_until_the_result_is_there(office: Office) -> None:
    dossier = in_progress(office)
    services.apologise(
        dossier.pk, actor=office.leader, seen=2, new_due=date(2026, 12, 9), reason="Chờ đo đạc"
    )
    text = read(dossier)
    assert "09/12/2026" in text
    assert "Chúng tôi xin lỗi" in text
    assert "Chờ đo đạc" in text
    assert "mc-chart__bar--added" in text
    take(office, dossier, "finish", actor=office.specialist)
    text = read(dossier)
    assert "Chúng tôi xin lỗi vì không kịp" not in text
    assert 'href="/noi-nop/H15.08/"' in text


@pytest.mark.parametrize(
    ("delivery", "way", "told"),
    [
        ("Qua bưu chính công ích: Số 9", "post", "gửi kết quả cho ông/bà qua bưu chính công ích"),
        ("Bản điện tử", "electronic", "trả kết quả bằng bản điện tử"),
        ("Tại nơi tiếp nhận", "counter", "Mời ông/bà"),
    ],
)
def test_a_result_comes_by_the_way_that_was_chosen_at_every_door(office, delivery, way, told):
    from tests.dossiers.desk.test_desk import logged_in, page_of
    from tests.dossiers.lookup.test_api import ask

    dossier = in_progress(office, result_delivery=delivery)
    take(office, dossier, "finish", actor=office.specialist)
    details = ask(Client(headers={"host": "daklak.localhost"}), dossier.code, dossier.lookup_key).json()
    page = read(dossier)
    first = page.split("<section")[1].split("</section>")[0]
    assert ("Số 9" in page, "Qua bưu chính" in read(dossier, "en")) == (False, False)
    doors = [first, str(details["details"]), Message.objects.get(intent="done").body]
    invites = way == "counter"
    for said in doors:
        assert (told in said, "Mời ông/bà" in said, "mang theo" in said) == (True, invites, invites), said
    page = logged_in(office.clerk).get(page_of(dossier).replace("change", "buoc/return")).content.decode()
    wish = f"Người dân chọn nhận kết quả: {delivery}."
    assert (f'<option value="{way}" selected>' in page, wish in page) == (True, True)


def test_what_is_asked_for_and_why_is_said_whatever_else_happens_until_it_is_done(office: Office) -> None:
    dossier = in_progress(office)
    take(
        office,
        dossier,
        "require_supplement",
        actor=office.specialist,
        papers=("Bản vẽ",),
        note="Bản sao bị mờ",
    )
    services.reissue(dossier.pk, actor=office.clerk, seen=3, checked="Thẻ căn cước")
    text = read(dossier)
    assert all(told in text for told in ("Bản vẽ", "Bản sao bị mờ"))
    take(office, dossier, "supplement_received")
    take(office, dossier, "require_payment", actor=office.specialist, amount="1.250.000")
    assert "Số tiền: 1.250.000 đồng" in read(dossier)
    take(office, dossier, "withdraw", actor=office.clerk)
    assert "Bản sao bị mờ" not in read(dossier).split("Toàn bộ lịch sử")[0]


def test_notes_of_the_office_to_itself_stay_there(office: Office) -> None:
    dossier = received(office, note="Ghi chú nội bộ A")
    take(office, dossier, "forward", note="Ghi chú nội bộ 0")
    services.assign(dossier.pk, actor=office.leader, seen=2, assignee=office.leader, note="Ghi chú nội bộ B")
    take(office, dossier, "consult", actor=office.leader, note="Ghi chú nội bộ C")
    text = read(dossier)
    assert "Ghi chú nội bộ" not in text
    assert "Giao người xử lý" not in text


def test_a_wrong_click_leaves_nothing_to_read(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist, note="Bấm nhầm")
    services.recall(dossier.pk, actor=office.specialist, seen=3)
    text = read(dossier)
    assert "Bấm nhầm" not in text
    assert "Thu hồi" not in text
    assert "Đang xử lý" in text


def test_late_dossier_says_by_how_much(office: Office, noon: datetime) -> None:
    dossier = in_progress(office)
    with clock.frozen(noon + timedelta(days=12)):
        assert "đã quá hẹn 3 ngày làm việc" in read(dossier)


def test_a_wrong_click_does_not_move_the_line_of_steps(office: Office) -> None:
    dossier = received(office)
    before = read(dossier)
    take(office, dossier, "forward")
    services.recall(dossier.pk, actor=office.clerk, seen=2)
    assert read(dossier).split("Vì sao")[0] == before.split("Vì sao")[0]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_days_behind_the_date_are_drawn_with_their_table(office: Office, language: str) -> None:
    text = read(in_progress(office), language)
    strip = text.partition('aria-labelledby="chart-due-days"')[2].partition("</table>")[0]
    assert re.findall(r"mc-chart__bar--(\w+)", strip) == [
        "received", "counted", "counted", "closed", "closed", "counted", "counted", "due",
    ]  # fmt: skip
    assert len(re.findall(r"<tr><th scope=.row.>", strip)) == 8
    assert "25/11/2026" in strip.partition("</title>")[0]
