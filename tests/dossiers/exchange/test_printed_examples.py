"""Every call that the pages for other systems print is made as it stands, by curl, and answered as the page says."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files
from dossiers.lifecycle.models import Dossier
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import refresh
from procedures.catalogue.search import index
from tenants import clock
from tenants.accounts import api_keys
from tenants.audit import sealer
from tests.dossiers.exchange.conftest import SOURCE, Machine, connected
from tests.dossiers.lifecycle.files import samples
from tests.factories import AgencyFactory, Office, ProcedureFactory
from tests.one_connection import one_connection, served

FOLDER = Path(settings.BASE_DIR) / "docs" / "tich-hop"
PAGES = [page for page in sorted(FOLDER.glob("*.md")) if "curl " in page.read_text("utf-8")]
# Each call says under a line of its own how it was answered; what it printed stands before that line.
CURL = 'curl() { command curl --silent --show-error --write-out "\\n= %{http_code} %{url_effective}\\n" "$@"; }\n'
STORY = ["received", "received", "in_progress", "", "done", "returned"]
pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl on this machine")


def printed(page: Path) -> str:
    """The commands of this page, one after the other."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text("utf-8"), re.S | re.M)
    return "".join(block for language, block in blocks if not language and "curl " in block)


@pytest.fixture
def known(office: Office, machine: Machine) -> dict[str, str]:
    """What the pages write, and what stands for it here: a dossier in progress with a file, and keys."""
    desk, ward = AgencyFactory(code="H15.31.01", desk=True), AgencyFactory(code="H15.31", name="UBND xã thử")
    for agency, role in ((desk, "clerk"), (ward, "specialist"), (office.department, "leader")):
        machine.user.assignments.create(agency=agency, role=role)
    ProcedureFactory(code="1.001193", name="Đăng ký khai sinh", short_name="Khai sinh")
    index.reindex()
    index.learn_words()
    received = services.receive(office.intake(), actor=office.clerk)
    file = files.attach(
        received.dossier.pk, SimpleUploadedFile("a.png", samples.png()), actor=office.clerk, kind="paper"
    )
    services.apply_transition(
        received.dossier.pk, "forward", actor=office.clerk, seen=2,
        given=services.TransitionInput(assignee=office.specialist),
    )  # fmt: skip
    with clock.frozen(clock.now() - timedelta(days=40)):
        services.receive(office.intake(), actor=office.clerk)
    refresh(Period.month(clock.today() - timedelta(days=40)))
    sealer.seal("daklak")
    return {
        "H15.08-261125-0042": received.dossier.code, "K7PQ2M": received.key, "files/7/": f"files/{file.pk}/",
        "Bearer mc_…": f"Bearer {api_keys.create(connected(office).account)}", "mc_…": machine.key,
        "bo-tu-phap": SOURCE, "after=1207": "after=0",
    }  # fmt: skip


def run(page: Path, known: dict[str, str], machine: Machine, folder: Path) -> list[tuple[int, str, str]]:
    """Of each call of the page: status, address, body."""
    (folder / "ket-qua.pdf").write_bytes(samples.pdf())
    with one_connection() as door, served(door) as address:
        known |= {"https://tinh.example": address, "https://<tên miền của tỉnh>": address}
        commands = printed(page)
        for written, here in known.items():
            commands = commands.replace(written, here)
        done = subprocess.run(
            ["bash", "-euc", CURL + commands], cwd=folder, capture_output=True, text=True, timeout=60,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "KEY": machine.key, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    assert (done.returncode, door.faults) == (0, []), done.stderr
    pieces = re.split(r"\n= (\d+) (\S+)\n", done.stdout)
    return [
        (int(status), url, body)
        for body, status, url in zip(*(pieces[at::3] for at in range(3)))  # noqa: B905
    ]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_each_printed_call_is_answered(
    page: Path, known: dict[str, str], machine: Machine, tmp_path: Path
) -> None:
    answers = run(page, known, machine, tmp_path)
    assert len(answers) == len(re.findall(r"^\s*curl ", page.read_text("utf-8"), re.M)) > 0
    assert [one for one in answers if one[0] != 200] == []
    if page.name.startswith("api"):
        new = Dossier.objects.get(code="H15.31.01-261125-0001")
        assert (new.status, new.last_sequence) == (10, 5)
        assert (tmp_path / "ket-qua.pdf").read_bytes()[:4] == b"\x89PNG", (
            "what is read lies where the page says"
        )


def test_the_printed_answers_have_the_fields_that_are_answered(
    known: dict[str, str], machine: Machine, tmp_path: Path
) -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        for command, shown in re.findall(r"^```\n(curl [^`]*?)^```\n+```json\n(.*?)^```", text, re.S | re.M):
            (address,) = re.findall(r"(/api/v1/[a-z]+/)", command)
            answers = run(page, dict(known), machine, tmp_path)
            (body,) = [one for _status, url, one in answers if address in url][:1]
            assert fields(json.loads(shown.replace("…", ""))) <= fields(json.loads(body))


def fields(found: Any, before: str = "") -> set[str]:
    """The names of all values, those inside others after a dot."""
    if isinstance(found, list):
        return {name for one in found for name in fields(one, before)}
    if not isinstance(found, dict):
        return {before}
    return {name for key, one in found.items() for name in fields(one, f"{before}.{key}")}
