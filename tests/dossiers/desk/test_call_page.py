"""The desk's list of calls as its people meet it. People and numbers are invented."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from messaging.outbox import phone_calls
from messaging.outbox.models.phone_calls import Call, CallTry
from tenants.audit.models import AuditEntry
from tests.dossiers.desk.test_desk import logged_in
from tests.factories import AgencyFactory, AssignmentFactory, Office

LIST = "/quan-tri/goi-dien/"
NUMBER = "0905000678"
NAME = "Nguyễn Thị Minh Họa"


@pytest.fixture
def dossier(office: Office) -> Dossier:
    return services.receive(office.intake(), actor=office.clerk).dossier


def to_call(office: Office, dossier: Dossier, event: int = 7, **changed: Any) -> Call:
    values: dict[str, Any] = {
        "subject": dossier.subject,
        "intent": "apology",
        "desk": office.desk,
        "name": NAME,
        "phone": NUMBER,
        "title": "Xin lỗi ông/bà vì trả kết quả chậm",
        "body": f"Kính gửi ông/bà {NAME}, hẹn mới 16:30, 30/11/2026.",
        "reason": Call.Reason.NO_CONSENT,
    }
    with transaction.atomic():
        return phone_calls.open_without_message(event=event, **{**values, **changed})


@pytest.fixture
def call(office: Office, dossier: Dossier) -> Call:
    return to_call(office, dossier)


def page(response: Any) -> str:
    return str(response.content.decode())


def post(client: Client, call: Call, outcome: str, note: str = "", query: str = "") -> Any:
    return client.post(f"{LIST}{call.pk}/{query}", {"outcome": outcome, "note": note})


def state(call: Call) -> tuple[str, int]:
    call.refresh_from_db()
    return call.outcome, call.tries.count()


def test_the_list_says_whom_to_call_what_to_tell_and_why_but_no_whole_number(
    clerk: Client, call: Call, dossier: Dossier
) -> None:
    shown = page(clerk.get(LIST))
    told = [NAME in shown, call.body in shown, "Chưa đồng ý nhận tin" in shown, "09•• ••• 678" in shown]
    assert (told, NUMBER in shown) == ([True] * 4, False)
    assert f'href="/quan-tri/dossiers/dossier/{dossier.pk}/change/"' in shown


def test_what_is_no_dossier_of_this_person_is_named_without_a_link(office: Office, dossier: Dossier) -> None:
    desk = AgencyFactory(desk=True)
    to_call(office, dossier, desk=desk)
    shown = page(logged_in(AssignmentFactory(agency=desk).user).get(LIST))
    assert (dossier.code in shown, f"/dossier/{dossier.pk}/change/" in shown) == (True, False)


def test_the_number_is_shown_on_request_and_the_reading_recorded(clerk: Client, call: Call) -> None:
    answer = clerk.post(f"{LIST}{call.pk}/so/")
    assert f'href="tel:{NUMBER}"' in page(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    entry = AuditEntry.objects.get(action="call.number")
    assert (entry.subject, entry.detail, entry.address) == (call.subject, {"call": call.pk}, "127.0.0.1")
    assert clerk.get(f"{LIST}{call.pk}/so/").status_code == 405


@pytest.mark.parametrize("path", ["", "{pk}/"])
def test_reading_is_recorded(clerk: Client, call: Call, path: str) -> None:
    clerk.get(LIST + path.format(pk=call.pk))
    assert AuditEntry.objects.filter(action__in=["call.list", "call.read"]).count() == 1


def test_no_answer_stays_on_the_list_with_the_try(clerk: Client, call: Call) -> None:
    answer = post(clerk, call, "no_answer", "Chuông đổ, không ai nghe", "?ly-do=no_consent&trang=2&la=khac")
    assert answer.headers["Location"] == f"{LIST}?ly-do=no_consent&trang=2"
    shown = page(clerk.get(LIST))
    assert ("đã gọi 1 lần" in shown, "Chuông đổ, không ai nghe" in shown) == (True, True)


@pytest.mark.parametrize(
    ("outcome", "note", "said"),
    [
        ("unreachable", "", "vì sao không thể báo được"),
        ("told_otherwise", "a" * 301, "a" * 301),
        ("overtaken", "", "Xin chọn kết quả"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    clerk: Client, call: Call, outcome: str, note: str, said: str
) -> None:
    answer = post(clerk, call, outcome, note)
    assert (answer.status_code, said in page(answer), state(call)) == (422, True, ("", 0))


def test_the_second_clerk_reads_that_it_is_done_and_by_whom(
    office: Office, clerk: Client, call: Call
) -> None:
    answer = post(clerk, call, "told")
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert call.body not in page(clerk.get(LIST))
    second = AssignmentFactory(agency=office.desk).user
    answer = post(logged_in(second), call, "unreachable", "Sai số")
    assert (answer.status_code, state(call)) == (409, ("told", 1))
    assert f"{office.clerk.full_name} đã ghi kết quả" in page(answer)
    answer = clerk.post(f"{LIST}{call.pk}/so/")
    assert (answer.status_code, NUMBER in page(answer)) == (409, False)


def test_what_is_done_is_listed_with_outcome_and_who(office: Office, clerk: Client, call: Call) -> None:
    post(clerk, call, "told_otherwise", "Nhắn qua tổ trưởng")
    shown = page(clerk.get(f"{LIST}?xong=1"))
    told = [
        part in shown
        for part in (NAME, "Đã báo bằng cách khác", office.clerk.full_name, "Nhắn qua tổ trưởng")
    ]
    assert told == [True] * 4


def test_a_reason_narrows_the_list(office: Office, clerk: Client, call: Call, dossier: Dossier) -> None:
    to_call(office, dossier, event=8, reason=Call.Reason.EXPIRED, title="Tin quá hạn minh họa")
    shown = page(clerk.get(f"{LIST}?ly-do=expired"))
    assert ("Tin quá hạn minh họa" in shown, call.title in shown) == (True, False)


@pytest.mark.parametrize("query", ["?ly-do=x", "?trang=abc", "?trang=99999", "?cua=x&xong=x"])
def test_a_strange_filter_does_no_harm(clerk: Client, call: Call, query: str) -> None:
    assert clerk.get(LIST + query).status_code == 200


def test_the_list_has_pages(office: Office, clerk: Client, dossier: Dossier) -> None:
    for event in range(21):
        to_call(office, dossier, event=event, title=f"Tin minh họa số {event}.")
    first, second = page(clerk.get(LIST)), page(clerk.get(f"{LIST}?trang=2"))
    assert ("Tin minh họa số 20." in first, "Tin minh họa số 20." in second) == (False, True)


def test_a_page_of_many_costs_no_more_queries_than_one(
    office: Office, clerk: Client, dossier: Dossier
) -> None:
    spent = []
    for events in (range(1), range(1, 20)):
        for event in events:
            phone_calls.record(
                to_call(office, dossier, event=event).pk, actor=office.clerk, outcome="no_answer"
            )
        with CaptureQueriesContext(connection) as queries:
            clerk.get(LIST)
        spent.append(len(queries))
    assert spent[0] == spent[1]


def test_a_specialist_of_the_desk_sees_the_call_but_gets_neither_number_nor_buttons(
    office: Office, call: Call
) -> None:
    person = logged_in(AssignmentFactory(agency=office.desk, role="specialist").user)
    shown = page(person.get(LIST))
    assert (NAME in shown, 'name="outcome"' in shown) == (True, False)
    assert [person.post(f"{LIST}{call.pk}/so/").status_code, post(person, call, "told").status_code] == [
        403,
        403,
    ]


def test_another_desk_meets_nothing(call: Call) -> None:
    stranger = logged_in(AssignmentFactory(agency=AgencyFactory(desk=True)).user)
    assert NAME not in page(stranger.get(LIST))
    found = [
        stranger.get(f"{LIST}{call.pk}/"),
        stranger.post(f"{LIST}{call.pk}/so/"),
        post(stranger, call, "told"),
    ]
    assert [answer.status_code for answer in found] == [404, 404, 404]


def test_a_call_without_a_number_can_still_be_recorded(
    office: Office, clerk: Client, dossier: Dossier
) -> None:
    call = to_call(office, dossier, phone="")
    assert "không có số điện thoại" in page(clerk.get(LIST))
    assert post(clerk, call, "told_otherwise", "Gửi thư").status_code == 302


def test_the_menu_counts_open_calls(clerk: Client, call: Call) -> None:
    def count() -> list[str]:
        return re.findall(r'class="mc-rail__count">(\w+)<', page(clerk.get(LIST)))

    assert count() == ["1"]
    post(clerk, call, "told_otherwise", "Gửi thư")
    assert count() == []


def test_the_dossier_says_that_somebody_is_to_be_called(clerk: Client, call: Call, dossier: Dossier) -> None:
    shown = page(clerk.get(f"/quan-tri/dossiers/dossier/{dossier.pk}/change/?tab=thong-bao"))
    assert f'href="{LIST}?ho-so={dossier.code}"' in shown


def test_the_calls_of_one_dossier_alone(office: Office, clerk: Client, call: Call) -> None:
    other = services.receive(office.intake(), actor=office.clerk).dossier
    to_call(office, other, title="Hồ sơ khác minh họa")
    shown = page(clerk.get(f"{LIST}?ho-so={other.code}"))
    assert ("Hồ sơ khác minh họa" in shown, call.title in shown) == (True, False)


def test_a_name_is_shown_as_it_is_written(office: Office, clerk: Client, dossier: Dossier) -> None:
    to_call(office, dossier, name="<b>Minh Họa</b>", body="<script>1</script>")
    shown = page(clerk.get(LIST))
    assert ("<b>Minh Họa</b>" in shown, "<script>1</script>" in shown) == (False, False)


def test_the_table_of_calls_can_only_be_looked_at(office: Office, call: Call) -> None:
    from tests.factories import UserFactory

    administrator = logged_in(UserFactory(administrator=True))
    table = "/quan-tri/messaging/call/"
    shown = page(administrator.get(f"{table}{call.pk}/change/"))
    assert (NAME in shown, NUMBER in shown) == (True, False)
    answers = [
        administrator.get(f"{table}add/"),
        administrator.post(f"{table}{call.pk}/delete/", {"post": "yes"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert not CallTry.objects.exists()
