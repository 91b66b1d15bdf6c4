"""A new province from its folder, through the operators' command: whole, quickly, and again without change."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from dossiers.deadlines.models import CalendarVersion
from dossiers.workflow.models import WorkflowVersion
from messaging.channels.models import Lane
from procedures.catalogue.models import Procedure
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.operations.onboarding import sections
from tenants.organisation.models import Agency
from tests.conftest import as_owner
from tests.system.served import Served

pytestmark = pytest.mark.committed

SLUG = "tinhmoi"
# 10 on an idle machine; the tests share theirs with others.
MOST_SECONDS = 30.0


@dataclass(frozen=True)
class Applied:
    """What `province apply` answered: exit code, everything written, how long it took."""

    code: int
    output: str
    seconds: float


@pytest.fixture(scope="module")
def provinces(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A folder of provinces with a copy of Đắk Lắk's, under a slug and codes that nobody has."""
    folder = tmp_path_factory.mktemp("provinces")
    (folder / SLUG).mkdir()
    for file in (settings.PROVINCES_DIR / "daklak").iterdir():
        text = file.read_text(encoding="utf-8").replace("daklak", SLUG)
        text = text.replace("H15", "H42").replace("H45", "H25")
        (folder / SLUG / file.name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock():
        patched.setattr(settings, "PROVINCES_DIR", folder)
        yield folder
        drop()


@pytest.fixture(scope="module")
def applied(provinces: Path) -> Applied:
    """The folder was applied just now, for the first time."""
    return apply()


def apply() -> Applied:
    output, code, begun = io.StringIO(), 0, time.monotonic()
    with as_owner():
        try:
            call_command("province", "apply", SLUG, "--yes", stdout=output, stderr=output, no_color=True)
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Applied(code, output.getvalue(), time.monotonic() - begun)


def drop() -> None:
    with as_owner():
        for province in Province.objects.filter(schema_name=SLUG):
            province.delete(force_drop=True)
    connection.close()


def test_it_is_there_within_seconds(applied: Applied, record_property: Callable[[str, object], None]) -> None:
    record_property("seconds", round(applied.seconds, 1))
    assert applied.code == 0, applied.output
    assert applied.seconds < MOST_SECONDS


def test_every_room_brought_its_part(applied: Applied) -> None:
    assert [step.code for step in sections.STEPS] == [
        "agencies",
        "staff",
        "calendar",
        "workflow",
        "feedback",
        "forms",
        "filing_forms",
        "catalogue",
        "life_events",
        "blank_forms",
        "filing_rules",
        "messages",
        "accounts",
    ]
    with province_context(SLUG):
        assert CalendarVersion.in_force().number == WorkflowVersion.in_force().number == 1
        assert Agency.objects.filter(is_desk=True).count() > 10
        assert Procedure.objects.filter(handled=True).count() > 500
        assert Lane.objects.count() == len(settings.MESSAGING_CHANNELS)


def test_it_answers_at_its_host(applied: Applied) -> None:
    page = Served(f"{SLUG}.localhost").get("/thu-tuc/?q=ket+hon")
    assert (page.status, "kết hôn" in page.text) == (200, True)


def test_a_second_apply_changes_nothing(applied: Applied) -> None:
    again = apply()
    assert (again.code, again.output.splitlines()[-1]) == (0, f"{SLUG}: 0 thay đổi")
