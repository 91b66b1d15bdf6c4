"""The pages on which a province words its messages and sets its hours."""

import re

import pytest
from django.test import Client

from messaging.outbox import wording as templates
from messaging.outbox.models.messages import SendingRules
from messaging.outbox.models.provider_templates import Template
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.conftest import HOST, address

OWN = {
    "title": "Tiêu đề riêng",
    "body": "Kính gửi {ho_ten}, hồ sơ {ma_ho_so}.⟦ Gọi {dien_thoai}.⟧",
    "button": "Xem",
}


def page(desk: Client, **posted: str) -> tuple[int, str]:
    where = address("messaging_template_change", "received")
    answer = desk.post(where, posted, headers=HOST) if posted else desk.get(where, headers=HOST)
    return answer.status_code, answer.content.decode()


def words() -> list[str]:
    with province_context("daklak"):
        return [row.body for row in Template.objects.all()]


def trace(action: str) -> list[AuditEntry]:
    with province_context("daklak"):
        return list(AuditEntry.objects.filter(action=action))


def test_the_list_names_messages_by_their_titles(desk: Client) -> None:
    text = desk.get(address("messaging_template_changelist"), headers=HOST).content.decode()
    assert ("Đã tiếp nhận hồ sơ của ông/bà" in text, ">received<" in text) == (True, False)


def test_a_province_words_a_message_itself(desk: Client) -> None:
    status, _text = page(desk, **OWN)
    assert (status, words()) == (302, [OWN["body"]])


def test_who_changed_the_words_and_how_they_were_is_kept(desk: Client) -> None:
    page(desk, **OWN)
    (entry,) = trace("wording.change")
    assert (entry.actor_name, entry.subject) == ("quantri", "wording:received")
    assert (entry.detail["before"][1], entry.detail["after"][1]) == (
        templates.default("received").body,
        OWN["body"],
    )


def test_looking_saves_nothing_and_shows_the_message_with_samples(desk: Client) -> None:
    status, text = page(desk, **OWN, preview="1")
    assert (status, words(), trace("wording.change")) == (200, [], [])
    assert "Kính gửi Nguyễn Thị Minh Họa, hồ sơ H15.08-261125-0000. Gọi 0200 000 000." in text
    assert OWN["title"] in text


def test_the_length_counts_composed_characters(desk: Client) -> None:
    _status, text = page(desk, title="Tiêu đề", body="Đề nghị bổ sung giấy tờ", button="", preview="1")
    assert re.search(r'data-length="body"[^>]*>23/400<', text)


def test_words_that_cannot_be_used_are_told_in_sentences_and_kept_in_the_form(desk: Client) -> None:
    status, text = page(desk, title="", body="Gửi {so_cccd} ⟦ lẻ", button="x" * 31)
    assert (status, words()) == (422, [])
    for sentence in (
        "Tin phải có tiêu đề và nội dung.",
        "Chữ trên nút dài quá 30 ký tự.",
        "Nội dung có dấu ⟦ hoặc ⟧ lẻ.",
        "không có chỗ điền: so_cccd",
    ):
        assert sentence in text
    assert "Gửi {so_cccd} ⟦ lẻ" in text


def test_a_stray_brace_is_no_placeholder(desk: Client) -> None:
    assert "dấu { hoặc } lẻ" in page(desk, title="T", body="Gửi {Ho Ten}", button="")[1]


def test_the_standard_words_are_used_again(desk: Client) -> None:
    page(desk, **OWN)
    page(desk, restore="1")
    assert (words(), len(trace("wording.restore"))) == ([], 1)


def test_standard_words_typed_again_follow_the_standard(desk: Client) -> None:
    page(desk, **OWN)
    standard = templates.default("received")
    page(desk, title=standard.title, body=standard.body, button=standard.button)
    assert words() == []


def test_a_text_that_nobody_sends_has_no_page(desk: Client) -> None:
    assert desk.get(address("messaging_template_change", "khong-co"), headers=HOST).status_code == 404


def test_who_may_not_change_words_sees_no_page(province: object, client: Client) -> None:
    client.force_login(User.objects.create(username="canbo", is_staff=True))
    for name, arguments in (("template_changelist", []), ("template_change", ["received"])):
        assert client.get(address(f"messaging_{name}", *arguments), headers=HOST).status_code == 403


def rules(desk: Client, **posted: str) -> tuple[int, str]:
    typed = {"window_from": "07:00", "window_until": "21:30", "expires_after_hours": "24", **posted}
    answer = desk.post(address("messaging_sendingrules_changelist"), typed, headers=HOST)
    return answer.status_code, answer.content.decode()


def test_the_hours_are_changed_with_a_trace(desk: Client) -> None:
    status, _text = rules(desk, window_from="8:00", expires_after_hours="12")
    with province_context("daklak"):
        now = SendingRules.current()
    assert (status, str(now), now.expires_after_hours) == (302, "08:00–21:30", 12)
    assert trace("sending_rules.change")[0].detail == {
        "before": "07:00–21:30, 24 h",
        "after": "08:00–21:30, 12 h",
    }


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"window_from": "22:00"}, "Giờ kết thúc phải sau giờ bắt đầu"),
        ({"window_from": "sáng"}, "Xin nhập giờ và phút, ví dụ 07:00."),
        ({"expires_after_hours": "0"}, "Số giờ phải từ 1 đến 72."),
        ({"expires_after_hours": "một ngày"}, "Xin nhập số giờ bằng chữ số"),
    ],
)
def test_hours_that_cannot_be_kept_are_refused_in_words(desk, typed, sentence):
    status, text = rules(desk, **typed)
    with province_context("daklak"):
        assert (status, sentence in text, SendingRules.objects.exists()) == (422, True, False)


def test_every_placeholder_is_explained_with_a_sample() -> None:
    told = [templates.explained_placeholders(name) for name in templates.names()]
    assert [key for one in told for key, what in one.items() if not (what.meaning and what.sample)] == []
