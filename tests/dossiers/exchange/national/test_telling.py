"""What happens here reaches the national portal: in order, once, whatever the portal does in between."""

from typing import Any

import pytest
from django.db.models.functions import Now

from dossiers.exchange import leases
from dossiers.exchange.national import differences, turn
from dossiers.exchange.national.client import Client
from dossiers.exchange.national.models import NationalDifference
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event, OtherSystem
from tenants.audit import sealer
from tenants.audit.models import Seal
from tests.dossiers.exchange.national.conftest import linked, receive, run
from tests.simulators.national.process import FakeNationalPortal


def act(office: Any, dossier: Dossier) -> None:
    services.assign(dossier.pk, assignee=office.specialist, actor=office.leader, seen=dossier.last_sequence)


def reported(portal: Any, code: str) -> list[str]:
    return [row["TrangThai"] for row in portal.control()[code]["DanhSachTienDo"]]


@pytest.mark.parametrize("dialect", ["adapter", "lgsp"])
def test_a_dossier_is_created_once_and_each_event_is_reported(office, portal, monkeypatch, dialect):
    link = linked(office, portal, dialect)
    dossier = receive(office)
    run(link)
    act(office, dossier)
    run(link)
    assert [one["updating"] for one in portal.taken("DongBoHoSoMC")] == ["False", "True"]
    assert len(reported(portal, dossier.code)) == 2
    assert (turn.waiting(link), link.failures) == (0, 0)
    (row,) = portal.taken("DongBoHoSoMC")[0]["rows"]
    assert (row["MaTTHC"], row["ChuHoSo"], row["TrangThaiHoSo"]) == (
        office.procedure.code,
        "Nguyễn Thị Minh Họa",
        "2",
    )
    assert row["NgayTiepNhan"] == dossier.received_at.strftime("%Y%m%d") + row["NgayTiepNhan"][8:]
    assert "0905000678" not in str(portal.control()), "nobody there needs the number to call"


@pytest.mark.parametrize("fault", ["500", "html", "cut", "500_after", "auth-refuse"])
@pytest.mark.parametrize("service", ["TraCuuHoSo", "DongBoHoSoMC", "CapNhatTienDoHoSoMC", "auth"])
def test_after_a_fault_all_is_there_and_nothing_twice(office, portal, link, service, fault):
    dossier = receive(office)
    portal.fault(fault.removeprefix("auth-"), "auth" if fault == "auth-refuse" else service)
    run(link)
    run(link)
    run(link)
    assert [one["updating"] for one in portal.taken("DongBoHoSoMC")].count("False") == 1
    assert len(reported(portal, dossier.code)) == 1
    assert (turn.waiting(link), NationalDifference.objects.count()) == (0, 0)


def test_while_it_is_away_everything_waits_in_order_and_then_both_are_equal(office, portal, link, tmp_path):
    first = receive(office)
    run(link)
    portal.stop()
    second = receive(office)
    act(office, first)
    for _ in range(12):
        run(link)
    assert (link.failures, bool(link.error), link.failing_since is not None) == (12, True, True)
    assert link.next_try_at - link.failing_since <= turn.LONGEST_WAIT + turn.LEASE
    with FakeNationalPortal(tmp_path / "journal.jsonl", port=portal.port) as again:
        run(link, next_comparison_at=Now())
        assert (len(reported(again, first.code)), len(reported(again, second.code))) == (2, 1)
    assert NationalDifference.objects.count() == 0


def test_a_refused_dossier_is_named_and_holds_nobody_up_and_a_press_sends_all_of_it(office, portal, link):
    first, second = receive(office), receive(office)
    portal.control(refused={first.code: "07"})
    run(link)
    assert list(portal.control()) == [second.code]
    (found,) = NationalDifference.objects.all()
    assert (found.kind, found.code) == ("refused", first.code)
    assert "07" in str(found)
    act(office, first)
    run(link)
    portal.control(refused={})
    differences.send_again(found)
    run(link)
    assert len(reported(portal, first.code)) == 2
    assert NationalDifference.objects.count() == 0


def test_one_dossier_that_breaks_the_portal_does_not_hold_up_the_others(office, portal, link):
    receive(office)
    second = receive(office)
    portal.fault("500", "DongBoHoSoMC", times=turn.TRIES + 1)
    for _ in range(turn.TRIES + 1):
        run(link)
    assert list(portal.control()) == [second.code]
    assert NationalDifference.objects.get().kind == "refused"


def test_what_another_system_leads_and_complaints_never_go_out(office, portal, link, monkeypatch):
    led, complaint, fed_event = receive(office), receive(office), receive(office)
    OtherSystem.objects.create(code="bo", name="Bộ", mapping="")
    Dossier.objects.filter(pk=led.pk).update(source="bo", source_code="1")
    Dossier.objects.filter(pk=complaint.pk).update(kind=Dossier.Kind.COMPLAINT)
    monkeypatch.setattr(Event, "came_in", property(lambda event: event.dossier_id == fed_event.pk))
    run(link)
    assert portal.control() == {}
    assert turn.waiting(link) == 0


def test_a_dossier_from_before_is_asked_for_first(office, portal):
    dossier = receive(office)
    sealer.seal("daklak")
    link = linked(office, portal)
    portal.control(change={"MaHoSo": dossier.code})
    act(office, dossier)
    run(link)
    assert [one["updating"] for one in portal.taken("DongBoHoSoMC")] == ["True"]
    assert len(reported(portal, dossier.code)) == 1


def test_after_an_older_copy_took_the_place_new_codes_are_asked_for_first(office, portal, link):
    restored = turn._follow(link, Client(link), Seal(position=0, source="", row_id=0))
    dossier = receive(office)
    portal.control(change={"MaHoSo": dossier.code})
    run(link, **restored)
    assert [one["updating"] for one in portal.taken("DongBoHoSoMC")] == ["True"]


def test_it_is_off_until_a_person_starts_it_and_one_process_at_a_time_calls(office, portal, link):
    receive(office)
    turn.stop(link)
    run(link)
    assert portal.control() == {}
    turn.start(link)
    held = leases.claim(turn.due(), link.pk, turn.LEASE)
    turn.run(link.pk)
    assert portal.control() == {}
    assert held is not None
    run(link)
    assert len(portal.control()) == 1
    assert not leases.held(held).exists(), "its lease ended: another process has gone on"
