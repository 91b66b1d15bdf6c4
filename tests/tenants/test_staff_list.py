"""The first people of a province come from a list without passwords, and by invitation."""

import re
import subprocess
import sys

import pytest
from django.core.management import call_command
from django.test import Client

from tenants.accounts.models import User
from tenants.context import province_context
from tenants.onboarding.apply import ApplyReport, apply_province
from tenants.onboarding.faults import validate_province
from tenants.organisation import staff
from tenants.organisation.models import Assignment
from tests.conftest import subprocess_environment
from tests.tenants.workshop import Workshop

PEOPLE = """\
username,full_name,position,email,agency,role
quantri,Trần Văn Quản,Quản trị viên,,H42,administrator
lan,Nguyễn Thị Lan,Chuyên viên,lan@example.vn,H42.08,clerk
lan,Nguyễn Thị Lan,Chuyên viên,lan@example.vn,H42,specialist
"""

# The second role of somebody, which the list gives already.
SECOND_ROLE = "lan,Nguyễn Thị Lan,Chuyên viên,lan@example.vn,H42,specialist"


@pytest.fixture
def listed(workshop: Workshop) -> Workshop:
    staff.register()
    workshop.write("staff.csv", PEOPLE)
    return workshop


def notes(report: ApplyReport) -> list[str]:
    return next(done.once for step, done in report.steps if step.code == "staff")


def test_people_get_accounts_roles_and_a_link_each(listed: Workshop) -> None:
    told = notes(apply_province(listed.slug))
    with province_context(listed.slug):
        people = {user.username: user for user in User.objects.all()}
        assert sorted(Assignment.objects.values_list("user__username", "agency__code", "role")) == [
            ("lan", "H42", "specialist"),
            ("lan", "H42.08", "clerk"),
            ("quantri", "H42", "administrator"),
        ]
        # The role gives what an administrator needs: nobody becomes a superuser.
        may = [people[name].has_perm("accounts.change_user") for name in ("quantri", "lan")]
    assert may == [True, False]
    assert not any(user.is_superuser for user in people.values())
    assert not any(user.has_usable_password() for user in people.values())
    links = re.findall(rf"http://{listed.slug}\.localhost:8000(/quan-tri/loi-moi/\S+)", " ".join(told))
    assert len(links) == 2
    page = Client(headers={"host": f"{listed.slug}.localhost"}).get(links[1]).content.decode()
    assert "Nguyễn Thị Lan" in page


def test_applying_again_invites_nobody_again(listed: Workshop) -> None:
    apply_province(listed.slug)
    again = apply_province(listed.slug)
    assert (again.changes, notes(again)) == (0, [])


def test_a_new_row_invites_one_and_leaves_the_others_alone(listed: Workshop) -> None:
    apply_province(listed.slug)
    with province_context(listed.slug):
        User.objects.get(username="lan").invitations.all().delete()
    listed.write("staff.csv", PEOPLE + "mai,Lê Thị Mai,,,H42.08,clerk\n")
    (told,) = notes(apply_province(listed.slug))
    assert "Lê Thị Mai (mai)" in told


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a b,Lê Mai,,,H42.08,clerk", "chỉ gồm chữ, số"),
        ("mai,Lê Mai,,x,H42.08,clerk", "không đúng dạng"),
        ("mai,Lê Mai,,,H42.99,clerk", "không có trong agencies.csv"),
        ("mai,Lê Mai,,,H25.20,clerk", "đã kết thúc"),
        ("mai,Lê Mai,,,H42.08,boss", "phải là một trong"),
        ("lan,Tên Khác,Chuyên viên,lan@example.vn,H42,clerk", "khác dòng 3"),
        ("lan,Nguyễn Thị Lan,Chuyên viên,lan@example.vn,H42.08,clerk", "lặp lại dòng 3"),
        (SECOND_ROLE, "lặp lại dòng 4"),
        ("LAN,Lê Thị Lan,,,H42.08,clerk", "chỉ khác dòng 3 ở chữ hoa, chữ thường"),
    ],
)
def test_faults_are_told_by_line(listed: Workshop, row: str, words: str) -> None:
    listed.write("staff.csv", PEOPLE + row + "\n")
    (problem,) = validate_province(listed.slug)
    assert (problem.file, problem.line) == ("staff.csv", 5)
    assert words in problem.text


def test_a_desk_without_clerk_is_a_remark(listed: Workshop) -> None:
    listed.write("staff.csv", PEOPLE.replace("H42.08,clerk", "H42.08,leader"))
    (problem,) = validate_province(listed.slug)
    assert str(problem) == (
        "staff.csv: 1 nơi tiếp nhận chưa có cán bộ tiếp nhận (clerk): Trung tâm Phục vụ hành chính công."
    )
    assert not problem.blocks


def test_a_password_column_is_refused(listed: Workshop) -> None:
    listed.write("staff.csv", PEOPLE.replace("email", "password", 1))
    assert any("không có cột “password”" in problem.text for problem in validate_province(listed.slug))


def test_command_invites_again_and_names_who_is_not_there(
    listed: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    apply_province(listed.slug)
    call_command("province", "invite", listed.slug, "lan")
    assert re.search(r"Nguyễn Thị Lan \(lan\), dùng một lần: http://\S+/loi-moi/\S+", capsys.readouterr().out)
    for arguments in ((listed.slug, "khong-co"), (listed.slug,), ("khongcotinh", "lan")):
        with pytest.raises(SystemExit):
            call_command("province", "invite", *arguments)


def test_command_works_in_a_process_of_its_own(listed: Workshop) -> None:
    apply_province(listed.slug)
    done = subprocess.run(
        [sys.executable, "manage.py", "province", "invite", listed.slug, "quantri"],
        env=subprocess_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Trần Văn Quản (quantri)" in done.stdout
