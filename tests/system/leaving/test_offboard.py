"""Leaving takes everything along, two people and a month; and nothing is dropped before.

The whole way, to the drop and into another installation, is gone in `test_two_weeks`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django_tenants.utils import schema_exists

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.folder import folder
from tenants.folder.problems import Refused
from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.backup import side_schemas
from tenants.operations.golive import offboard
from tenants.operations.golive.golive import pause_province
from tests.conftest import as_owner
from tests.system.leaving.province import archive, ready, state

pytestmark = pytest.mark.committed


@pytest.fixture(autouse=True)
def as_the_owner(leaving: str) -> Iterator[None]:
    """As owner; and with each test the life of the province begins anew: it serves, and nothing was agreed on."""
    with as_owner():
        Province.objects.filter(schema_name=leaving).update(state=Province.State.LIVE, demo=False)
        province_cache.clear_cache()
        operators_log.record(operators_log.CREATED, leaving)
        yield


def asked_days(slug: str) -> int:
    """How many days are waited after what was proposed."""
    said = offboard.approval_of(slug)
    assert said is not None
    return offboard.agreed_wait(said).days


def test_a_province_that_serves_does_not_leave(leaving: str, people: list[User]) -> None:
    with pytest.raises(Refused, match="hãy tạm dừng trước"):
        offboard.propose(leaving, actor=people[0])


def test_nobody_leaves_before_an_export(leaving: str, people: list[User]) -> None:
    pause_province(leaving)
    with pytest.raises(Refused, match="chưa xuất dữ liệu"):
        offboard.propose(leaving, actor=people[0])


def test_one_person_alone_archives_nothing(leaving: str, people: list[User], tmp_path: Path) -> None:
    ready(leaving, tmp_path / "ra")
    proposal = offboard.propose(leaving, actor=people[0]).pk
    with pytest.raises(Refused, match="người vận hành khác"):
        offboard.confirm(leaving, actor=people[0], proposal=proposal)
    assert state(leaving) == "paused"


def test_a_time_to_think_again_is_kept(leaving: str, people: list[User], tmp_path: Path) -> None:
    ready(leaving, tmp_path / "ra")
    for days in (-1, 0, offboard.SHORTEST_DAYS - 1, offboard.LONGEST_DAYS + 1, 10**15):
        with pytest.raises(Refused, match=f"phải từ 7 đến 3650 ngày, không phải {days}"):
            offboard.propose(leaving, actor=people[0], days=days)
    assert offboard.approval_of(leaving) is None
    offboard.propose(leaving, actor=people[0], days=offboard.SHORTEST_DAYS)
    assert asked_days(leaving) == offboard.SHORTEST_DAYS


def test_a_demonstration_need_not_wait(leaving: str, people: list[User], tmp_path: Path) -> None:
    with public_context():
        Province.objects.filter(schema_name=leaving).update(demo=True)
    ready(leaving, tmp_path / "ra")
    offboard.propose(leaving, actor=people[0], days=0)
    assert asked_days(leaving) == 0


def test_the_second_person_at_the_terminal_reads_what_goes_and_when(
    leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    ready(leaving, tmp_path / "ra")
    offboard.propose(leaving, actor=people[0], days=9)

    def gives_up(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", gives_up)
    with pytest.raises(SystemExit) as ended:
        call_command("province", "offboard", leaving, "--propose", "--by", people[1].username)
    told = capsys.readouterr()
    assert (ended.value.code, state(leaving)) == (2, "paused")
    assert "từ “tạm dừng” sang “đã lưu trữ”; sau 9 ngày thì xóa được mọi dữ liệu." in told.out
    assert f"dòng, ở {tmp_path / 'ra'}." in told.out
    assert f"{people[0].username} đã đề nghị lúc" in told.out


def test_a_wait_that_is_too_short_is_told_before_a_password_is_asked(leaving, people, tmp_path, capsys):
    ready(leaving, tmp_path / "ra")
    with pytest.raises(SystemExit):
        call_command("province", "offboard", leaving, "--propose", "--wait", "3")
    assert "phải từ 7 đến 3650 ngày, không phải 3" in capsys.readouterr().err


@pytest.mark.parametrize("other", ["--withdraw", "--propose"])
def test_one_thing_is_asked_for_at_a_time(leaving: str, capsys: Any, other: str) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("province", "offboard", leaving, "--drop", other, "--export", "x")
    assert ended.value.code == 2
    assert "chỉ nêu một việc" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("offboard", "--export"), ("export", "--to")])
def test_a_file_in_place_of_a_folder_is_refused(leaving, tmp_path, capsys, words):
    taken = tmp_path / "tep"
    taken.write_text("x")
    with pytest.raises(SystemExit) as ended:
        call_command("province", words[0], leaving, words[1], str(taken))
    assert ended.value.code == 2
    assert f"Không đọc hoặc ghi được {taken}" in capsys.readouterr().err


def test_a_folder_is_not_applied_to_an_archived_province(leaving, people, tmp_path):
    archive(leaving, tmp_path / "ra", people)
    with public_context(), pytest.raises(Refused, match="đã lưu trữ, không áp dụng được"):
        folder.refuse_at_rest(Province.objects.get(schema_name=leaving))


def test_before_its_time_nothing_is_dropped(leaving: str, people: list[User], tmp_path: Path) -> None:
    archive(leaving, tmp_path / "ra", people)
    almost = clock.now() + offboard.WAIT - timedelta(minutes=1)
    with clock.frozen(almost), pytest.raises(Refused, match="chưa đến lúc xóa"):
        offboard.drop(leaving, tmp_path / "cuoi")
    assert schema_exists(leaving)


def test_it_can_be_taken_back_while_the_data_is_there(leaving, people, tmp_path):
    archive(leaving, tmp_path / "ra", people)
    assert offboard.withdraw(leaving, actor=people[0]).state == "paused"
    with clock.frozen(clock.now() + offboard.WAIT * 2), pytest.raises(Refused, match="chưa thống nhất"):
        offboard.drop(leaving, tmp_path / "cuoi")


def test_who_is_cut_off_while_dropping_can_drop_again(leaving, people, tmp_path, monkeypatch):
    archive(leaving, tmp_path / "ra", people)

    def breaks(act: str, slug: str, **detail: Any) -> None:
        if act == "offboard.done":
            raise KeyboardInterrupt

    monkeypatch.setattr(operators_log, "record", breaks)
    with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(KeyboardInterrupt):
        offboard.drop(leaving, tmp_path / "cuoi")
    assert (state(leaving), schema_exists(leaving)) == ("archived", True)


def test_who_thinks_better_of_it_during_the_last_export_keeps_the_data(
    leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive(leaving, tmp_path / "ra", people)

    def slow(slug: str, folder: Path, progress: Any) -> Any:
        offboard.withdraw(slug, actor=people[0])

    monkeypatch.setattr(offboard, "export", slow)
    with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(Refused, match="đổi ý"):
        offboard.drop(leaving, tmp_path / "cuoi")
    assert (state(leaving), schema_exists(leaving)) == ("paused", True)


def test_nobody_takes_it_back_while_it_is_being_dropped(leaving, people, tmp_path, monkeypatch):
    archive(leaving, tmp_path / "ra", people)

    def another_tries(slug: str) -> None:
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                statement = "SELECT 1 FROM tenants_province WHERE schema_name = %s FOR UPDATE NOWAIT"
                cursor.execute(statement, [slug])
        finally:
            other.close()

    monkeypatch.setattr(side_schemas, "of", another_tries)
    with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(OperationalError, match="lock"):
        offboard.drop(leaving, tmp_path / "cuoi")
    assert (state(leaving), schema_exists(leaving)) == ("archived", True)


def test_the_command_drops_nothing_without_a_last_export(leaving, people, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("province", "offboard", leaving, "--drop")
    assert ended.value.code == 2
    assert "thêm --export" in capsys.readouterr().err


def test_copies_beside_it_go_too(leaving: str, people: list[User], tmp_path: Path) -> None:
    archive(leaving, tmp_path / "ra", people)
    kept = f"{leaving}_truoc"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {kept}")
    side_schemas.mark(side_schemas.Copy(kept, leaving, "", "2026-11-20T03:00:00+07:00", ""))
    row = Province.objects.get(schema_name=leaving)
    with clock.frozen(clock.now() + offboard.WAIT):
        offboard.drop(leaving, tmp_path / "cuoi")
    assert not schema_exists(kept)
    row.pk, row.auto_create_schema = None, False  # for the fixture, which drops what it made
    row.save(force_insert=True, verbosity=0)
