"""The chat of the province's account as a citizen meets it."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dossiers.deadlines import wording
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data
from messaging.contacts.models import Follower, Subscription
from messaging.inbound import receive
from messaging.inbound.chat import dossiers as dossier_chat
from messaging.inbound.chat import portal as account
from messaging.inbound.chat import turns
from messaging.inbound.models import IncomingMessage
from procedures.catalogue.search.index import reindex
from tenants.organisation.models import Agency
from tests.dossiers.chatting import READER, SOMEBODY_ELSE, Talk, new_code
from tests.dossiers.walking import received, take
from tests.factories import Office, ProcedureFactory

NOTHING_LIKE_IT = "chưa hiểu câu hỏi này"


def wrong_key(dossier: Dossier) -> str:
    return "".join("2" if sign != "2" else "3" for sign in dossier.lookup_key)


@pytest.fixture
def complaint(office: Office, talk: Talk) -> Dossier:
    WorkflowVersion.publish(complaint_workflow_data())
    office.procedure = ProcedureFactory(complaint=True)
    return received(office)


# --- following


def test_who_follows_is_greeted_with_what_can_be_asked(talk: Talk) -> None:
    talk.tell({"follows": True})
    (greeting,) = talk.carry_on()
    assert greeting.address == READER
    assert [line[:2] for line in greeting.body.splitlines()[1:4]] == ["1.", "2.", "3."]
    assert "Nhắn mã hồ sơ" in greeting.body


def test_who_comes_and_goes_is_greeted_once_a_day(talk: Talk) -> None:
    for follows in (True, False, True):
        talk.tell({"follows": follows})
    assert len(talk.carry_on()) == 1


# --- one dossier


def test_the_code_alone_tells_how_far_and_no_more(office: Office, talk: Talk) -> None:
    dossier = received(office)
    assert dossier.due_at is not None
    answer = talk.ask(f"cho hỏi hồ sơ {dossier.code.lower()} tới đâu")
    assert f"{dossier.code}: Đã tiếp nhận (bước 2 trên 4: Tiếp nhận)" in answer.body
    assert answer.button_url.endswith(f"/ho-so/{dossier.code}/")
    for hidden in (
        dossier.owner.name,
        dossier.procedure.short_name,
        wording.day(dossier.due_at),
        office.desk.name,
    ):
        assert hidden not in answer.body


def test_the_key_opens_the_details_and_a_button_their_page(office: Office, talk: Talk) -> None:
    dossier = received(office)
    answer = talk.ask(f"{dossier.code} {dossier.lookup_key.lower()}")
    assert dossier.due_at is not None
    assert wording.day(dossier.due_at) in answer.body
    assert dossier.procedure.short_name in answer.body
    assert "/h/" in answer.button_url
    assert answer.button_label == "Xem hồ sơ"
    for hidden in (dossier.owner.name, dossier.recipient.phone, "0905"):
        assert hidden not in answer.body


def test_the_key_may_come_after_the_code(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(dossier.code)
    assert dossier.procedure.short_name in talk.ask(dossier.lookup_key).body


def test_a_wrong_key_shows_what_the_code_alone_does(office: Office, talk: Talk) -> None:
    dossier = received(office)
    answer = talk.ask(f"{dossier.code} {wrong_key(dossier)}")
    assert "Mã tra cứu chưa đúng" in answer.body
    assert dossier.procedure.short_name not in answer.body


def test_an_unknown_code_and_a_complaint_without_its_key_are_told_alike(complaint, talk):
    unknown = f"{complaint.code[:-4]}0999"
    asked = (
        unknown,
        f"{unknown} {wrong_key(complaint)}",
        complaint.code,
        f"{complaint.code} {wrong_key(complaint)}",
    )
    assert len({(talk.ask(text).body, talk.channel.sent[-1].button_url) for text in asked}) == 1


def test_a_complaint_is_shown_with_its_key(complaint: Dossier, talk: Talk) -> None:
    assert complaint.code in talk.ask(f"{complaint.code} {complaint.lookup_key}").body


def test_a_code_of_another_province_is_told_by_its_prefix(office: Office, talk: Talk) -> None:
    assert "thuộc" in talk.ask("H19.08-261109-0001").body


def test_nothing_is_looked_up_by_a_private_number(office: Office, talk: Talk) -> None:
    dossier = received(office)
    answer = talk.ask(dossier.recipient.phone)
    assert "đừng nhắn các số" in answer.body
    assert dossier.code not in answer.body


def test_it_speaks_vietnamese_whatever_the_worker_reads(office: Office, talk: Talk) -> None:
    dossier = received(office)
    with translation.override("en"):
        assert "Hẹn trả kết quả" in talk.ask(f"{dossier.code} {dossier.lookup_key}").body


# --- linked dossiers


def test_with_the_key_news_come_here_once_they_are_asked_for(office: Office, talk: Talk) -> None:
    dossier = received(office, consents=frozenset())
    talk.type(f"{dossier.code} {dossier.lookup_key}")
    assert not Subscription.objects.exists()
    assert f"Đã nối với hồ sơ {dossier.code}" in talk.ask("Nhận tin").body
    take(office, dossier, "forward")
    (news,) = talk.carry_on()
    assert (news.address, dossier.code in news.body) == (READER, True)


def test_without_the_key_nothing_is_tied(office: Office, talk: Talk) -> None:
    dossier = received(office)
    for text in (dossier.code, "nhận tin", f"nhận tin {dossier.code} {wrong_key(dossier)}"):
        talk.type(text)
    assert not Subscription.objects.exists()


def test_who_is_linked_needs_no_key_and_nobody_else_gains(office: Office, talk: Talk) -> None:
    dossier, other = received(office), received(office)
    talk.type(new_code(dossier))
    name = dossier.procedure.short_name
    assert name in talk.ask(dossier.code).body
    # The same telephone number, and still another dossier.
    assert name not in talk.ask(other.code).body
    assert name not in talk.ask(dossier.code, reader=SOMEBODY_ELSE).body


def test_my_dossiers_are_those_that_are_linked(office: Office, talk: Talk) -> None:
    dossier, other = received(office), received(office)
    assert "Chưa có hồ sơ nào" in talk.ask("hồ sơ của tôi").body
    talk.type(new_code(dossier))
    answer = talk.ask("ho so cua toi").body
    assert (dossier.code in answer, other.code in answer) == (True, False)
    assert dossier.code not in talk.ask("hồ sơ của tôi", reader=SOMEBODY_ELSE).body


def test_who_stops_is_told_so_and_linked_no_more(office: Office, talk: Talk) -> None:
    dossier = received(office)
    talk.type(new_code(dossier))
    assert "Đã tắt tin" in talk.ask("TẮT TIN").body
    assert not Subscription.objects.exists()
    assert "Chưa có hồ sơ nào" in talk.ask("hồ sơ của tôi").body


@pytest.mark.parametrize("text", ["HỦY", "Thôi", "rút hồ sơ"])
def test_who_may_want_something_else_is_asked_back_and_nothing_changes(office, talk, text):
    talk.type(new_code(received(office)))
    assert "thôi nhận tin hay muốn rút hồ sơ" in talk.ask(text).body
    assert Subscription.objects.exists()


# --- what is about no dossier


def test_an_errand_is_answered_with_term_fee_and_page(office: Office, talk: Talk) -> None:
    reindex()
    answer = talk.ask("đăng ký kết hôn cần gì")
    assert "Thời hạn: 5 ngày làm việc" in answer.body
    assert f"/thu-tuc/{office.procedure.code}/" in answer.body
    assert "/thu-tuc/?q=" in answer.button_url


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("đăng ký kết hôn lệ phí bao nhiêu", "Lệ phí “Đăng ký kết hôn”: "),
        ("đăng ký kết hôn mất bao lâu", "Thời hạn “Đăng ký kết hôn”: 5 ngày làm việc."),
        ("đăng ký kết hôn online được không", "Có. “Đăng ký kết hôn” nộp trên Cổng Dịch vụ công quốc gia"),
        ("chiều thứ 7 có làm không", "Không, chiều thứ Bảy "),
        ("thứ bảy có nghỉ không", "Có, thứ Bảy "),
        ("sáng thứ hai có làm việc không", "Có, sáng thứ Hai "),
        (
            "trợ cấp khuyết tật xin ở đâu",
            "Cổng này chưa có thủ tục “Trợ cấp xã hội hằng tháng”. Nơi giải quyết: ",
        ),
    ],
)
def test_what_was_asked_is_answered_first(office: Office, talk: Talk, text: str, begins: str) -> None:
    reindex()
    answer = talk.ask(text).body
    assert (answer[: len(begins)], "Xem ghi chú" in answer) == (begins, False)


def test_hours_and_address_of_the_desk_that_is_named(office: Office, talk: Talk) -> None:
    Agency.objects.create(
        code="H15.77", name="UBND phường Mẫu Lá", is_desk=True, address="12 đường Thử", hours="08:00–16:00"
    )
    Agency.objects.filter(pk=office.desk.pk).update(address="1 đường Thử")
    answer = talk.ask("giờ làm việc phuong mau la").body
    assert "UBND phường Mẫu Lá: 12 đường Thử; giờ làm việc 08:00–16:00" in answer
    assert office.desk.name not in answer
    assert office.desk.name in talk.ask("địa chỉ một cửa ở đâu").body


def test_what_is_not_understood_leads_to_the_menu_and_the_telephone(office: Office, talk: Talk) -> None:
    answer = talk.ask("hôm nay trời đẹp quá").body
    assert NOTHING_LIKE_IT in answer
    assert "0200 000 0000" in answer


@pytest.mark.parametrize(
    "text", ["a" * 2000, "🙂🙂", "\u202e\u0000x", "H15" * 600, "cho " * 500, "a a a a " * 200]
)
def test_no_text_is_too_odd(office: Office, talk: Talk, text: str) -> None:
    assert len(talk.type(text)) == 1


def test_each_entry_of_the_menu_is_understood(office: Office, talk: Talk) -> None:
    for entry in account.menu_entries():
        assert len(entry.label) <= account.MOST_LETTERS
        if entry.kind == account.SAYS:
            talk.type(entry.sends)
            assert IncomingMessage.objects.latest("pk").answered_as == entry.taken_for, entry
    opened = [entry.sends for entry in account.menu_entries() if entry.kind == account.OPENS]
    assert [url for url in opened if not url.startswith("http://daklak.localhost")] == []


# --- limits


def guess(talk: Talk, times: int, reader: str = READER) -> list[str]:
    return [talk.type(f"H15.08-261125-{5000 + number}", reader=reader) for number in range(times)]  # type: ignore[misc]


def test_who_guesses_wrongly_is_stopped_and_told_once(office: Office, talk: Talk) -> None:
    dossier = received(office)
    guess(talk, dossier_chat.PER_READER)
    told = talk.ask(f"{dossier.code} {dossier.lookup_key}").body
    assert ("thử nhiều lần" in told, "như in trên giấy hẹn" in told, "lấy mã mới" in told) == (
        True,
        True,
        False,
    )
    assert talk.type(f"{dossier.code} {dossier.lookup_key}") == []
    # Other questions are still answered, and so is everybody else.
    assert "Giờ làm việc" in talk.ask("giờ làm việc").body
    assert dossier.code in talk.ask(dossier.code, reader=SOMEBODY_ELSE).body


@pytest.mark.parametrize("limit", ["PER_ACCOUNT", "PER_PROVINCE"])
def test_many_who_guess_have_few_tries_left_and_shut_nobody_else_out(office, talk, monkeypatch, limit):
    monkeypatch.setattr(dossier_chat, limit, 3)
    for number in range(2):
        guess(talk, 2, reader=f"99{number}")
    dossier = received(office)
    assert "thử nhiều lần" in talk.ask(dossier.code, reader="990").body
    assert dossier.procedure.short_name in talk.ask(f"{dossier.code} {dossier.lookup_key}").body
    # One slip may be mended.
    guess(talk, 1)
    assert dossier.code in talk.ask(dossier.code).body


def test_keys_of_one_code_are_not_tried_on_by_many_and_its_owner_is_told_how_far_it_is(office, talk):
    dossier = received(office)
    for number in range(10):
        talk.type(f"{dossier.code} {wrong_key(dossier)}", reader=f"99{number}")
    for _ in range(2):
        answer = talk.ask(f"{dossier.code} {dossier.lookup_key}").body
        assert f"{dossier.code}: Đã tiếp nhận" in answer
        assert "tạm khóa" in answer
        assert dossier.procedure.short_name not in answer


def test_what_may_be_a_link_code_is_a_guess_beside_a_locked_key(office: Office, talk: Talk) -> None:
    dossier = received(office)
    for number in range(10):
        talk.type(f"{dossier.code} {wrong_key(dossier)}", reader=f"99{number}")
    for number in range(dossier_chat.PER_READER):
        talk.type(dossier.code)
        talk.type(f"22222{number + 2}")
    assert "thử nhiều lần" in talk.ask("222229").body


def test_while_a_person_answers_nothing_answers_by_itself(office: Office, talk: Talk) -> None:
    dossier = received(office)
    code = new_code(dossier)
    talk.type("xin chào")
    talk.tell({"by_hand": True})
    assert talk.carry_on() == []
    for text in ("giờ làm việc", dossier.code, dossier.lookup_key, "cảm ơn", "thôi", "B2C3H4"):
        assert talk.type(text) == []
    # What was plainly said to a machine is done.
    assert "Đã nối" in talk.ask(code).body
    assert len(talk.type("giờ làm việc", reader=SOMEBODY_ELSE)) == 1


def test_after_half_an_hour_it_answers_again(office: Office, talk: Talk) -> None:
    talk.type("xin chào")
    talk.tell({"by_hand": True})
    talk.carry_on()
    Follower.objects.update(human_until=F("human_until") - timedelta(minutes=30))
    assert len(talk.type("giờ làm việc")) == 1


def test_what_was_said_long_ago_is_not_meant_any_more(office: Office, talk: Talk, noon: datetime) -> None:
    dossier = received(office)
    talk.type(dossier.code)
    IncomingMessage.objects.update(heard_at=F("heard_at") - timedelta(minutes=16))
    assert dossier.procedure.short_name not in talk.ask(dossier.lookup_key).body


@pytest.mark.parametrize(("text", "most"), [("{code}", 13), ("giờ làm việc", 11), ("đăng ký kết hôn", 12)])
def test_an_answer_costs_few_statements(office: Office, talk: Talk, text: str, most: int) -> None:
    """At twenty questions a second each of them has fifty milliseconds."""
    reindex()
    text = text.format(code=received(office).code)
    talk.type(text, reader=SOMEBODY_ELSE)
    talk.tell({"text": text})
    with CaptureQueriesContext(connection) as heard:
        assert receive.process_pending() == 1
    with CaptureQueriesContext(connection) as answered:
        assert turns.process_pending() == 1
    assert len(heard) <= 15
    assert len(answered) <= most
