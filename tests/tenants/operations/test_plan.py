"""A plan tells what an apply would do and leaves nothing; what people changed is never overwritten in silence."""

import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.core.management.base import OutputWrapper

from tenants.accounts.models import User
from tenants.folder.problems import Refused
from tenants.folder.terminal import Terminal
from tenants.isolation.context import province_context
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import Manual, apply_province, plan_province
from tenants.organisation.folder import staff
from tenants.organisation.models import Agency, Assignment
from tests.tenants.operations.test_onboarding import counting, run
from tests.tenants.workshop import CSV, YAML, Workshop

DESK, RENAMED = "Trung tâm Phục vụ hành chính công", "Trung tâm Một cửa"
PEOPLE = """\
username,full_name,position,email,agency,role
lan,Nguyễn Thị Lan,Chuyên viên,,H42.08,clerk
"""


def by_hand(workshop: Workshop, **values: Any) -> None:
    """Somebody changes the desk in admin."""
    with province_context(workshop.slug):
        Agency.objects.filter(code="H42.08").update(**values)


def desk(workshop: Workshop) -> Agency:
    with province_context(workshop.slug):
        return Agency.objects.get(code="H42.08")


def test_a_province_that_is_not_there_is_planned_and_leaves_nothing(workshop: Workshop) -> None:
    found = plan_province(workshop.slug)
    assert (found.created, found.steps[0].report.added) == (True, 3)
    assert workshop.leftovers() == []


def test_changes_are_told_value_by_value_and_exit_2(applied: Workshop) -> None:
    code, output = run("plan", applied.slug)
    assert (code, output.splitlines()[-1]) == (0, f"{applied.slug}: sẽ có 0 thay đổi")
    applied.edit(CSV, DESK, RENAMED)
    code, output = run("plan", applied.slug)
    assert code == 2
    assert f"~ H42.08, name: {DESK} → {RENAMED}" in output
    assert desk(applied).name == DESK


def test_a_plan_tells_what_becomes_of_the_row(applied: Workshop) -> None:
    applied.edit(YAML, "state: pilot", "demo: true\nstate: live")
    applied.edit(YAML, "0229 000 0000", "0229 000 0001")
    found = plan_province(applied.slug)
    assert found.row_changes == ["tổng đài", "dữ liệu minh họa", "trạng thái: đang phục vụ"]
    assert applied.province().hotline == "0229 000 0000"


def test_a_plan_for_programs_names_what_was_made_by_hand(applied: Workshop) -> None:
    by_hand(applied, name=RENAMED)
    code, output = run("plan", applied.slug, "--format", "json")
    told = json.loads(output[output.index("{") :])
    assert code == 2
    assert told["steps"][0]["values"] == [
        {"thing": "H42.08", "field": "name", "before": RENAMED, "after": DESK, "by_hand": True}
    ]


def test_what_people_changed_is_not_overwritten_in_silence(applied: Workshop) -> None:
    by_hand(applied, name=RENAMED)
    applied.edit(YAML, "0229 000 0000", "0229 000 0001")
    with pytest.raises(
        Refused, match=r"agencies\.csv: H42\.08, name đã được sửa tay thành “Trung tâm Một cửa”"
    ):
        apply_province(applied.slug)
    assert (desk(applied).name, applied.province().hotline) == (RENAMED, "0229 000 0000")


def test_what_people_changed_stays_when_asked(applied: Workshop) -> None:
    by_hand(applied, name=RENAMED)
    applied.edit(CSV, "H42,có", "H42,không")
    applied.edit(CSV, "province,,không", "province,,có")
    report = apply_province(applied.slug, manual=Manual.KEEP)
    assert (report.kept, desk(applied).name, desk(applied).is_desk) == (1, RENAMED, False)
    with pytest.raises(Refused):
        apply_province(applied.slug)


def test_what_people_changed_is_overwritten_when_asked(applied: Workshop) -> None:
    by_hand(applied, name=RENAMED)
    apply_province(applied.slug, manual=Manual.OVERWRITE)
    assert desk(applied).name == DESK
    assert apply_province(applied.slug).changes == 0


def test_a_change_that_the_folder_makes_too_is_nobodys_any_more(applied: Workshop) -> None:
    by_hand(applied, name=RENAMED)
    applied.edit(CSV, DESK, RENAMED)
    assert apply_province(applied.slug).changes == 0
    applied.edit(CSV, RENAMED, DESK)
    assert apply_province(applied.slug).changes == 1


def test_a_change_of_what_the_folder_does_not_or_no_longer_say_is_nobodys(applied: Workshop) -> None:
    with province_context(applied.slug):
        Agency.objects.create(code="H42.99", name="Thêm tay")
    assert apply_province(applied.slug).changes == 0
    applied.edit(CSV, "H25.20,UBND huyện Minh Họa,district,,không,H42,2025-07-01\n", "")
    assert apply_province(applied.slug, manual=Manual.KEEP).kept == 0


def test_a_role_taken_away_by_hand_is_not_given_back_in_silence(applied: Workshop) -> None:
    sections.STEPS.append(staff.STEP)
    applied.write("staff.csv", PEOPLE)
    apply_province(applied.slug)
    with province_context(applied.slug):
        Assignment.objects.all().delete()
    with pytest.raises(Refused, match="lan, role"):
        apply_province(applied.slug)
    assert apply_province(applied.slug, manual=Manual.KEEP).changes == 0
    with province_context(applied.slug):
        assert not User.objects.get().assignments.exists()


def test_an_agency_deleted_by_hand_stays_deleted_when_asked(applied: Workshop) -> None:
    with province_context(applied.slug):
        Agency.objects.get(code="H25.20").delete()
    assert apply_province(applied.slug, manual=Manual.KEEP).changes == 0
    with province_context(applied.slug):
        assert not Agency.objects.filter(code="H25.20").exists()


def test_only_the_named_steps_run_and_the_row_stays(applied: Workshop) -> None:
    ran: list[str] = []
    sections.STEPS.append(counting("one", ran))
    sections.STEPS.append(counting("other", ran))
    applied.edit(YAML, "0229 000 0000", "0229 000 0001")
    report = apply_province(applied.slug, only=("other",))
    assert (ran, report.row_changes, applied.province().hotline) == (["other"], [], "0229 000 0000")


def test_a_fault_in_the_file_of_another_step_does_not_hinder(applied: Workshop) -> None:
    sections.STEPS.append(counting("other", []))
    applied.edit(CSV, "H42.08", "H19.08")
    assert apply_province(applied.slug, only=("other",)).changes == 0


def test_a_strange_step_and_a_new_province_without_all_steps_are_refused(workshop: Workshop) -> None:
    for only, told in (
        ("offices", "không có bước offices; các bước: agencies"),
        ("agencies", "lần đầu phải"),
    ):
        with pytest.raises(Refused, match=told):
            apply_province(workshop.slug, only=(only,))
    assert workshop.leftovers() == []


def test_an_apply_leaves_a_report_without_what_is_shown_once(workshop, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    sections.STEPS.append(staff.STEP)
    workshop.write("staff.csv", PEOPLE)
    code, output = run("apply", workshop.slug, "--yes")
    [page] = (tmp_path / "reports" / workshop.slug).glob("*-apply.html")
    told = json.loads(page.with_suffix(".json").read_text())
    assert (code, told["created"], told["steps"][1]["added"]) == (0, True, 1)
    assert "/loi-moi/" not in output
    assert list((tmp_path / "reports" / workshop.slug / "invitations").glob("*.html"))
    assert "loi-moi" not in page.read_text() + json.dumps(told)


class Watched(io.StringIO):
    """A stream at which somebody looks."""

    def isatty(self) -> bool:
        return True


def test_who_watches_sees_a_bar_that_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out, err = io.StringIO(), Watched()
    terminal = Terminal(OutputWrapper(out), OutputWrapper(err))
    for share in (0, 0.5, 1):
        terminal.progress("Danh mục", share)
    drawn = err.getvalue().split("\r")
    assert any("█" * 15 + "░" * 15 + "  50% Danh mục" in frame for frame in drawn)
    assert (drawn[-1], out.getvalue()) == ("\x1b[K", "")
