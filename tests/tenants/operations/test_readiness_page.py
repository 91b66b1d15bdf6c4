"""How ready the province is, as its administrator sees it: the checks, ids and words of the command."""

import re
from collections.abc import Callable

import pytest
from django.core.management import call_command

from tenants.folder.readiness import Level, Owner, State
from tenants.operations.readiness import all_checks
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, signed_in

PAGE = "/quan-tri/san-sang/"
Add = Callable[..., None]


pytestmark = pytest.mark.usefixtures("province")


def seen(role: Role, query: str = "") -> str:
    client = signed_in(AssignmentFactory(role=role).user)
    response = client.get(PAGE + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_verdict_is_the_commands_own(check: Add, capsys: pytest.CaptureFixture[str]) -> None:
    check("thu.mot", Level.DEV)
    check("thu.hai", Level.GOLIVE, State.BLOCKED)
    page = seen(Role.ADMINISTRATOR, "?muc=golive")
    with pytest.raises(SystemExit):
        call_command("province", "check", "daklak", "--level", "golive")
    *_findings, counts, state, reached = capsys.readouterr().out.strip().splitlines()
    assert state.startswith("CHƯA SẴN SÀNG")
    # Codes of levels are for those who type commands.
    assert all(re.sub(r" \((dev|pilot|web|golive)\)", "", line) in page for line in (counts, state, reached))
    assert "(golive)" not in page


def test_what_blocks_is_told_with_id_cause_fix_and_owner(check: Add) -> None:
    check("thu.mot", state=State.BLOCKED, owner=Owner.OPERATOR)
    check("thu.hai", state=State.WARNING, owner=Owner.PROVINCE)
    page = seen(Role.ADMINISTRATOR, "?muc=dev")
    blocked = page.partition("Chặn (1)")[2].partition("</section>")[0]
    assert all(text in blocked for text in ("Việc thu.mot", "<code>thu.mot</code>", "Vì thu.mot."))
    assert "đơn vị vận hành sửa" in blocked
    # How operators repair it is a command of theirs.
    assert ("Sửa thu.mot." in page, "Sửa thu.hai." in page) == (False, True)


def test_a_level_leaves_out_what_stands_higher_and_an_unknown_one_is_that_of_the_state(check: Add) -> None:
    check("thu.cao", Level.GOLIVE, State.WARNING)
    shown = ["thu.cao" in seen(Role.ADMINISTRATOR, f"?muc={level}") for level in ("pilot", "golive")]
    assert shown == [False, True]
    page = seen(Role.ADMINISTRATOR, "?muc=khong-co")
    assert f'href="?muc={all_checks.run_checks("daklak").level}" aria-current="page"' in page


def test_the_page_that_repairs_it_is_linked_for_who_may_open_it(check: Add) -> None:
    """An auditor reads lanes, but no accounts that send."""
    check("thu.luong", state=State.WARNING, table="channels.lane")
    check("thu.taikhoan", state=State.WARNING, table="channels.channelaccount")
    for role, accounts in ((Role.ADMINISTRATOR, True), (Role.AUDITOR, False)):
        main = seen(role, "?muc=dev").partition("<main")[2]
        assert 'href="/quan-tri/channels/lane/"' in main
        assert ('href="/quan-tri/channels/channelaccount/"' in main) is accounts


def test_a_clerk_is_refused_and_has_no_menu_item(check: Add) -> None:
    client = signed_in(AssignmentFactory(role=Role.CLERK).user)
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/quan-tri/tai-khoan/").content.decode()
    assert PAGE in seen(Role.ADMINISTRATOR)


def test_every_named_page_of_the_rooms_is_one_of_the_site() -> None:
    """What the real checks find names tables that the staff's site shows."""
    seen(Role.ADMINISTRATOR, "?muc=golive")
