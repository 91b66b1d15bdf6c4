"""Another system tells of its dossiers through the door: an answer to each row, and nothing done twice."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection

from dossiers.desk.worklist import counts as worklist
from dossiers.exchange.feeds import receive
from dossiers.legacy_import import incremental
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import event_journal, permissions
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier, Event, OtherSystem
from dossiers.statistics.counts import figures_and_led
from messaging.channels.lanes.lanes import ensure_lane
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants.organisation.models import Role
from tests.dossiers.exchange.conftest import Send
from tests.dossiers.legacy_files import Row, at_status
from tests.dossiers.legacy_files import row as plain_row
from tests.factories import AgencyFactory, AssignmentFactory, Office

AGREED = {"Đồng_ý_nhận_tin": "x"}


def row(**changed: str) -> Row:
    """One dossier that is being settled since the day before."""
    return plain_row(**{"Ngày_trạng_thái": "24/11/2026 08:00:00", **changed})


def told(answers: list[dict[str, Any]]) -> list[str]:
    return [one["outcome"] for one in answers]


def since(status: int, at: str, **changed: str) -> Row:
    return at_status(status, Ngày_trạng_thái=at, **changed)


def standing() -> list[Any]:
    return list(Dossier.objects.order_by("pk").values_list("code", "status", "last_sequence"))


def test_new_changed_and_same_and_the_same_rows_twice_change_nothing(send: Send) -> None:
    rows = [row(**AGREED), row(Mã_hồ_sơ="HS/2")]
    first = send(*rows)
    assert (told(first), first[0]["code"]) == (["created"] * 2, "H15.08-261120-0007")
    assert told(send(*rows)) == ["unchanged"] * 2
    later = since(5, "25/11/2026 09:00:00", **AGREED)
    assert told(send(later, rows[1], later)) == ["changed", "unchanged", "unchanged"]
    before = standing()
    assert told(send(later, rows[1])) == ["unchanged"] * 2
    assert standing() == before
    assert Message.objects.get().intent == "status_changed"


def test_a_dossier_first_met_late_is_made_so_and_nobody_is_told(send: Send) -> None:
    assert told(send(at_status(9, **AGREED))) == ["created"]
    assert (Dossier.objects.get().status, Message.objects.count(), Call.objects.count()) == (9, 0, 0)


# What was sent first, what comes after it, the answer to that, and words of its sentence.
OVERTAKEN = {
    "earlier that day": (since(5, "25/11/2026 09:00:00"), since(4, "25/11/2026 08:00:00"), "unchanged", "dòng cũ hơn"),
    "later that day": (since(5, "25/11/2026 08:00:00"), since(4, "25/11/2026 09:00:00"), "changed", ""),
    "a day before": (since(5, "25/11/2026 09:00:00"), since(4, "24/11/2026 09:00:00"), "unchanged", "đi ngược thời gian"),
    "back from its end": (at_status(10), at_status(4), "refused", "đi ngược thời gian"),
    "another receipt": (row(), row(Ngày_tiếp_nhận="19/11/2026 08:30:00"), "refused", "ngày tiếp nhận khác"),
    "from tomorrow": (row(), since(5, "26/11/2026 09:00:00"), "refused", "sau thời điểm"),
    "a status of its own": (row(), row(Mã_trạng_thái="77"), "refused", "không có trong bảng ánh xạ"),
}  # fmt: skip


@pytest.mark.parametrize("name", OVERTAKEN)
def test_what_comes_out_of_order_is_answered_and_changes_nothing_wrongly(send: Send, name: str) -> None:
    first, later, outcome, words = OVERTAKEN[name]
    send(first)
    before = standing()
    (answer,) = send(later)
    assert (answer["outcome"], words in answer["problem"]) == (outcome, True), answer
    assert (standing() == before) is (outcome != "changed")
    assert told(send(later)) == ["unchanged" if outcome == "changed" else outcome]


BAD_ROWS = {
    "no row": ("x", "đối tượng JSON"),
    "NUL": (row(Chủ_hồ_sơ="A\0B"), "ký tự hỏng"),
    "a list": ({**row(), "Chủ hồ sơ": ["A"]}, "chuỗi hoặc số"),
    "a number that is no date": ({**row(), "Ngày tiếp nhận": 1e300}, "không phải ngày"),
    "a long cell": (row(Chủ_hồ_sơ="A" * 3000), "không quá 2000"),
    "a link": (row(Chủ_hồ_sơ="Mở www.vi-du.example"), "liên kết"),
    "a tag": (row(Chủ_hồ_sơ="<b>Hoa</b>"), "liên kết"),
    "nothing": ({}, "không có mã hồ sơ"),
    "another province": (row(Đơn_vị_tiếp_nhận="H19.08"), "không có cơ quan này"),
    "an agency of others": (row(Đơn_vị_giải_quyết="Phòng Kinh tế"), "ngoài phạm vi"),
    "a number that leaves a desk none": (row(Mã_hồ_sơ="H15.08-261120-9999998"), "lớn bất thường"),
    "a number of a day to come": (row(Mã_hồ_sơ="H15.08-270120-0007"), "còn chưa đến"),
    "a number of another desk": (row(Mã_hồ_sơ="H15.16-261120-0007"), "ngoài phạm vi"),
}


def test_each_bad_row_is_answered_in_words_beside_a_good_one(send: Send, office: Office) -> None:
    answers = send(*(bad for bad, _words in BAD_ROWS.values()), row())
    assert told(answers) == ["refused"] * len(BAD_ROWS) + ["created"]
    for (name, (_bad, words)), answer in zip(BAD_ROWS.items(), answers, strict=False):
        assert words in answer["problem"], (name, answer)
    assert Dossier.objects.count() == 1


BAD_BODIES = {
    "too many": ({"rows": [{}] * 100_000}, 400),
    "no list": ({"rows": {}}, 400),
    "nothing": ({}, 400),
    "a list": ([], 400),
    "no JSON": ("{", 400),
    "too large": ({"rows": ["x" * 3_000_000]}, 413),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_whole(door: Callable[..., Any], name: str) -> None:
    body, status = BAD_BODIES[name]
    assert door(body if isinstance(body, str) else json.dumps(body)).status_code == status


def test_a_dossier_takes_so_many_states_and_no_more(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = send(row())
    monkeypatch.setattr(event_journal, "MOST_OF_MACHINES", Dossier.objects.get().last_sequence)
    (answer,) = send(since(5, "25/11/2026 09:00:00"))
    assert (answer["outcome"], "quá nhiều việc" in answer["problem"]) == ("refused", True)
    assert Dossier.objects.get().code == made["code"]


def test_a_code_that_stands_here_by_another_way_is_never_taken_over(send: Send, office: Office) -> None:
    dossier = services.receive(office.intake(), actor=office.clerk).dossier
    (answer,) = send(at_status(9, Mã_hồ_sơ=dossier.code))
    assert (answer["outcome"], "không do hệ thống này" in answer["problem"]) == ("refused", True)
    Dossier.objects.filter(pk=dossier.pk).update(source="nguon-khac", source_code=dossier.code)
    assert told(send(row(Mã_hồ_sơ=dossier.code))) == ["refused"]
    assert Dossier.objects.get().last_sequence == dossier.last_sequence


class TestWhoMaySend:
    """The source's own account, with the role of a feed and nothing else."""

    def test_another_source_is_like_none(self, door: Callable[..., Any], system: OtherSystem) -> None:
        OtherSystem.objects.create(code="cua-nguoi-khac", name="Bộ khác", mapping=system.mapping)
        assert [door({"rows": []}, source).status_code for source in ("cua-nguoi-khac", "khong-co")] == [
            403
        ] * 2

    @pytest.mark.parametrize("role", [Role.CLERK, Role.ADMINISTRATOR])
    def test_nobody_with_another_role(
        self, door: Any, system: OtherSystem, office: Office, role: str
    ) -> None:
        AssignmentFactory(user=system.account, agency=office.desk, role=role)
        assert door({"rows": [row()]}).status_code == 403
        assert not Dossier.objects.exists()

    def test_within_its_agencies_alone(self, send: Send, system: OtherSystem) -> None:
        send(row())
        system.account.assignments.update(agency=AgencyFactory(code="H15.77"))
        answers = send(since(5, "25/11/2026 09:00:00"), row(Mã_hồ_sơ="HS/2"))
        assert (told(answers), Dossier.objects.get().status) == (["refused"] * 2, 4)

    def test_the_role_opens_nothing_else(self, send: Send, system: OtherSystem) -> None:
        send(row())
        assert system.account.get_all_permissions() == set()
        assert not permissions.visible_to(system.account).exists()


def test_a_led_dossier_takes_no_act_and_says_where_it_is_settled(
    send: Send, office: Office, system: OtherSystem, citizen: Any
) -> None:
    send(row(**AGREED))
    dossier = Dossier.objects.get()
    given = services.TransitionInput(amount="150000", deadline=datetime(2026, 12, 10).date())
    with pytest.raises(NotPossible, match="hệ thống của Bộ Tư pháp"):
        services.apply_transition(
            dossier.pk, "require_payment", actor=office.specialist, seen=None, given=given
        )
    assert not services.possible_transitions(dossier, office.specialist)
    services.remark(dossier.pk, actor=office.specialist, text="Đã gọi hỏi.")
    asked = {"code": dossier.code, "key": dossier.lookup_key}
    found = citizen.post("/api/v1/lookup/", asked, content_type="application/json").json()
    assert found["details"]["led_by"] == "Bộ Tư pháp"
    page = citizen.post("/tra-cuu/", asked, follow=True).content.decode()
    assert "hệ thống của Bộ Tư pháp" in page
    OtherSystem.objects.update(leading=False)
    assert services.possible_transitions(dossier, office.specialist)


def test_a_led_dossier_is_counted_apart_and_no_work_of_the_desk(send: Send, office: Office) -> None:
    received = row(Ngày_hẹn_trả="24/11/2026 17:00:00")
    send(received)
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    counted, led = figures_and_led(first, last, by="agency", scope=Dossier.objects.all())
    assert (counted.total.total, counted.total.late, led) == (0, 0, 1)
    assert set(worklist.counts(office.leader).values()) == {0}
    OtherSystem.objects.update(leading=False)
    counted, led = figures_and_led(first, last, by="agency", scope=Dossier.objects.all())
    assert (counted.total.total, counted.total.late, led) == (1, 1, 0)
    assert worklist.counts(office.leader)["qua-han"] == 1


def test_notices_end_with_the_budget_of_the_day_and_states_do_not(send: Send, system: OtherSystem) -> None:
    OtherSystem.objects.update(notices_per_day=1)
    send(row(**AGREED), row(Mã_hồ_sơ="HS/2", **AGREED))
    at = "25/11/2026 09:00:00"
    answers = send(since(5, at, **AGREED), since(5, at, Mã_hồ_sơ="HS/2", **AGREED))
    assert (told(answers), Message.objects.count()) == (["changed"] * 2, 1)
    assert [one["problem"] != "" for one in answers] == [False, True]


def test_nothing_that_was_sent_stands_in_a_notice_but_the_name(send: Send) -> None:
    words = {"Ghi_chú": "LẠ-GHI-CHÚ", "Địa_chỉ": "LẠ-ĐỊA-CHỈ", "Cách_nhận_kết_quả": "LẠ-CÁCH"}
    send(row(**AGREED, **words))
    send(since(5, "25/11/2026 09:00:00", **AGREED, **words))
    message = Message.objects.get()
    assert "LẠ" not in f"{message.title} {message.body} {message.rows}"
    assert all(event.came_in for event in Event.objects.all())


def test_who_withdrew_here_is_not_written_to(send: Send) -> None:
    send(row(**AGREED))
    services.stop_notices(Dossier.objects.get().pk, everywhere=True)
    assert told(send(since(5, "25/11/2026 09:00:00", **AGREED))) == ["changed"]
    assert (Message.objects.count(), Call.objects.count()) == (0, 0)


@pytest.mark.parametrize("where", ["known", "import_batch", "apply"])
def test_sent_again_after_a_break_all_is_there_once(
    send: Send, door: Any, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The process dies at this point of a call that would make one dossier and move two others."""
    send(row(Mã_hồ_sơ="HS/1", **AGREED), row(Mã_hồ_sơ="HS/2", **AGREED))
    at = "25/11/2026 09:00:00"
    rows = [since(5, at, Mã_hồ_sơ=f"HS/{n}", **AGREED) for n in (1, 2)] + [row(Mã_hồ_sơ="HS/3")]
    place = receive if where == "import_batch" else incremental
    done, real = iter((False, True)), getattr(place, where)

    def dies(*args: Any, **options: Any) -> Any:
        if where != "apply" or next(done):
            raise KeyboardInterrupt
        return real(*args, **options)

    monkeypatch.setattr(place, where, dies)
    with pytest.raises(KeyboardInterrupt):
        door({"rows": rows})
    monkeypatch.setattr(place, where, real)
    send(*rows)
    assert told(send(*rows)) == ["unchanged"] * 3
    assert [status for _code, status, _last in standing()] == [5, 5, 4]
    assert Message.objects.count() == Event.objects.filter(kind="feed").count() == 2


def test_one_state_with_its_notice_costs_few_statements(send: Send, system: OtherSystem) -> None:
    """What a further row adds to a call: the call's own statements are shared by up to 500."""
    ensure_lane("mock")
    codes = [f"HS/{number}" for number in range(1, 7)]
    phones = [f"09050006{number:02}" for number in range(1, 7)]
    send(*(row(Mã_hồ_sơ=code, Điện_thoại=phone, **AGREED) for code, phone in zip(codes, phones, strict=True)))

    def rows(numbers: Iterator[int] | range) -> list[Row]:
        at = "25/11/2026 09:00:00"
        return [since(5, at, Mã_hồ_sơ=codes[n], Điện_thoại=phones[n], **AGREED) for n in numbers]

    def statements(some: list[Row]) -> int:
        sent: list[str] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            sent.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            answers = receive.receive_rows(system, some, agencies=None)
        assert {one.outcome for one in answers} == {"changed"}
        # In a test a transaction's own BEGIN and COMMIT are a savepoint.
        return sum(not sql.startswith(("SAVEPOINT", "RELEASE")) for sql in sent)

    statements(rows(range(1)))
    one, three = statements(rows(range(1, 2))), statements(rows(range(2, 5)))
    # One more wakes the lane after the commit, which a test has not.
    assert (three - one) / 2 + 1 <= 14, (one, three)
    assert Message.objects.count() == 5
