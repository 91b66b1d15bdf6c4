"""A province from a folder: nothing is done by halves, and twice is once."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import OutputWrapper
from django.db import connection

from tenants.audit import operators_log
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.steps import AnyStep, Step, StepReport
from tenants.isolation import province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.schema_migrations import OtherHistory
from tenants.operations.golive.golive import pause_province, resume_province
from tenants.operations.management.commands.province import COMMANDS, Command
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import apply_province
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.models import Agency
from tests.conftest import subprocess_environment
from tests.tenants.workshop import CSV, YAML, Workshop


def test_a_folder_becomes_a_province(workshop: Workshop) -> None:
    report = apply_province(workshop.slug)
    province = workshop.province()
    assert report.created
    assert (province.name, province.agency_code, province.state) == ("Tỉnh Ninh Bình", "H42", "pilot")
    assert province.merged_from == [{"agency_code": "H25", "name": "Tỉnh Hà Nam"}]
    with public_context():
        assert province.domains.get().domain == f"{workshop.slug}.localhost"
    with province_context(workshop.slug):
        root = Agency.objects.get(code="H42")
        assert Agency.objects.get(code="H42.08").parent == root
        assert Agency.objects.get(code="H25.20").successor == root


def test_applying_again_changes_nothing_and_says_so(applied: Workshop) -> None:
    code, output = run("apply", applied.slug, "--yes")
    assert (code, f"{applied.slug}: 0 thay đổi" in output) == (0, True)
    # Progress, in tenths.
    assert "100 % Cơ quan, đơn vị" in output


def test_a_changed_file_changes_only_what_it_says(applied: Workshop) -> None:
    applied.edit(CSV, "Trung tâm Phục vụ hành chính công", "Trung tâm Một cửa")
    report = apply_province(applied.slug)
    assert [(one.report.added, one.report.changed, one.report.unchanged) for one in report.steps] == [
        (0, 1, 2)
    ]


def test_a_changed_manifest_changes_the_row(applied: Workshop) -> None:
    applied.edit(YAML, "0229 000 0000", "0229 000 0001")
    assert apply_province(applied.slug).row_changes == ["tổng đài"]
    assert applied.province().hotline == "0229 000 0001"


def test_a_host_that_is_no_longer_named_stops_answering(applied: Workshop) -> None:
    applied.edit(YAML, f"{applied.slug}.localhost", f"moi.{applied.slug}.localhost")
    apply_province(applied.slug)
    with public_context():
        assert [domain.domain for domain in applied.province().domains.all()] == [
            f"moi.{applied.slug}.localhost"
        ]


def test_with_common_tables_of_older_code_nothing_is_applied(workshop, monkeypatch):
    brought = schema_migrations.code_migrations() | {"dossiers.9999_later"}
    monkeypatch.setattr(schema_migrations, "code_migrations", lambda: brought)
    with pytest.raises(Refused, match=r"thiếu dossiers\.9999_later\): chạy schemas migrate trước"):
        apply_province(workshop.slug)
    assert workshop.leftovers() == []


def test_tables_of_other_code_are_left_alone(applied: Workshop) -> None:
    applied.edit(YAML, "0229 000 0000", "0229 000 0001")
    with province_context(applied.slug), connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = '0001_other' WHERE app = 'dossiers'")
    with pytest.raises(OtherHistory):
        apply_province(applied.slug)
    assert applied.province().hotline == "0229 000 0000"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (".localhost", "", ValidationProblem(YAML, 9, "tên miền daklak.localhost đang thuộc Tỉnh Đắk Lắk.")),
        ("H25", "H15", ValidationProblem(YAML, 6, "mã H15 đang thuộc Tỉnh Đắk Lắk.")),
    ],
)
def test_what_another_province_has_is_refused(workshop, old, new, told):
    workshop.edit(YAML, f"{workshop.slug}{old}" if not new else old, new or "daklak.localhost")
    assert told in validate_province(workshop.slug)


def test_a_schema_without_a_province_is_never_taken_over(workshop: Workshop) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{workshop.slug}"')
    try:
        with pytest.raises(Refused, match="mà không có tỉnh nào"):
            apply_province(workshop.slug)
        assert workshop.leftovers() == ["schema"]
    finally:
        schemas.drop_schema(workshop.slug)


class Killed(BaseException):
    """Not an Exception: nothing tidies up after a kill."""


def end_half_way(patched: pytest.MonkeyPatch, error: BaseException, app: str) -> None:
    """Migrations end with this error at the tables of an app."""
    from django.db.migrations.executor import MigrationExecutor

    whole = MigrationExecutor.apply_migration

    def ends(self: Any, state: Any, migration: Any, *args: Any, **kwargs: Any) -> Any:
        if migration.app_label == app:
            raise error
        return whole(self, state, migration, *args, **kwargs)

    patched.setattr(MigrationExecutor, "apply_migration", ends)


@pytest.mark.parametrize("app", ["accounts", "organisation", "dossiers"])
def test_a_creation_that_fails_leaves_nothing(workshop, migrated_by_django, monkeypatch, app):
    end_half_way(monkeypatch, RuntimeError("planted"), app)
    with pytest.raises(RuntimeError, match="planted"):
        apply_province(workshop.slug)
    assert workshop.leftovers() == []


def test_a_creation_killed_half_way_is_completed(workshop, migrated_by_django, monkeypatch):
    with monkeypatch.context() as patched:
        end_half_way(patched, Killed(), "organisation")
        with pytest.raises(Killed):
            apply_province(workshop.slug)
    connection.set_schema_to_public()
    assert "row" in workshop.leftovers()
    apply_province(workshop.slug)
    with province_context(workshop.slug):
        assert Agency.objects.count() == 3


def test_a_failing_step_takes_its_own_work_back_and_keeps_the_draft(workshop: Workshop) -> None:
    def fails(folder: Any, content: Any, progress: Any) -> StepReport:
        Agency.objects.create(code="H42.77", name="Nửa chừng")
        raise RuntimeError("planted")

    sections.STEPS.append(Step("broken", "Bước hỏng", lambda folder: (None, []), fails))
    with pytest.raises(RuntimeError, match="planted"):
        apply_province(workshop.slug)
    assert workshop.province().state == Province.State.DRAFT
    with province_context(workshop.slug):
        assert sorted(Agency.objects.values_list("code", flat=True)) == ["H25.20", "H42", "H42.08"]


def counting(code: str, ran: list[str]) -> AnyStep:
    """A step that writes its code down when it runs."""

    def apply(folder: Any, content: Any, progress: Any) -> StepReport:
        ran.append(code)
        return StepReport()

    return Step(code, code, lambda folder: (None, []), apply)


def test_two_applies_of_one_province_wait_for_each_other(workshop: Workshop) -> None:
    """A second process applies while this one is in a step: it starts its own only when we are done."""
    waiting: list[subprocess.Popen[str]] = []

    def start_second(folder: Any, content: Any, progress: Any) -> StepReport:
        if not waiting:
            script = (
                "import sys, pathlib, django; django.setup()\n"
                "from django.conf import settings\n"
                "settings.PROVINCES_DIR = pathlib.Path(sys.argv[2])\n"
                "from tenants.operations.onboarding import sections\n"
                "from tenants.organisation.folder import agencies\n"
                "sections.STEPS[:] = [agencies.STEP]\n"
                "from tenants.operations.onboarding.apply import apply_province\n"
                "print(apply_province(sys.argv[1], lambda text, share: print(text, flush=True)).created)\n"
            )
            process = subprocess.Popen(
                [sys.executable, "-c", script, workshop.slug, str(workshop.path.parent)],
                env={**subprocess_environment(), "DB_LOGIN": "owner"},
                cwd=settings.BASE_DIR,
                stdout=subprocess.PIPE,
                text=True,
            )
            waiting.append(process)
            assert process.stdout is not None
            told = process.stdout.readline()
            assert f"tiến trình {os.getpid()}, từ " in told
            assert "đang chờ" in told
        return StepReport()

    sections.STEPS.insert(0, Step("second", "Hai lần", lambda folder: (None, []), start_second))
    try:
        assert apply_province(workshop.slug).created
        output, _ = waiting[0].communicate(timeout=120)
    finally:
        for process in waiting:
            process.kill()
            process.wait()
    assert output.splitlines()[-1] == "False"


def make_draft(applied: Workshop) -> None:
    """The province is as a folder that says `draft` leaves it."""
    applied.edit(YAML, "state: pilot", "state: draft")
    with public_context():
        Province.objects.filter(schema_name=applied.slug).update(state=Province.State.DRAFT)
    province_cache.clear_cache()


def test_the_state_goes_forward_with_the_manifest_but_no_file_makes_a_province_live(applied):
    make_draft(applied)
    with pytest.raises(Refused, match="đang chuẩn bị"):
        pause_province(applied.slug)
    for said, state in (("draft", "draft"), ("pilot", "pilot"), ("live", "pilot")):
        applied.edit(YAML, re.findall("state: .*", (applied.path / YAML).read_text())[0], f"state: {said}")
        apply_province(applied.slug)
        assert applied.province().state == state


def test_what_was_a_demonstration_is_not_live_without_two_people(applied: Workshop) -> None:
    applied.edit(YAML, "state: pilot", "demo: true\nstate: live")
    apply_province(applied.slug)
    assert applied.province().state == Province.State.LIVE
    applied.edit(YAML, "demo: true", "demo: false")
    apply_province(applied.slug)
    assert applied.province().state == Province.State.PILOT


def test_applying_does_not_end_a_pause(applied: Workshop) -> None:
    pause_province(applied.slug)
    assert apply_province(applied.slug).changes == 0
    assert applied.province().state == Province.State.PAUSED


def test_who_was_live_before_a_pause_is_live_afterwards(applied: Workshop) -> None:
    with public_context():
        Province.objects.filter(schema_name=applied.slug).update(state="live")
    operators_log.record("golive.done", applied.slug)
    pause_province(applied.slug)
    assert resume_province(applied.slug).state == Province.State.LIVE


def test_a_pause_makes_no_demonstration_a_live_province(applied: Workshop) -> None:
    with public_context():
        Province.objects.filter(schema_name=applied.slug).update(state="live", demo=True)
    pause_province(applied.slug)
    with public_context():
        Province.objects.filter(schema_name=applied.slug).update(demo=False)
    assert resume_province(applied.slug).state == Province.State.PILOT


def test_the_runtime_login_cannot_apply(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path)
    with pytest.raises(schemas.NotTheOwner):
        apply_province("daklak")


def run(*arguments: str) -> tuple[int, str]:
    output = io.StringIO()
    try:
        call_command("province", *arguments, stdout=output, stderr=output, no_color=True)
    except SystemExit as stop:
        return int(stop.code or 0), output.getvalue()
    return 0, output.getvalue()


def test_the_command_names_its_acts_when_asked_for_another() -> None:
    output = io.StringIO()
    with pytest.raises(SystemExit) as stop:
        Command(stderr=OutputWrapper(output)).run_from_argv(["manage.py", "province", "bay"])
    assert stop.value.code == 2
    assert set(COMMANDS) <= set(re.findall(r"\w+", output.getvalue()))


def test_the_command_lists_pauses_and_resumes(applied: Workshop) -> None:
    assert f"{applied.slug:<16} H42   chạy thử" in run("list")[1]
    assert run("pause", applied.slug) == (0, "Tỉnh Ninh Bình: tạm dừng\n")
    assert run("resume", applied.slug) == (0, "Tỉnh Ninh Bình: chạy thử\n")
