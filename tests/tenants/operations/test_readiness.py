"""Is a province ready? Checks of a room's own, run in a province of the suite."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.core.management import call_command

from tenants import clock
from tenants.folder.readiness import Check, Finding, Level, Owner, State
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import clear_cache
from tenants.operations.readiness import all_checks
from tests.conftest import NOON

Add = Callable[..., None]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("province", "check", *arguments)
    return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("state", "code"), [(State.OK, 0), (State.SKIPPED, 0), (State.WARNING, 1), (State.BLOCKED, 2)]
)
def test_the_exit_code_tells_how_it_stands(check: Add, state: State, code: int) -> None:
    check("thu.mot")
    check("thu.hai", state=state)
    assert run("daklak", "--level", "dev") == code


def test_what_somebody_outside_has_to_approve_keeps_nobody_from_going_live(check: Add) -> None:
    check("thu.ngay-le", Level.GOLIVE)
    found = Finding("zalo.template.received", "Mẫu", State.BLOCKED, "Chưa có.")
    all_checks.CHECKS.append(Check("thu.mau", "Mẫu", Level.GOLIVE, lambda: [found], can_follow=True))
    assert not all_checks.run_checks("daklak", Level.WEB).is_blocked
    report = all_checks.run_checks("daklak", Level.GOLIVE)
    assert (report.is_blocked, report.reached) == (True, Level.WEB)
    check("thu.mot", Level.DEV, State.BLOCKED)
    assert all_checks.run_checks("daklak", Level.GOLIVE).reached is None


def test_the_board_asks_nobody_outside(check: Add) -> None:
    """It shows what was answered last, and else that nobody asked."""
    all_checks.CHECKS.append(
        Check("thu.xa", "Xa", Level.DEV, lambda: [Finding("thu.xa", "Xa")], asks_outside=True)
    )

    def told(**more: bool) -> tuple[str, State]:
        (found,) = all_checks.run_checks("daklak", Level.DEV, **more).findings
        return found.title, found.state

    assert told(outside=False) == ("Xa", State.SKIPPED)
    with clock.frozen(NOON):
        assert told() == ("Xa", State.OK)
    assert told(outside=False) == ("Xa (hỏi lúc 10:00 25/11)", State.OK)


def test_what_misses_the_highest_level_passes_a_lower_one_and_says_so(check: Add, capsys: Any) -> None:
    check("thu.tai-khoan", Level.PILOT)
    check("zalo.template.received", Level.GOLIVE, State.BLOCKED)
    assert run("daklak", "--level", "pilot") == 0
    assert "SẴN SÀNG ở mức chạy thử (pilot)." in capsys.readouterr().out
    assert run("daklak", "--level", "golive") == 2
    told = capsys.readouterr().out
    assert "CHƯA SẴN SÀNG ở mức phục vụ chính thức (golive)." in told
    assert "Đạt trọn mức chạy thử (pilot): tiếp nhận, giấy hẹn và tra cứu chạy được" in told


def test_a_fault_is_told_with_cause_fix_and_whose_it_is(check: Add, capsys: Any) -> None:
    check("thu.mot", state=State.BLOCKED, owner=Owner.OPERATOR)
    run("daklak", "--level", "dev")
    told = capsys.readouterr().out
    assert " ✗ thu.mot  Việc thu.mot\n     Vì thu.mot.\n     → Sửa thu.mot. (đơn vị vận hành)\n" in told
    assert "Kết quả: 0 đạt · 0 cảnh báo · 1 chặn · 0 bỏ qua." in told


def test_programs_get_the_same(check: Add, capsys: Any) -> None:
    check("thu.mot", state=State.WARNING)
    assert run("daklak", "--level", "dev", "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["province"], told["level"], told["ready"], told["reached"]) == ("daklak", "dev", True, "dev")
    assert told["counts"] == {"ok": 0, "warning": 1, "blocked": 0, "skipped": 0}
    assert told["checks"] == [
        {
            "id": "thu.mot",
            "level": "dev",
            "state": "warning",
            "title": "Việc thu.mot",
            "owner": "province",
            "cause": "Vì thu.mot.",
            "fix": "Sửa thu.mot.",
        }
    ]


def test_a_check_that_fails_counts_as_blocked_and_hides_no_other(check: Add) -> None:
    def fail() -> Iterable[Finding]:
        yield Finding("thu.hong.mot", "Một")
        raise RuntimeError("mật khẩu abc")

    check("thu.mot")
    all_checks.CHECKS.append(Check("thu.hong", "Hỏng", Level.DEV, fail))
    found = {finding.id: finding for finding in all_checks.run_checks("daklak", Level.DEV).findings}
    assert (found["thu.mot"].state, found["thu.hong"].state) == (State.OK, State.BLOCKED)
    assert "RuntimeError" in found["thu.hong"].cause
    assert "abc" not in found["thu.hong"].cause


@pytest.mark.parametrize(
    ("state", "level"), [("draft", "dev"), ("pilot", "pilot"), ("live", "golive"), ("paused", "golive")]
)
def test_without_a_level_the_state_of_the_province_says_it(check: Add, state: str, level: str) -> None:
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state=state)
    clear_cache()
    assert all_checks.run_checks("daklak").level == level


@pytest.mark.parametrize("slug", ["khongco", "Sai Tên", "public", "x" * 90])
def test_an_unknown_province_is_refused_in_words(check: Add, slug: str, capsys: Any) -> None:
    assert run(slug) == 2
    assert capsys.readouterr().err


def test_checks_stand_by_level_and_id_and_no_two_have_one_id() -> None:
    found = [(list(Level).index(check.stands_on), check.id) for check in all_checks.CHECKS]
    assert found == sorted(found)
    assert len({id for _level, id in found}) == len(found) > 1
