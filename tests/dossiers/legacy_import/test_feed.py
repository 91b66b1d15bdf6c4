"""Following an old system that still runs: a later file of the same dossiers."""

from datetime import date, datetime
from pathlib import Path

import pytest

from dossiers.legacy_import import incremental
from dossiers.legacy_import.importer import Outcome
from dossiers.legacy_import.rows.records import Severity
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from messaging.contacts.models import Consent
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.chatting import Talk, new_code
from tests.dossiers.legacy_files import MAPPING, Row, at_status, row
from tests.dossiers.legacy_import.conftest import Take
from tests.factories import AssignmentFactory, Office

AGREED = {"Đồng_ý_nhận_tin": "x"}


def problems(outcome: Outcome, severity: Severity) -> list[tuple[int, str]]:
    return [(one.row, one.reason) for one in outcome.findings if one.severity is severity]


def feeds() -> list[Event]:
    return list(Event.objects.filter(kind="feed").order_by("sequence"))


def finished(**changed: str) -> Row:
    return at_status(9, Ngày_có_kết_quả="26/11/2026 09:00:00", **changed)


def test_the_same_file_again_changes_nothing(take: Take) -> None:
    rows = [
        at_status(status, Mã_hồ_sơ=f"HS/{status}", Ngày_hẹn_trả="28/11/2026", **AGREED)
        for status in range(1, 11)
    ]
    take(*rows)
    before = Event.objects.count()
    outcome = take(*rows)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 10)
    assert Event.objects.count() == before
    assert not Message.objects.exists()


def test_a_new_status_is_one_event_and_one_message_where_it_was_agreed_to(take: Take) -> None:
    take(row(**AGREED), row(Mã_hồ_sơ="HS/2"))
    outcome = take(finished(**AGREED), finished(Mã_hồ_sơ="HS/2"))
    assert outcome.changed == 2
    event = feeds()[0]
    assert (len(feeds()), event.legacy, event.status) == (2, False, 9)
    assert event.at == datetime(2026, 11, 26, 9, 0, tzinfo=clock.VIETNAM)
    assert Message.objects.get().intent == "done"
    assert event.dossier.finished_at == event.at


def test_a_text_that_needs_what_we_do_not_know_gives_way_to_a_plain_one(take: Take) -> None:
    take(row(**AGREED))
    take(at_status(5, **AGREED))
    message = Message.objects.get()
    assert message.intent == "status_changed"
    assert "Cần bổ sung giấy tờ" in message.body


def test_a_new_assignee_is_an_event_without_a_message(take: Take, office: Office) -> None:
    other = AssignmentFactory(agency=office.department, role="specialist").user
    take(row(Cán_bộ_xử_lý=office.specialist.username, **AGREED))
    take(row(Cán_bộ_xử_lý=other.username, **AGREED))
    assert (Dossier.objects.get().assignee, len(feeds())) == (other, 1)
    assert not Message.objects.exists()


@pytest.mark.parametrize(("before", "after"), [(4, 5), (4, 9), (5, 4), (6, 9), (2, 4)])
def test_a_new_status_with_a_new_date_settles_in_one_run(take: Take, before: int, after: int) -> None:
    when = {"Ngày_có_kết_quả": "26/11/2026 09:00:00"} if after == 9 else {}
    take(at_status(before, Ngày_hẹn_trả="27/11/2026"))
    later = at_status(after, Ngày_hẹn_trả="01/12/2026", **when)
    assert take(later).changed == 1
    again = take(later)
    assert (again.changed, again.unchanged, problems(again, Severity.CLASH)) == (0, 1, [])


def test_papers_that_came_keep_the_date_of_the_old_system(take: Take) -> None:
    take(at_status(5, Ngày_hẹn_trả="27/11/2026"))
    take(row(Ngày_hẹn_trả="03/12/2026"))
    dossier = Dossier.objects.get()
    assert (dossier.paused_since, dossier.due_at) == (None, datetime(2026, 12, 3, 17, tzinfo=clock.VIETNAM))


def test_returned_at_once_keeps_when_it_was_finished(take: Take) -> None:
    take(row(**AGREED))
    take(
        at_status(10, Ngày_có_kết_quả="26/11/2026 08:00:00", Ngày_trả_kết_quả="26/11/2026 09:30:00", **AGREED)
    )
    dossier = Dossier.objects.get()
    assert dossier.finished_at == datetime(2026, 11, 26, 8, tzinfo=clock.VIETNAM)
    assert dossier.closed_at == datetime(2026, 11, 26, 9, 30, tzinfo=clock.VIETNAM)
    assert [one.intent for one in Message.objects.all()] == ["returned"]


def test_a_new_dossier_in_a_later_file_is_history(take: Take) -> None:
    take(row(**AGREED))
    outcome = take(row(**AGREED), row(Mã_hồ_sơ="HS/2", **AGREED))
    assert (outcome.new, outcome.unchanged) == (1, 1)
    assert not Message.objects.exists()


def test_what_vanished_is_reported_and_kept(take: Take) -> None:
    take(row(), row(Mã_hồ_sơ="HS/2"), at_status(10, Mã_hồ_sơ="HS/3"))
    outcome = take(row())
    assert [(one.row, one.value) for one in outcome.findings if one.severity is Severity.MISSING] == [
        (0, "HS/2")
    ]
    assert Dossier.objects.count() == 3


@pytest.mark.parametrize(("before", "after"), [(10, 9), (9, 4), (4, 2), (8, 4), (2, 1)])
def test_a_status_that_goes_back_is_reported_and_left(take: Take, before: int, after: int) -> None:
    take(at_status(before))
    outcome = take(at_status(after))
    assert "đi ngược thời gian" in problems(outcome, Severity.CLASH)[0][1]
    assert Dossier.objects.get().status == before


def test_another_day_of_receipt_and_an_older_file_are_reported_and_left(take: Take) -> None:
    take(row())
    outcome = take(row(Ngày_tiếp_nhận="19/11/2026 08:30:00"))
    assert "ngày tiếp nhận khác" in problems(outcome, Severity.CLASH)[0][1]
    take(finished())
    before = datetime(2026, 11, 25, 9, 0, tzinfo=clock.VIETNAM)
    outcome = take(at_status(8, Ngày_có_kết_quả="24/11/2026"), as_of=before)
    assert "cũ hơn lần nhập trước" in problems(outcome, Severity.CLASH)[0][1]


class TestMovedHere:
    """Staff have moved the dossier by hand since."""

    @pytest.fixture(autouse=True)
    def moved(self, take: Take, office: Office) -> None:
        take(row(Ngày_hẹn_trả="28/11/2026"))
        dossier = Dossier.objects.get()
        services.apply_transition(
            dossier.pk,
            "require_payment",
            actor=office.specialist,
            seen=dossier.last_sequence,
            given=services.TransitionInput(amount="150000", deadline=datetime(2026, 12, 10).date()),
        )

    def test_what_the_old_system_did_not_touch_stands(self, take: Take) -> None:
        outcome = take(row(Ngày_hẹn_trả="28/11/2026"))
        assert (outcome.unchanged, Dossier.objects.get().status) == (1, 6)

    def test_a_row_that_changed_too_is_reported_and_left_whole(self, take: Take, office: Office) -> None:
        for changed in (finished(), row(Cán_bộ_xử_lý=office.specialist.username)):
            outcome = take({**changed, "Ngày hẹn trả": "28/11/2026"})
            ((line, reason),) = problems(outcome, Severity.CLASH)
            assert (line, "ở đây cán bộ cũng đã đổi" in reason, outcome.changed) == (2, True, 0)
        assert (Dossier.objects.get().status, Dossier.objects.get().assignee) == (6, None)
        assert not feeds()

    def test_both_moved_to_the_same_is_none(self, take: Take) -> None:
        outcome = take(at_status(6, Ngày_hẹn_trả="28/11/2026"))
        assert (outcome.unchanged, problems(outcome, Severity.CLASH)) == (1, [])

    def test_a_consent_is_followed_and_does_not_hide_the_move(self, take: Take) -> None:
        agreed = row(Ngày_hẹn_trả="28/11/2026", **AGREED)
        assert take(agreed).changed == 1
        assert take(agreed).unchanged == 1
        assert (Dossier.objects.get().status, Dossier.objects.get().notice_channels) == (6, ["mock"])


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("apologise", {"new_due": date(2026, 12, 4), "reason": "Phải đo lại tại thực địa"}),
        ("assign", {}),
    ],
)
def test_a_date_or_an_assignee_given_here_is_a_change_here(take, office, act, given):
    said = {"Ngày_hẹn_trả": "02/12/2026", "Cán_bộ_xử_lý": office.specialist.username}
    take(row(**said))
    dossier = Dossier.objects.get()
    given = given or {"assignee": office.leader}
    getattr(services, act)(dossier.pk, actor=office.leader, seen=dossier.last_sequence, **given)
    assert take(row(**said)).unchanged == 1
    assert len(problems(take(finished(**said)), Severity.CLASH)) == 1


def test_an_act_beside_the_workflow_is_no_move(take: Take, office: Office) -> None:
    take(row())
    dossier = Dossier.objects.get()
    services.reissue(dossier.pk, actor=office.clerk, seen=dossier.last_sequence, checked="thẻ căn cước")
    assert take(finished()).changed == 1


def test_an_act_between_check_and_writing_is_a_clash(take, office, monkeypatch):

    take(row())
    dossier = Dossier.objects.get()
    apply = incremental.apply

    def late(change: object, directory: object) -> None:
        services.reissue(dossier.pk, actor=office.clerk, seen=dossier.last_sequence, checked="thẻ căn cước")
        apply(change, directory)

    monkeypatch.setattr(incremental, "apply", late)
    outcome = take(finished())
    assert (outcome.changed, len(problems(outcome, Severity.CLASH))) == (0, 1)
    assert not feeds()


def test_a_run_that_was_cut_off_goes_on(take: Take) -> None:
    codes = [f"HS/{n}" for n in range(6)]
    take(*(row(Mã_hồ_sơ=code) for code in codes))
    later = [finished(Mã_hồ_sơ=code) for code in codes]
    with pytest.raises(KeyboardInterrupt):
        take(*later, progress=_interrupt_in_the_middle)
    assert len(feeds()) == 3
    assert take(*later).changed == 3
    assert len(feeds()) == 6


def _interrupt_in_the_middle(what: str, share: float) -> None:
    if what == "Cập nhật hồ sơ đã có" and share >= 0.5:
        raise KeyboardInterrupt


def test_an_error_elsewhere_and_a_trial_keep_a_change_out_and_tell_it(take: Take) -> None:
    take(row())
    for rows, options in (((row(Mã_hồ_sơ="HS/2", Mã_thủ_tục="lạ"),), {}), ((), {"dry_run": True})):
        outcome = take(finished(), *rows, **options)
        assert problems(outcome, Severity.CHANGE) == [(2, "trạng thái 4 → 9")]
        assert not outcome.written
        assert not feeds()
    assert [str(one) for one in take(finished()).findings] == [str(one) for one in outcome.findings]


# --- consents


def test_a_consent_of_a_later_file_is_brought_along_once_and_serves_the_new_status(take: Take) -> None:
    take(row())
    outcome = take(finished(**AGREED))
    assert outcome.changed == 1
    assert Dossier.objects.get().notice_channels == ["mock"]
    assert Consent.objects.get().channel == "mock"
    assert Message.objects.get().intent == "done"
    assert take(finished(**AGREED)).unchanged == 1


@pytest.mark.parametrize(("cell", "left"), [("không", []), ("", ["mock"])])
def test_who_gave_notices_up_at_the_old_system_gets_none_and_an_empty_cell_says_nothing(take, cell, left):
    take(row(**AGREED))
    take(finished(Đồng_ý_nhận_tin=cell))
    assert Dossier.objects.get().notice_channels == left
    assert Message.objects.count() == len(left)


def test_what_was_said_here_about_notices_stands(take: Take) -> None:
    take(row(**AGREED))
    services.stop_notices(Dossier.objects.get().pk, everywhere=False)
    assert take(row(**AGREED)).unchanged == 1
    assert Dossier.objects.get().notice_channels == []


def test_a_chat_that_was_linked_here_stays_linked(take: Take, talk: Talk, tmp_path: Path) -> None:
    mapping = tmp_path / "chat.yaml"
    mapping.write_text(MAPPING.read_text("utf-8").replace("channel: mock", "channel: chat"), "utf-8")
    take(row(**AGREED), mapping=mapping)
    dossier = Dossier.objects.get()
    assert "Đã nối" in talk.type(new_code(dossier))[0]
    assert take(row(Đồng_ý_nhận_tin="không"), mapping=mapping).unchanged == 1
    assert services.is_linked(dossier, "chat")


def test_what_is_refused_at_the_old_system_ends_though_a_chat_was_linked_here(take, talk, tmp_path):
    mapping = tmp_path / "both.yaml"
    own, other = (f"  - column: {column}\n    channel: " for column in ("Đồng ý nhận tin", "Ghi chú"))
    text = MAPPING.read_text("utf-8").replace("  note: Ghi chú\n", "")
    mapping.write_text(text.replace(f"{own}mock\n", f"{own}chat\n{other}mock\n"), "utf-8")
    take(row(**AGREED, Ghi_chú="x"), mapping=mapping)
    dossier = Dossier.objects.get()
    assert "Đã nối" in talk.type(new_code(dossier))[0]
    take(row(Đồng_ý_nhận_tin="không", Ghi_chú="không"), mapping=mapping)
    assert Dossier.objects.get().notice_channels == ["chat"]
    assert services.is_linked(dossier, "chat")
