"""The first people of a province come from a list without passwords, and by invitation."""

import re
import stat
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import province_context
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import ApplyReport, apply_province
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.folder import staff
from tenants.organisation.models import Assignment
from tests import tables
from tests.conftest import NOON
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
    sections.STEPS.append(staff.STEP)
    workshop.write("staff.csv", PEOPLE)
    return workshop


def notes(report: ApplyReport) -> list[str]:
    invited = next(one.report.invited for one in report.steps if one.step.code == "staff")
    return [f"{one.name} ({one.username}) {one.link}" for one in invited]


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
        *tables.read(__file__, "staff_faults.yaml"),
        (SECOND_ROLE, "đã có ở dòng 4"),
    ],
)
def test_faults_are_told_by_line(listed: Workshop, row: str, words: str) -> None:
    listed.write("staff.csv", PEOPLE + row + "\n")
    (problem,) = validate_province(listed.slug)
    assert (problem.file, problem.line) == ("staff.csv", 5)
    assert words in problem.message


def test_a_password_column_is_refused_and_a_desk_without_clerk_is_a_remark(listed: Workshop) -> None:
    listed.write("staff.csv", PEOPLE.replace("email", "password", 1))
    assert any("không có mục “password”" in problem.message for problem in validate_province(listed.slug))
    listed.write("staff.csv", PEOPLE.replace("H42.08,clerk", "H42.08,leader"))
    (problem,) = validate_province(listed.slug)
    assert str(problem) == (
        "staff.csv: 1 nơi tiếp nhận chưa có cán bộ tiếp nhận (clerk): Trung tâm Phục vụ hành chính công."
    )
    assert not problem.blocks


def test_command_invites_again_and_names_who_is_not_there(listed, capsys):
    apply_province(listed.slug)
    call_command("province", "invite", listed.slug, "lan")
    assert re.search(r"Nguyễn Thị Lan \(lan\), dùng một lần: http://\S+/loi-moi/\S+", capsys.readouterr().out)
    for arguments in ((listed.slug, "khong-co"), (listed.slug,), ("khongcotinh", "lan")):
        with pytest.raises(SystemExit):
            call_command("province", "invite", *arguments)


def sheets(place: Path, slug: str) -> dict[str, str]:
    """By agency, the sheets that are there; what lies there is for this account alone."""
    folder = place / "reports" / slug / "invitations"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    return {
        path.stem.rpartition("-")[2]: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())
    }


def test_each_agency_gets_a_sheet_with_the_links_of_its_people(listed, tmp_path, settings, capsys):
    settings.DATA_DIR = tmp_path / "data"
    listed.write("staff.csv", PEOPLE + "mai,Lê Thị Mai,,,H42.08,clerk\n")
    with clock.frozen(NOON):
        call_command("province", "apply", listed.slug, "--yes")
    out = capsys.readouterr().out
    assert "3 lời mời trong 2 phiếu, mỗi cơ quan một tệp, hết hạn lúc 10:00 28/11/2026" in out
    assert "/loi-moi/" not in out
    found = sheets(settings.DATA_DIR, listed.slug)
    assert ["Lê Thị Mai" in found[code] for code in ("H42", "H42.08")] == [False, True]
    assert "cán bộ tiếp nhận, Trung tâm Phục vụ hành chính công" in found["H42"]
    assert "Mở trước 10:00 28/11/2026" in found["H42"]


def test_who_set_no_password_gets_another_link_and_the_older_one_is_void(listed, tmp_path, settings, capsys):
    settings.DATA_DIR = tmp_path / "data"
    first = notes(apply_province(listed.slug))
    with province_context(listed.slug):
        user = User.objects.get(username="quantri")
        user.set_password("ba con mèo ngủ trưa")
        user.save()
    call_command("province", "invite", listed.slug, "--pending")
    (sheet,) = sheets(settings.DATA_DIR, listed.slug).values()
    assert ("Trần Văn Quản" in sheet, "Nguyễn Thị Lan" in sheet) == (False, True)
    browser = Client(headers={"host": f"{listed.slug}.localhost"})
    links = [re.findall(r"/quan-tri/loi-moi/[^\s<]+", text)[0] for text in (first[1], sheet)]
    assert ["Nguyễn Thị Lan" in browser.get(link).content.decode() for link in links] == [False, True]
    with pytest.raises(SystemExit):
        call_command("province", "invite", listed.slug, "--agency", "H42.99")
    assert "không có cơ quan mã H42.99" in capsys.readouterr().err


def test_where_no_sheet_can_be_written_the_links_are_shown(listed, tmp_path, settings, capsys):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.write_text("không phải thư mục")
    call_command("province", "apply", listed.slug, "--yes")
    assert capsys.readouterr().out.count("/loi-moi/") == 2
