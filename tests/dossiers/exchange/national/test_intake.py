"""What is filed at the national portal comes to the desk once, by the examiner, and the clerk's answer goes back."""

import base64
from typing import Any

import pytest
from django.db.models.functions import Now

from dossiers.exchange.national import intake
from dossiers.exchange.national.client import Client
from dossiers.exchange.national.models import NationalDifference, NationalDossier
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Attachment, Dossier
from tests.dossiers.exchange.national.conftest import linked, run
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office

CODE = "G22.99.21-261124-0000123"


def filed(office: Office, code: str = CODE, **changed: Any) -> dict[str, Any]:
    """A filing there, with one paper."""
    row = {
        "MaHoSo": code, "MaTTHC": office.procedure.code, "MaDonVi": office.desk.code, "ChuHoSo": "Trần Văn Minh Họa",
        "LoaiDoiTuong": "1", "MaDoiTuong": "066190000001", "SoDienThoai": "0905000678", "DiaChi": "Buôn Ma Thuột",
        "TaiLieuNop": [{"MaTep": "tep 1", "TenTepDinhKem": "to-khai.pdf", "TenGiayTo": "Tờ khai"}],
    }  # fmt: skip
    return {**row, "files": {"tep 1": base64.b64encode(samples.pdf()).decode()}, **changed}


@pytest.mark.parametrize("dialect", ["adapter", "lgsp"])
def test_a_filing_waits_at_the_desk_and_the_answer_goes_back(office, portal, monkeypatch, dialect):
    link = linked(office, portal, dialect)
    portal.control(file=filed(office))
    run(link)
    dossier = Dossier.objects.get()
    assert (dossier.status, dossier.channel, dossier.owner.name) == (1, "online", "Trần Văn Minh Họa")
    paper = Attachment.objects.get()
    assert (paper.paper, paper.name, paper.content_type) == ("Tờ khai", "to-khai.pdf", "application/pdf")
    run(link)
    assert portal.control()[CODE]["TrangThaiHoSo"] == "1"
    accept(office, dossier)
    run(link)
    there = portal.control()
    assert list(there) == [CODE], "under the code that the citizen knows, and no other"
    assert there[CODE]["TrangThaiHoSo"] == "2"


def accept(office: Office, dossier: Dossier) -> None:
    dossier.refresh_from_db()
    step = next(
        one
        for one in dossier.workflow_version.workflow.transitions_from(dossier.step)
        if dossier.workflow_version.workflow.steps[one.target].status == 2
    )
    services.apply_transition(dossier.pk, step.code, actor=office.clerk, seen=dossier.last_sequence)


def test_twice_there_or_twice_asked_is_once_here(office, portal, link):
    portal.control(file=filed(office), fault={"kind": "duplicates", "on": "none"})
    run(link)
    run(link, next_pull_at=Now())
    assert (Dossier.objects.count(), NationalDossier.objects.get().code) == (1, CODE)
    assert NationalDifference.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"MaTTHC": "9.999999"}, "không tiếp nhận thủ tục"),
        ({"ChuHoSo": ""}, "họ tên"),
        ({"files": {"tep 1": base64.b64encode(b"MZ program").decode()}}, "to-khai.pdf"),
    ],
)
def test_what_cannot_come_in_is_named_holds_nobody_up_and_comes_when_it_can(
    office, portal, link, changed, words
):
    portal.control(file=filed(office, **changed))
    portal.control(file=filed(office, "G22.99.21-261124-0000124", TaiLieuNop=[], files={}))
    run(link)
    assert Dossier.objects.count() == 1
    assert Attachment.objects.count() == 0
    found = NationalDifference.objects.get()
    assert (found.kind, found.code) == ("intake", CODE)
    assert words in str(found)
    portal.control(file=filed(office))
    run(link, next_pull_at=Now())
    assert (Dossier.objects.count(), NationalDifference.objects.count()) == (2, 0)


@pytest.mark.parametrize("fault", ["cut", "500", "html", "refuse"])
@pytest.mark.parametrize("service", ["LayHoSoMoi", "LayTep"])
def test_a_fault_while_taking_in_leaves_nothing_in_part(office, portal, link, service, fault):
    portal.control(file=filed(office))
    portal.fault(fault, service)
    run(link)
    assert Dossier.objects.count() == Attachment.objects.count() == NationalDossier.objects.count() == 0
    run(link, next_pull_at=Now())
    assert (Dossier.objects.count(), Attachment.objects.count()) == (1, 1)


def test_of_two_processes_that_take_the_same_filing_one_writes_it(office, portal, link):
    portal.control(file=filed(office))
    client = Client(link)
    (filing,) = client.filings()
    intake.take_in(client, filing, link)
    intake._take(client, filing, link)
    assert Dossier.objects.count() == 1
