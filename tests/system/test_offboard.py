"""Leaving takes everything along, two people and a month; and nothing is dropped before.

The whole way, to the drop and into another installation, is gone in `test_two_weeks`."""

import csv
import json
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django_tenants.utils import schema_exists

from dossiers import files, services
from dossiers.files import storage
from dossiers.intake import PersonData
from dossiers.models import Attachment, Dossier
from messaging.models import ChannelAccount
from tenants import clock, heads, records, schemas
from tenants.accounts.models import User
from tenants.backup import copies
from tenants.context import each_province, province_context, public_context
from tenants.crypto import blind_index
from tenants.models import OperatorsEntry, Province
from tenants.onboarding import asking, golive, offboard, operators_log, whole_export, whole_import, wholeness
from tenants.onboarding.problems import Refused
from tenants.onboarding.states import pause_province, resume_province
from tests.conftest import CommittedProvince, as_owner, subprocess_environment
from tests.dossiers.files import samples
from tests.factories import Office, UserFactory
from tests.system.backing_up import kill_where_it_stops

pytestmark = pytest.mark.committed

OWNER = "Nguyễn Thị Rời Đi"
STOPS_HALF_WAY = """
import pathlib, sys, django
django.setup()
from tenants.onboarding import whole_import
def stop():
    print("đến", flush=True)
    sys.stdin.read()
whole_import._go_on_counting = stop
whole_import.import_province(pathlib.Path(sys.argv[1]))
"""
SECRET = "bi-mat-cua-kenh"


@pytest.fixture
def leaving(committed_province: CommittedProvince) -> str:
    """A province with a dossier, a file and a secret."""
    office = Office("H99")
    office.clerk.set_password("một câu dài dễ nhớ")
    office.clerk.save()
    intake = office.intake(owner=PersonData(name=OWNER, phone="0905000678", id_number="066190000001"))
    dossier = services.receive(intake, actor=office.clerk).dossier
    upload = SimpleUploadedFile("giay.pdf", samples.pdf())
    files.attach(dossier.pk, upload, kind="paper", actor=office.clerk, seen=1)
    ChannelAccount.objects.create(channel="mock", name="thu", secrets=json.dumps({"khoa": SECRET}))
    connection.set_schema_to_public()
    return committed_province.slug


@pytest.fixture
def people(leaving: str) -> Iterator[list[User]]:
    with public_context():
        made = [UserFactory(username=f"{leaving}{number}", is_superuser=True) for number in (1, 2)]
    yield made
    with public_context():
        # Django would look for what hangs on them in tables that only provinces have.
        User.objects.filter(pk__in=[user.pk for user in made])._raw_delete("default")


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    lines = (folder / "tables" / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def state(slug: str) -> str:
    with public_context():
        return str(Province.objects.get(schema_name=slug).state)


class TestExport:
    @pytest.fixture
    def folder(self, leaving: str, tmp_path: Path) -> Path:
        whole_export.export(leaving, tmp_path / "ra")
        return tmp_path / "ra"

    def test_every_row_of_every_table_is_there(self, leaving: str, folder: Path) -> None:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
        with province_context(leaving), connection.cursor() as cursor:
            for model in whole_export.tables():
                table = model._meta.db_table
                cursor.execute(f'SELECT count(*) FROM "{table}"')
                counted = cursor.fetchone()[0]
                with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
                    assert (said[table], len(rows(folder, table)), len(list(csv.reader(file))) - 1) == (
                        (counted,) * 3
                    ), table
        assert said["dossiers_dossier"] == 1

    def test_personal_data_can_be_read_without_keys(self, folder: Path) -> None:
        (party,) = rows(folder, "dossiers_party")
        assert (party["name"], party["phone"], party["id_number"]) == (OWNER, "0905000678", "066190000001")

    def test_what_opens_something_is_left_out(self, folder: Path) -> None:
        written = "".join(path.read_text(encoding="utf-8-sig") for path in (folder / "tables").iterdir())
        assert SECRET not in written
        assert {user["password"] for user in rows(folder, "accounts_user")} == {""}
        assert not (folder / "tables" / "accounts_session.csv").exists()

    def test_files_come_under_the_names_of_their_rows(self, folder: Path) -> None:
        (attached,) = rows(folder, "dossiers_attachment")
        assert (folder / "files" / attached["stored_name"]).stat().st_size == attached["size"]

    def test_the_guide_tells_every_column(self, folder: Path) -> None:
        guide = (folder / "README.md").read_text(encoding="utf-8")
        for model in whole_export.tables():
            assert f"## {model._meta.db_table} – " in guide
            for one in whole_export.columns(model):
                assert f"| `{one.attname}` |" in guide

    def test_sums_are_those_of_the_files(self, folder: Path) -> None:
        import hashlib

        sums = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sums"]
        found = {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }
        assert sums == found

    def test_nobody_else_on_the_machine_may_read_it(self, folder: Path) -> None:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
        assert modes == {0o600}

    def test_a_folder_with_something_in_it_is_refused(self, leaving: str, tmp_path: Path) -> None:
        (tmp_path / "cu").write_text("x")
        with pytest.raises(Refused, match="đã có tệp"):
            whole_export.export(leaving, tmp_path)

    def test_a_cell_that_looks_like_a_formula_is_not_run(self) -> None:
        assert whole_export._cell("=1+1") == "'=1+1"


class TestLeaving:
    @pytest.fixture(autouse=True)
    def as_the_owner(self, people: list[User]) -> Iterator[None]:
        with as_owner():
            yield

    def ready(self, slug: str, folder: Path) -> None:
        pause_province(slug)
        offboard.export(slug, folder)

    def archive(self, slug: str, folder: Path, people: list[User]) -> None:
        self.ready(slug, folder)
        proposal = offboard.propose(slug, actor=people[0]).pk
        offboard.confirm(slug, actor=people[1], proposal=proposal)

    def test_a_province_that_serves_does_not_leave(self, leaving: str, people: list[User]) -> None:
        with pytest.raises(Refused, match="hãy tạm dừng trước"):
            offboard.propose(leaving, actor=people[0])

    def test_nobody_leaves_before_an_export(self, leaving: str, people: list[User]) -> None:
        pause_province(leaving)
        with pytest.raises(Refused, match="chưa xuất dữ liệu"):
            offboard.propose(leaving, actor=people[0])

    def test_one_person_alone_archives_nothing(
        self, leaving: str, people: list[User], tmp_path: Path
    ) -> None:
        self.ready(leaving, tmp_path / "ra")
        proposal = offboard.propose(leaving, actor=people[0]).pk
        with pytest.raises(Refused, match="người vận hành khác"):
            offboard.confirm(leaving, actor=people[0], proposal=proposal)
        assert state(leaving) == "paused"

    def test_a_time_to_think_again_is_kept(self, leaving: str, people: list[User], tmp_path: Path) -> None:
        self.ready(leaving, tmp_path / "ra")
        for days in (-1, 0, offboard.SHORTEST_DAYS - 1, offboard.LONGEST_DAYS + 1, 10**15):
            with pytest.raises(Refused, match=f"phải từ 7 đến 3650 ngày, không phải {days}"):
                offboard.propose(leaving, actor=people[0], days=days)
        assert offboard.standing(leaving) is None
        offboard.propose(leaving, actor=people[0], days=offboard.SHORTEST_DAYS)

    def test_a_demonstration_need_not_wait(self, leaving: str, people: list[User], tmp_path: Path) -> None:
        with public_context():
            Province.objects.filter(schema_name=leaving).update(demo=True)
        self.ready(leaving, tmp_path / "ra")
        offboard.propose(leaving, actor=people[0], days=0)

    def test_the_second_person_at_the_terminal_reads_what_goes_and_when(
        self, leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        self.ready(leaving, tmp_path / "ra")
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

    def test_the_command_refuses_a_wait_that_is_too_short(
        self, leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        self.ready(leaving, tmp_path / "ra")
        monkeypatch.setattr(asking, "who", lambda terminal, by: people[0])
        with pytest.raises(SystemExit) as ended:
            call_command("province", "offboard", leaving, "--propose", "--wait", "0")
        assert ended.value.code == 2
        assert "phải từ 7 đến 3650 ngày, không phải 0" in capsys.readouterr().err

    def test_a_wait_that_is_too_short_is_told_before_a_password_is_asked(
        self, leaving: str, people: list[User], tmp_path: Path, capsys: Any
    ) -> None:
        self.ready(leaving, tmp_path / "ra")
        with pytest.raises(SystemExit):
            call_command("province", "offboard", leaving, "--propose", "--wait", "3")
        assert "phải từ 7 đến 3650 ngày, không phải 3" in capsys.readouterr().err

    @pytest.mark.parametrize("other", ["--withdraw", "--propose"])
    def test_one_thing_is_asked_for_at_a_time(self, leaving: str, capsys: Any, other: str) -> None:
        with pytest.raises(SystemExit) as ended:
            call_command("province", "offboard", leaving, "--drop", other, "--export", "x")
        assert ended.value.code == 2
        assert "chỉ nêu một việc" in capsys.readouterr().err

    @pytest.mark.parametrize("words", [("offboard", "--export"), ("export", "--to")])
    def test_a_file_in_place_of_a_folder_is_refused(
        self, leaving: str, tmp_path: Path, capsys: Any, words: tuple[str, str]
    ) -> None:
        taken = tmp_path / "tep"
        taken.write_text("x")
        with pytest.raises(SystemExit) as ended:
            call_command("province", words[0], leaving, words[1], str(taken))
        assert ended.value.code == 2
        assert f"Không đọc hoặc ghi được {taken}" in capsys.readouterr().err

    def test_a_folder_is_not_applied_to_an_archived_province(
        self, leaving: str, people: list[User], tmp_path: Path
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)
        with public_context(), pytest.raises(Refused, match="đã lưu trữ, không áp dụng được"):
            wholeness.refuse_at_rest(Province.objects.get(schema_name=leaving))

    def test_before_its_time_nothing_is_dropped(
        self, leaving: str, people: list[User], tmp_path: Path
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)
        almost = clock.now() + offboard.WAIT - timedelta(minutes=1)
        with clock.frozen(almost), pytest.raises(Refused, match="chưa đến lúc xóa"):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert schema_exists(leaving)

    def test_it_can_be_taken_back_while_the_data_is_there(
        self, leaving: str, people: list[User], tmp_path: Path
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)
        assert offboard.withdraw(leaving, actor=people[0]).state == "paused"
        with clock.frozen(clock.now() + offboard.WAIT * 2), pytest.raises(Refused, match="chưa thống nhất"):
            offboard.drop(leaving, tmp_path / "cuoi")

    def test_copies_beside_it_go_too(self, leaving: str, people: list[User], tmp_path: Path) -> None:
        self.archive(leaving, tmp_path / "ra", people)
        kept = f"{leaving}_truoc"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {kept}")
        copies.mark(copies.Copy(kept, leaving, "", "2026-11-20T03:00:00+07:00", ""))
        with public_context():
            row = Province.objects.get(schema_name=leaving)
        with clock.frozen(clock.now() + offboard.WAIT):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert not copies.exists(kept)
        row.pk = None  # for the fixture, which drops what it made
        row.save(force_insert=True, verbosity=0)

    def test_who_is_cut_off_while_dropping_can_drop_again(
        self, leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)

        def breaks(act: str, slug: str, **detail: Any) -> None:
            if act == "offboard.done":
                raise KeyboardInterrupt

        monkeypatch.setattr(operators_log, "record", breaks)
        with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(KeyboardInterrupt):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert (state(leaving), schema_exists(leaving)) == ("archived", True)

    def test_who_thinks_better_of_it_during_the_last_export_keeps_the_data(
        self, leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)

        def slow(slug: str, folder: Path, progress: Any) -> Any:
            offboard.withdraw(slug, actor=people[0])

        monkeypatch.setattr(offboard, "export", slow)
        with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(Refused, match="đổi ý"):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert (state(leaving), schema_exists(leaving)) == ("paused", True)

    def test_nobody_takes_it_back_while_it_is_being_dropped(
        self, leaving: str, people: list[User], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.archive(leaving, tmp_path / "ra", people)

        def another_tries(slug: str) -> None:
            other = connection.copy()
            try:
                with other.cursor() as cursor:
                    statement = "SELECT 1 FROM tenants_province WHERE schema_name = %s FOR UPDATE NOWAIT"
                    cursor.execute(statement, [slug])
            finally:
                other.close()

        monkeypatch.setattr(copies, "of", another_tries)
        with clock.frozen(clock.now() + offboard.WAIT), pytest.raises(OperationalError, match="lock"):
            offboard.drop(leaving, tmp_path / "cuoi")
        assert (state(leaving), schema_exists(leaving)) == ("archived", True)

    def test_the_command_drops_nothing_without_a_last_export(
        self, leaving: str, people: list[User], capsys: Any
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            call_command("province", "offboard", leaving, "--drop")
        assert ended.value.code == 2
        assert "thêm --export" in capsys.readouterr().err


class TestImport:
    """Into the same cluster, once the province is gone from it: that is all that a fresh installation knows."""

    @pytest.fixture
    def folder(self, leaving: str, people: list[User], tmp_path: Path) -> Iterator[Path]:
        """Exported, and dropped with everything."""
        with as_owner():
            whole_export.export(leaving, tmp_path / "ra")
            with public_context():
                Province.objects.get(schema_name=leaving).delete(force_drop=True)
            for path in (Path(settings.DATA_DIR) / "files").rglob("*"):
                if path.is_file():
                    path.unlink()
            records.forget()
            yield tmp_path / "ra"
            with public_context():
                if not Province.objects.filter(schema_name=leaving).exists():
                    # for the fixture, which drops what it made
                    Province(schema_name=leaving, name="x", short_name="x", agency_code="H99").save(
                        verbosity=0
                    )

    def test_counts_are_equal_and_dossiers_are_found(
        self, leaving: str, folder: Path, tmp_path: Path
    ) -> None:
        before = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert whole_import.import_province(folder) == before["rows"]
        assert state(leaving) == "paused"
        with province_context(leaving):
            dossier = Dossier.objects.get()
            assert (dossier.owner.name, dossier.owner.phone) == (OWNER, "0905000678")
            assert dossier.owner.phone_index == blind_index("0905000678", "phone")
            (attached,) = Attachment.objects.all()
            assert storage.fetch(attached.stored_name).read()
            assert not User.objects.filter(is_staff=True).first().has_usable_password()
        again = whole_export.export(leaving, tmp_path / "lai")
        assert (again.rows, again.files) == (before["rows"], before["files"])

    def test_what_comes_after_has_numbers_of_its_own(self, leaving: str, folder: Path) -> None:
        whole_import.import_province(folder)
        with province_context(leaving):
            assert UserFactory(username="moi").pk > 1

    def test_what_was_agreed_on_for_the_earlier_province_counts_no_more(
        self, leaving: str, folder: Path, people: list[User]
    ) -> None:
        operators_log.record("pause", leaving, was="live", now="paused")
        operators_log.record(offboard.EXPORTED, leaving, folder="/cũ", rows=0, files=0)
        operators_log.record("golive.confirmed", leaving, actor=people[0], at="2026-01-01T07:30:00+07:00")
        whole_import.import_province(folder)
        assert offboard.last_export(leaving) is None
        assert golive.standing(leaving) is None
        assert resume_province(leaving).state == "pilot"

    def test_what_was_changed_after_the_export_is_refused(self, leaving: str, folder: Path) -> None:
        with (folder / "tables" / "dossiers_party.jsonl").open("a") as file:
            file.write("\n")
        with pytest.raises(Refused, match="đã bị sửa"):
            whole_import.import_province(folder)
        assert not schema_exists(leaving)

    def test_another_code_is_refused(
        self, leaving: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(heads, "of_this_code", lambda: frozenset({"dossiers.9999_later"}))
        with pytest.raises(Refused, match="bản mã khác"):
            whole_import.import_province(folder)

    def test_a_province_that_is_here_is_not_overwritten(self, leaving: str, folder: Path) -> None:
        whole_import.import_province(folder)
        with pytest.raises(Refused, match="đã có"):
            whole_import.import_province(folder)
        with province_context(leaving):
            assert Dossier.objects.count() == 1

    def test_a_killed_import_is_served_by_nothing_and_the_next_one_finishes(
        self, leaving: str, folder: Path
    ) -> None:
        environment = {**subprocess_environment(), "DATA_DIR": str(settings.DATA_DIR)}
        kill_where_it_stops(STOPS_HALF_WAY, str(folder), env=environment)
        records.forget()
        record = records.by_slug(leaving)
        assert (record.state, record.is_at_rest) == ("unfinished", True)
        for act in (resume_province, pause_province):
            with pytest.raises(Refused, match="chưa dựng xong"):
                act(leaving)
        assert leaving not in {province.slug for province in each_province()}
        rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
        assert whole_import.import_province(folder) == rows
        assert state(leaving) == "paused"

    @pytest.fixture
    def half(self, leaving: str, folder: Path) -> str:
        """What a killed import leaves, before its schema is there."""
        described = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["province"]
        row = whole_import._row(described)
        row.auto_create_schema = False
        with public_context():
            row.save(verbosity=0)
        records.forget()
        return leaving

    def said(self, capsys: Any, *words: str) -> str:
        with suppress(SystemExit, CommandError):
            call_command(*words)
        told = capsys.readouterr()
        return str(told.out + told.err)

    def test_who_gives_up_half_an_import_can_use_the_name_again(
        self, half: str, folder: Path, capsys: Any
    ) -> None:
        assert "dùng lại được" in self.said(capsys, "province", "discard", half)
        assert "hưa có tỉnh" in self.said(capsys, "province", "discard", half)
        with public_context():
            entry = OperatorsEntry.objects.filter(slug=half).first()
        assert entry is not None
        assert entry.act == "discard"
        whole_import.import_province(folder)

    def test_only_half_a_province_is_discarded(self, leaving: str, folder: Path, capsys: Any) -> None:
        whole_import.import_province(folder)
        assert "chỉ bỏ được tỉnh chưa dựng xong" in self.said(capsys, "province", "discard", leaving)
        assert (state(leaving), schema_exists(leaving)) == ("paused", True)

    def test_half_a_province_with_a_copy_is_not_discarded(self, half: str, capsys: Any) -> None:
        kept = f"{half}_moi"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {kept}")
        copies.mark(copies.Copy(kept, half, "a.mcb", "2026-11-20T03:00:00+07:00", ""))
        try:
            assert f"còn bản {kept}" in self.said(capsys, "province", "discard", half)
            assert state(half) == "unfinished"
        finally:
            schemas.drop_schema(kept)

    def test_every_command_says_that_it_is_not_whole_and_what_leads_out(
        self, half: str, tmp_path: Path, capsys: Any
    ) -> None:
        for words in (
            ("province", "check", half),
            ("province", "status", half),
            ("province", "invite", half, "ai"),
            ("province", "export", half, "--to", str(tmp_path / "thu-muc")),
            ("province", "offboard", half, "--export", str(tmp_path / "het")),
            ("schemas", "status"),
        ):
            told = self.said(capsys, *words)
            assert "chưa dựng xong: chạy lại province import" in told, words
            assert "Đạt trọn mức" not in told
        with pytest.raises(CommandError, match="chưa dựng xong"):
            call_command("audit", "verify", half)

    @pytest.mark.parametrize("missing", ["rows", "files", "sums", "migrations", "province"])
    def test_a_manifest_with_a_gap_is_refused(self, leaving: str, folder: Path, missing: str) -> None:
        path = folder / "manifest.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        del said[missing]
        path.write_text(json.dumps(said), encoding="utf-8")
        with pytest.raises(Refused, match=f"thiếu hoặc sai: {missing}"):
            whole_import.import_province(folder)

    def test_a_table_without_a_column_is_refused(self, leaving: str, folder: Path) -> None:
        table = folder / "tables" / "dossiers_party.jsonl"
        lines = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
        table.write_text("".join(json.dumps({"id": line["id"]}) + "\n" for line in lines), encoding="utf-8")
        path = folder / "manifest.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        said["sums"] = whole_export._sums(folder) | {"manifest.json": ""}
        del said["sums"]["manifest.json"]
        path.write_text(json.dumps(said), encoding="utf-8")
        with pytest.raises(Refused, match="thiếu cột"):
            whole_import.import_province(folder)
        assert not schema_exists(leaving)

    def test_an_import_that_fails_leaves_nothing(
        self, leaving: str, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks() -> None:
            raise RuntimeError("cắm sẵn")

        monkeypatch.setattr(whole_import, "_go_on_counting", breaks)
        with pytest.raises(RuntimeError, match="cắm sẵn"):
            whole_import.import_province(folder)
        assert not schema_exists(leaving)
