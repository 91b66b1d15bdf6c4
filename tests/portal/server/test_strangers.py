"""What one stranger can send for seconds on end keeps nobody else back: the real web server, two real provinces."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from dossiers.filing import drafts
from dossiers.filing.models import FilingFormVersion
from dossiers.lifecycle import actions as services
from procedures.catalogue.models import FilingMode, Procedure
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests.conftest import subprocess_environment
from tests.dossiers.filing.filling import FilingDraftFactory
from tests.dossiers.filing.rules import forms
from tests.factories import AssignmentFactory, Office, ProcedureFactory
from tests.faults.ground import free_port
from tests.faults.processes import Server, wait_for_web, web
from tests.portal.server.strangers import ATTACKS, Place, Row, Staff, Trial, send_photographs
from tests.system.conftest import really_there

pytestmark = [pytest.mark.deep, pytest.mark.real_clock]
SECONDS = 5.0
# Alone on its machine it is 1 s; here it stands beside other tests, where tens of seconds were a fault.
SLOWEST_PAGE = 3.0
PASSWORD = "bốn con mèo ngủ sáng"
PREPARED, FILED = "1.999894", "1.999895"


def settle(record: ProvinceRecord, port: int, code: str) -> tuple[Place, Office]:
    """A province with a desk, dossiers, staff with a password that costs what a real one does, and two forms."""
    with province_context(record):
        office = Office(code)
        for procedure, mode in ((PREPARED, FilingMode.COUNTER), (FILED, FilingMode.LOCAL)):
            ProcedureFactory(code=procedure)
            Procedure.objects.filter(code=procedure).update(filing_mode=mode)
            FilingFormVersion.publish({**forms.DATA, "procedure": procedure}, procedure)
        auditor = AssignmentFactory(agency=office.desk, role=Role.AUDITOR).user
        costly = PBKDF2PasswordHasher().encode(PASSWORD, "muoi-cua-ban-thu")
        type(auditor).objects.filter(pk__in=(auditor.pk, office.clerk.pk)).update(password=costly)
        for _number in range(3):
            services.receive(office.intake(), actor=office.clerk)
        staff = {
            "clerk": Staff(office.clerk.username, PASSWORD),
            "auditor": Staff(auditor.username, PASSWORD),
        }
    return Place(f"{record.slug}.localhost", port, staff, PREPARED, FILED), office


@pytest.fixture(scope="module")
def provinces(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two provinces behind a web server as it is installed: hashers, places and threads."""
    folder, port = tmp_path_factory.mktemp("strangers"), free_port()
    with (
        django_db_blocker.unblock(),
        really_there("Tỉnh Đây", "Đây", "H97") as here,
        really_there("Tỉnh Kia", "Kia", "H96") as there,
    ):
        settled = [settle(one, port, code)[0] for one, code in ((here, "H97"), (there, "H96"))]
        environ = {
            **subprocess_environment(),
            "DJANGO_SETTINGS_MODULE": "tests.portal.server.settings",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "WEB_PROCESSES": "2",
            "REQUIRE_MFA": "0",
        }
        server = Server("web", web(port), environ, folder / "web.log")
        server.start()
        try:
            wait_for_web(port)
            yield settled[0], settled[1], here
        finally:
            server.stop()


@pytest.fixture(scope="module")
def trial(provinces: tuple[Place, Place, ProvinceRecord]) -> Trial:
    made = Trial(*provinces[:2])
    made.run("nothing", 2)  # the first page of a process is not the fastest
    return made


def holds(row: Row) -> None:
    """Others were served at their first try, and no page of the other province kept its reader waiting."""
    assert row.failed == {}, row
    assert max(row.pages) < SLOWEST_PAGE, row


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_stranger_keeps_nobody_back(trial: Trial, attack: str) -> None:
    row = trial.run(attack, SECONDS)
    holds(row)
    assert {"sign-ins", "staff uploads", "drafts", "photographs"} <= row.served.keys(), row
    assert "500" not in row.sent, row


def test_twenty_proven_citizens_of_one_network_are_all_served(trial, provinces):
    here, _there, record = provinces
    browsers = [trial.browser(here, f"127.231.1.{number + 1}") for number in range(20)]
    pages = []
    with province_context(record):
        procedure = Procedure.objects.get(code=FILED)
        for number, browser in enumerate(browsers):
            draft = FilingDraftFactory(procedure=procedure, phone=f"09050003{number:02}")
            opened = drafts._enter(draft, drafts.Browser(browser.agent, browser.source), is_proven=True)
            pages.append((browser, f"/nop/ban-nhap/{opened.name}/giay/", "tep-giay"))
    row = send_photographs(pages, SECONDS)
    assert (row.served["photographs"], row.failed) == (20, {}), row
