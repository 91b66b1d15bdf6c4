"""Taking over the dossiers of an old system the first time."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dossiers.legacy_import import bulk_insert
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import intake
from dossiers.lifecycle.actions.consents import both_reach
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from dossiers.lifecycle.projection import DERIVED, replay
from dossiers.lookup import lookup
from dossiers.lookup.words import dossier as presentation
from messaging.contacts import contacts
from messaging.contacts.models import Consent, Contact
from tenants import clock
from tenants.refusals import Refused
from tests.dossiers.legacy_files import SHIPPED, STATUSES, at_status, mapping_with, row
from tests.dossiers.legacy_import.conftest import Take, errors
from tests.factories import AgencyFactory, Office, ProcedureFactory


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=clock.VIETNAM)


# --- what a dossier becomes


def test_a_dossier_stands_where_the_old_system_says_with_a_marked_history(take: Take, noon: datetime) -> None:
    take(row())
    dossier = Dossier.objects.get()
    assert (dossier.code, dossier.status, dossier.step) == ("H15.08-261120-0007", 4, "in_progress")
    assert (dossier.source, dossier.source_code) == ("motcua-cu", "H15.08-261120-0007")
    assert len(dossier.lookup_key) == 6
    assert AccessToken.objects.get().purpose == "receipt"
    assert [(one.kind, one.at, one.to_step, one.legacy) for one in Event.objects.all()] == [
        ("receive", local(2026, 11, 20, 8, 30), "received", True),
        ("import", noon, "in_progress", True),
    ]


@pytest.mark.parametrize("status", STATUSES)
def test_each_status_has_its_step_and_its_dates_as_its_events_say(take, office, status):
    take(at_status(status, Ngày_hẹn_trả="26/11/2026", Cán_bộ_xử_lý=office.specialist.username))
    dossier = Dossier.objects.get()
    assert dossier.status == status
    assert dossier.finished_at == (local(2026, 11, 23, 9) if status in (9, 10) else None)
    assert (dossier.closed_at is not None) == (status in (3, 7, 8, 10))
    assert (dossier.paused_since is not None) == (status in (5, 6))
    assert dossier.due_at == local(2026, 11, 26, 17)
    before = {name: getattr(dossier, name) for name in DERIVED}
    replay(dossier, list(dossier.events.select_related("note", "holder", "assignee").order_by("sequence")))
    assert {name: getattr(dossier, name) for name in DERIVED} == before


@pytest.mark.parametrize(
    ("printed", "due"),
    [("03/12/2026 11:00:00", (2026, 12, 3, 11)), ("", (2026, 11, 30, 17))],  # 24/11 is a day off
)
def test_the_date_that_was_printed_is_kept_else_the_term_counts(take, printed, due):
    take(row(Ngày_hẹn_trả=printed))
    dossier = Dossier.objects.get()
    assert dossier.due_at == dossier.original_due_at == local(*due)


def test_a_pause_moves_the_printed_date_when_work_goes_on(take: Take, office: Office) -> None:
    take(at_status(6, Ngày_trạng_thái="23/11/2026", Ngày_hẹn_trả="26/11/2026"))
    dossier = Dossier.objects.get()
    with clock.frozen(local(2026, 11, 26, 7, 30)):
        services.apply_transition(
            dossier.pk,
            "payment_received",
            actor=office.clerk,
            seen=dossier.last_sequence,
            given=services.TransitionInput(assignee=office.specialist),
        )
    dossier.refresh_from_db()
    assert dossier.due_at == local(2026, 11, 30, 17)  # Monday and Wednesday were lost


@pytest.mark.parametrize(("status", "stage", "promised"), [(1, 1, False), (3, None, False), (5, 3, True)])
def test_what_was_filed_online_was_accepted_where_the_old_system_went_on_with_it(
    take: Take, status: int, stage: int | None, *, promised: bool
) -> None:
    take(at_status(status, Hình_thức_nộp="Trực tuyến"))
    dossier = Dossier.objects.get()
    events = list(dossier.events.order_by("sequence"))
    assert events[0].status == 1
    assert (presentation.progress(dossier)["stage"], bool(presentation.why_due(dossier, events))) == (
        stage,
        promised,
    )


def test_assignee_by_full_name_of_a_dossier_just_received(take: Take, office: Office) -> None:
    take(at_status(2, Cán_bộ_xử_lý=office.specialist.full_name.upper()))
    dossier = Dossier.objects.get()
    assert (dossier.step, dossier.assignee) == ("received", office.specialist)


def test_words_of_the_old_system_are_understood(take: Take) -> None:
    """The official name of a procedure; a person who left, whom the mapping gives to nobody."""
    take(row(Mã_thủ_tục="THỦ TỤC ĐĂNG KÝ KẾT HÔN", Cán_bộ_xử_lý="Nguyễn Văn Minh Họa (đã chuyển công tác)"))
    dossier = Dossier.objects.get()
    assert (dossier.procedure.code, dossier.assignee) == ("1.000894", None)


def test_an_inner_step_that_the_mapping_names(office: Office, take: Take, tmp_path: Path) -> None:
    mapping = mapping_with(
        tmp_path / "m.yaml",
        ("name: Đang xử lý, status: 4}", "name: Đang xử lý, status: 4, step: received}"),
    )
    assert "không có bước “received” ở trạng thái 4" in errors(take(row(), mapping=mapping))[0][2]


def test_a_consent_is_carried_over_and_a_known_number_keeps_its_name(take: Take, office: Office) -> None:
    services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk)
    agreed = {"Đồng_ý_nhận_tin": "x"}
    take(
        row(Chủ_hồ_sơ="Tên Khác", **agreed),
        row(Mã_hồ_sơ="HS/1", Điện_thoại="0905000679", **agreed),
        row(Mã_hồ_sơ="HS/2", Điện_thoại="0905000679", **agreed),
    )
    assert [contact.name for contact in Contact.objects.order_by("pk")] == ["Nguyễn Thị Minh Họa"] * 2
    assert Consent.objects.count() == 2
    assert Dossier.objects.get(source_code="HS/2").notice_channels == ["mock"]


def test_a_number_stored_under_an_older_key_is_known(take: Take, office: Office, settings: Any) -> None:
    services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk)
    settings.INDEX_KEYS = ["newer", *settings.INDEX_KEYS]
    take(row(Đồng_ý_nhận_tin="x"))
    assert Contact.objects.count() == 1


# --- agencies after the merger


def test_open_work_of_a_dissolved_agency_is_its_successors_and_closed_work_stays(take, office):
    old = AgencyFactory(
        code="H15.60", name="UBND huyện Minh Họa", dissolved_on="2025-07-01", successor=office.desk
    )
    take(
        row(Đơn_vị_tiếp_nhận="UBND huyện Minh Họa"),
        at_status(10, Mã_hồ_sơ="HS/2", Đơn_vị_tiếp_nhận="H15.60"),
    )
    open_one, closed = Dossier.objects.order_by("pk")
    assert (open_one.receiving_agency, open_one.events.get(sequence=1).agency) == (office.desk, old)
    assert closed.receiving_agency == old
    AgencyFactory(code="H15.61", name="Huyện", dissolved_on="2025-07-01")
    again = take(row(Mã_hồ_sơ="HS/3", Đơn_vị_tiếp_nhận="H15.61"))
    assert "chưa có cơ quan kế thừa" in errors(again)[0][2]


def test_a_commune_that_kept_the_name_of_one_it_grew_from_but_no_other_name_of_two(take: Take) -> None:
    new = AgencyFactory(code="H15.71", name="UBND xã Tân Lập", desk=True)
    AgencyFactory(code="H15.70", name="UBND xã Tân Lập", dissolved_on="2025-07-01", successor=new)
    take(row(Đơn_vị_tiếp_nhận="UBND xã Tân Lập"))
    assert Dossier.objects.get().receiving_agency == new
    AgencyFactory(code="H15.72", name="UBND xã Tân Lập", desk=True)
    again = take(row(Mã_hồ_sơ="HS/2", Đơn_vị_tiếp_nhận="UBND xã Tân Lập"))
    assert "nhiều cơ quan cùng tên" in errors(again)[0][2]


# --- codes


def test_a_code_that_is_none_of_ours_gets_one_past_the_others(take: Take) -> None:
    codes = ("HS/17", "H15.08-261120-0009", "HS/18", "000.00.15.h15-251124-0042", "H19.08-261120-0099")
    outcome = take(*(row(Mã_hồ_sơ=code) for code in codes))
    assert dict(Dossier.objects.values_list("source_code", "code")) == {
        "HS/17": "H15.08-261120-0010",
        "H15.08-261120-0009": "H15.08-261120-0009",
        "HS/18": "H15.08-261120-0011",
        "000.00.15.h15-251124-0042": "000.00.15.H15-251124-0042",
        "H19.08-261120-0099": "H15.08-261120-0012",
    }
    assert outcome.new_codes == 3


def test_a_new_receipt_never_gets_a_number_that_came_along(take: Take, office: Office) -> None:
    take(row(Mã_hồ_sơ="H15.08-261125-0041", Ngày_tiếp_nhận="25/11/2026 08:00:00"))
    received = services.receive(office.intake(), actor=office.clerk)
    assert received.dossier.code == "H15.08-261125-0042"


def test_a_code_that_a_dossier_of_ours_has_is_refused(take: Take, office: Office) -> None:
    services.receive(office.intake(), actor=office.clerk)
    outcome = take(row(Mã_hồ_sơ="H15.08-261125-0001"))
    assert "đã thuộc một hồ sơ khác" in errors(outcome)[0][2]


def test_the_same_code_twice_is_refused_in_any_spelling(take: Take) -> None:
    outcome = take(row(), row(Mã_hồ_sơ="h15.08 261120 0007"))
    assert errors(outcome) == [(3, "Mã hồ sơ", "mã này đã có ở dòng 2")]


def test_numbers_given_at_a_desk_meanwhile_are_not_given_again(take, office, monkeypatch):
    def meanwhile(what: str, share: float) -> None:
        if Dossier.objects.count() == 1:
            assert intake.next_code(office.desk, date(2026, 11, 25)) == "H15.08-261125-0001"

    monkeypatch.setattr(bulk_insert, "AT_ONCE", 1)
    take(row(Mã_hồ_sơ="HS/1", Ngày_tiếp_nhận="25/11/2026 08:00:00"), row(), progress=meanwhile)
    assert Dossier.objects.get(source_code="HS/1").code == "H15.08-261125-0002"


def test_a_code_taken_while_rows_were_checked_leaves_nothing(take, office, monkeypatch):
    def meanwhile(what: str, share: float) -> None:
        if not Dossier.objects.exists():
            services.receive(office.intake(), actor=office.clerk)

    with pytest.raises(Refused, match="vừa được cấp"):
        take(row(Mã_hồ_sơ="H15.08-261125-0001", Ngày_tiếp_nhận="25/11/2026 08:00:00"), progress=meanwhile)
    assert not Dossier.objects.exclude(source="").exists()


def test_an_old_code_leads_to_ours_but_to_no_complaint(take: Take) -> None:
    take(row(Mã_hồ_sơ="HS/17"))
    assert lookup.code_of_legacy(" HS/17\n") == "H15.08-261120-0001"
    assert lookup.code_of_legacy("HS/18") is None
    assert isinstance(lookup.by_code("HS/17"), lookup.Progress)
    ProcedureFactory(complaint=True)
    take(row(Mã_hồ_sơ="HS/17"), row(Mã_hồ_sơ="KN/1", Mã_thủ_tục="1.003504"))
    assert Dossier.objects.get(source_code="KN/1").kind == Dossier.Kind.COMPLAINT
    assert lookup.code_of_legacy("KN/1") is None


def test_who_withdrew_a_consent_here_is_not_signed_up_again_by_an_old_list(take, office):
    services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk)
    contacts.withdraw(Contact.objects.get(), how="trang tra cứu")
    take(row(Điện_thoại="0905000678", Đồng_ý_nhận_tin="x"))
    assert not Consent.objects.filter(withdrawn_at=None).exists()


@pytest.mark.parametrize("switched_on", [[], ["mock"]])
def test_a_consent_for_a_channel_that_is_off_is_kept_and_holds_from_the_day_it_is_on(
    take: Take, office: Office, settings: Any, switched_on: list[str]
) -> None:
    settings.MESSAGING_CHANNELS = switched_on
    take(row(Đồng_ý_nhận_tin="x"), mapping=SHIPPED)
    dossier = Dossier.objects.get()
    assert (dossier.notice_channels, Consent.objects.get().channel) == (["sms"], "sms")
    assert both_reach(dossier)[0].on == ()
    settings.MESSAGING_CHANNELS = [*switched_on, "sms"]
    assert both_reach(dossier)[0].on == ("sms",)
