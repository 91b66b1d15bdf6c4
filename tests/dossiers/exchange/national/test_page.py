"""The administrator's page: off until a press, how both sides differ, and a press to mend each difference."""

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Role
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.exchange.national.conftest import receive, run
from tests.factories import AssignmentFactory, Office


@pytest.fixture
def administrator(office: Office) -> Client:
    return logged_in(AssignmentFactory(agency=office.desk, role=Role.ADMINISTRATOR).user)


def page(link: NationalLink) -> str:
    return reverse("admin:national", args=[link.pk])


def test_it_is_set_up_off_says_that_it_met_no_real_portal_and_keeps_its_secret(office, administrator):
    receive(office)
    typed = {
        "dialect": "lgsp", "url": "https://truc.example.vn/dvc", "unit_code": "000.00.00.H15",
        "username": "tinh", "secret": "bi-mat", "desk": office.desk.pk,
    }  # fmt: skip
    form = reverse("admin:exchange_nationallink_add")
    assert "chưa từng gặp cổng thật" in administrator.get(form).content.decode()
    assert administrator.post(form, {**typed, "url": "http://10.0.0.1/"}).status_code == 200
    assert administrator.post(form, typed).status_code == 302
    link = NationalLink.objects.get()
    assert (link.is_active, link.secret) == (False, "bi-mat")
    assert administrator.get(form).status_code == 403, "a province has one"
    change = reverse("admin:exchange_nationallink_change", args=[link.pk])
    administrator.post(change, {**typed, "secret": "", "username": "khac"})
    link.refresh_from_db()
    assert (link.username, link.secret) == ("khac", "bi-mat")
    shown = administrator.get(page(link)).content.decode()
    assert "chưa từng gặp cổng thật" in shown
    assert "bi-mat" not in shown + administrator.get(change).content.decode()


@pytest.mark.parametrize(
    ("behind_our_back", "kind", "words"),
    [
        ("change", "status", "ở cổng quốc gia là trạng thái “9”"),
        ("remove", "missing", "không có ở cổng quốc gia"),
    ],
)
def test_each_difference_is_a_sentence_and_a_press_sends_the_dossier_again(
    office, administrator, portal, link, behind_our_back, kind, words
):
    dossier, other = receive(office), receive(office)
    run(link)
    portal.control(**{behind_our_back: {"MaHoSo": dossier.code, "TrangThaiHoSo": "9"}})
    run(link)
    assert NationalDifference.objects.count() == 0, "once a day"
    administrator.post(page(link), {"compare": "1"})
    run(link)
    (found,) = NationalDifference.objects.all()
    assert (found.kind, found.code) == (kind, dossier.code)
    assert words in administrator.get(page(link)).content.decode()
    administrator.post(page(link), {"again": found.pk})
    run(link, next_comparison_at=Now())
    assert NationalDifference.objects.count() == 0
    there = portal.control()
    assert (there[dossier.code]["TrangThaiHoSo"], len(there[dossier.code]["DanhSachTienDo"])) == ("2", 1)
    assert set(there) == {dossier.code, other.code}
    assert AuditEntry.objects.filter(action="nationallink.again").count() == 1


def test_what_was_marked_as_seen_stays_so_until_it_is_another(office, administrator, portal, link):
    dossier = receive(office)
    run(link)
    for status, is_seen in (("9", True), ("9", True), ("8", False)):
        portal.control(change={"MaHoSo": dossier.code, "TrangThaiHoSo": status})
        run(link, next_comparison_at=Now(), compared_id=0)
        if status == "9":
            administrator.post(page(link), {"seen": NationalDifference.objects.get().pk})
        assert (NationalDifference.objects.get().seen_at is not None) is is_seen


def test_start_stop_and_no_such_difference(office, administrator, link):
    administrator.post(page(link), {"stop": "1"})
    assert not NationalLink.objects.get().is_active
    NationalLink.objects.update(failures=5, error="x", failing_since=Now())
    administrator.post(page(link), {"start": "1"})
    again = NationalLink.objects.get()
    assert (again.is_active, again.failures, again.error) == (True, 0, "")
    assert administrator.post(page(link), {"again": "999"}).status_code == 404
    assert logged_in(office.clerk).get(page(link)).status_code == 403
    assert NationalDossier.objects.count() == 0
