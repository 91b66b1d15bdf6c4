"""A province is backed up, damaged, and comes back beside the running one.

That another one answers meanwhile is seen in `test_two_weeks`."""

import gc
import hashlib
import re
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from dossiers.lifecycle import files
from dossiers.lifecycle.models import DailyCounter
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.audit import operators_log
from tenants.audit.models import AuditEntry
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.backend.base import ENTER
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import (
    archive,
    archive_store,
    dump,
    history,
    pg_tools,
    restore,
    side_schemas,
    stored_files,
    swap,
)
from tenants.operations.backup.archive import BackupRefused, Damaged
from tests import disk
from tests.conftest import NOON, CommittedProvince, as_owner, subprocess_environment
from tests.dossiers.lifecycle.files import samples
from tests.system.backing_up import Site, standing_site

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]


@pytest.fixture
def site(committed_province: CommittedProvince, tmp_path: Path) -> Iterator[Site]:
    with standing_site(committed_province.record, tmp_path) as made:
        made.back_up()
        yield made


@pytest.fixture(scope="module")
def standing(kept_province: ProvinceRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with standing_site(kept_province, tmp_path_factory.mktemp("site")) as made:
        made.back_up()
        yield made


@pytest.fixture
def kept_site(standing: Site) -> Iterator[Site]:
    """One for a whole module: for what does not ask which messages wait."""
    yield standing
    with as_owner(), public_context():
        for copy in side_schemas.of(standing.slug):
            restore.discard_schema(copy.name)
        Province.objects.filter(schema_name=standing.slug).update(state=standing.province.state)
    province_cache.clear_cache()


def test_a_notice_of_which_nothing_is_known_any_more_goes_to_a_person(site: Site) -> None:
    site.run_relay()
    site.restore()
    with as_owner(), site.inside(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE messaging_message CASCADE")
    site.swap(without=("numbers", "messages", "calls", "erasures"))
    (message,) = site.run_relay()
    assert (message.state, message.attempts) == ("failed", 0)
    with site.inside():
        call = Call.objects.get()
        assert (call.message_id, call.reason, call.outcome) == (message.pk, "uncertain", "")
        assert "phục hồi" in call.problem
    with as_owner(), pytest.raises(BackupRefused, match="Cần gọi điện"):
        swap.release(site.slug)


def test_held_messages_that_never_left_are_sent_when_an_operator_lets_them_go(site, capsys):
    with site.inside():
        tried = site.receive().subject
    site.back_up()
    with site.inside():
        Message.objects.filter(subject=tried).update(attempts=1)
    site.restore()
    kept_as = site.swap().kept_as
    with as_owner():
        call_command("backup", "release", site.slug, "--yes")
        assert "Đã cho gửi 1 tin" in capsys.readouterr().out
        call_command("backup", "release", site.slug, "--yes")
        assert "không có tin nào" in capsys.readouterr().out
        with site.inside():
            (entry,) = AuditEntry.objects.filter(action="backup.released")
        logged = operators_log.last(site.slug, "release")
        assert logged is not None
        assert (entry.detail["count"], logged.detail["count"]) == (1, 1)
    assert [message.state for message in site.run_relay()] == ["delivered", "failed"]
    with as_owner():
        swap.swap(site.slug, kept_as)
    assert [(message.state, message.attempts) for message in site.run_relay()] == [
        ("delivered", 1),
        ("failed", 1),
    ]


def test_files_that_only_a_kept_copy_knows_are_no_orphans(kept_site: Site) -> None:
    with kept_site.inside():
        made = files.attach(
            kept_site.dossier.pk, samples.upload(samples.pdf(), "b.pdf"), kind="paper", actor=kept_site.office.clerk,
            paper="Tờ khai",
        )  # fmt: skip
    kept_site.restore()
    kept_as = kept_site.swap().kept_as
    with clock.frozen(disk.now() + timedelta(days=2)):
        with kept_site.inside(), pytest.raises(schemas.NotTheOwner):
            stored_files.sweep()
        with (
            as_owner(),
            kept_site.inside(),
            advisory_locks.exclusive_schema_lock(kept_site.slug),
            pytest.raises(BackupRefused),
        ):
            stored_files.sweep()
        with as_owner(), kept_site.inside():
            assert stored_files.sweep().orphans == []
        with as_owner():
            restore.discard(kept_site.slug, kept_as)
        with kept_site.inside():
            assert stored_files.sweep().orphans == [made.stored_name]


def test_who_comes_to_write_during_the_swap_writes_into_what_is_then_there(kept_site, monkeypatch):
    with kept_site.inside():
        scope = connection.wanted_scope()
    serving = subprocess_environment()["DATABASE_URL"]
    said: list[str] = []

    def work() -> None:
        with psycopg.connect(serving) as clerk:
            clerk.execute(ENTER, scope)
            done = clerk.execute(
                "INSERT INTO dossiers_dailycounter (agency_id, day, last) VALUES (%s, '2020-02-02', 7)",
                [kept_site.office.desk.pk],
            )
            said.append(done.statusmessage or "")

    clerk = threading.Thread(target=work)
    carry = swap._never_give_a_number_twice

    def meanwhile(*arguments: Any) -> Any:
        clerk.start()
        with pg_tools.connect() as looking:
            while clerk.is_alive():
                waits = looking.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
                if waits and waits[0]:
                    break
        return carry(*arguments)

    monkeypatch.setattr(swap, "_never_give_a_number_twice", meanwhile)
    kept_site.restore()
    kept_as = kept_site.swap().kept_as
    clerk.join()
    assert said == ["INSERT 0 1"]
    with kept_site.inside():
        assert DailyCounter.objects.filter(day="2020-02-02").exists()
    with as_owner(), side_schemas.inside(kept_site.province, kept_as):
        assert not DailyCounter.objects.filter(day="2020-02-02").exists()


def test_the_whole_way_by_the_command(kept_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with as_owner():
        call_command("backup", "verify", str(kept_site.archive))
        call_command("backup", "rehearse", kept_site.slug)
        call_command("backup", "restore", kept_site.slug)
        with pytest.raises(CommandError, match="province pause"):
            call_command("backup", "swap", kept_site.slug, f"{kept_site.slug}_moi", "--yes")
        kept_site.pause()
        with pytest.raises(CommandError, match="--yes"):
            call_command("backup", "swap", kept_site.slug, f"{kept_site.slug}_moi")
        call_command("backup", "swap", kept_site.slug, f"{kept_site.slug}_moi", "--yes")
        (kept,) = side_schemas.of(kept_site.slug)
        call_command("backup", "run", kept_site.slug)
        call_command("backup", "list", kept_site.slug)
        call_command("backup", "discard", kept_site.slug, kept.name, "--yes")
        call_command("backup", "open", str(kept_site.archive), "--to", str(kept_site.folder / "open"))
        assert side_schemas.of(kept_site.slug) == []
    assert (kept_site.folder / "open" / "database.dump").read_bytes().startswith(b"PGDMP")
    said = capsys.readouterr().out
    assert [word for word in ("Nguyên vẹn", "thử được", "nay chạy bằng", kept.name) if word not in said] == []


def test_what_a_killed_one_leaves_blocks_nothing_and_the_next_one_clears_it_away(kept_site):
    kept_site.kill_at("discard_schema", "rehearse")
    with as_owner():
        (left,) = side_schemas.of(kept_site.slug)
        kept_site.pause()
        with pytest.raises(BackupRefused, match="dở dang"):
            swap.swap(kept_site.slug, left.name)
        restore.rehearse(kept_site.slug, kept_site.archive)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [kept_site.slug]
            )
            assert cursor.fetchall() == [(kept_site.slug,)]


def test_what_a_swap_kept_is_listed_for_30_days(kept_site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with as_owner(), connection.cursor() as cursor:
        for days in (29, 31):
            name = f"{kept_site.slug}_truoc_{days}"
            moment = (disk.now() - timedelta(days=days)).isoformat()
            cursor.execute(f'CREATE SCHEMA "{name}"')
            side_schemas.mark(side_schemas.Copy(name, kept_site.slug, "", moment, moment))
        call_command("backup", "run", kept_site.slug)
        (left,) = side_schemas.of(kept_site.slug)
        restore.discard(kept_site.slug, left.name)
    assert left.name == f"{kept_site.slug}_truoc_29"
    assert f"đã xóa bản cũ {kept_site.slug}_truoc_31" in capsys.readouterr().out


def test_the_province_is_worked_in_while_its_archive_is_loaded(kept_site, monkeypatch):
    with kept_site.inside():
        scope = connection.wanted_scope()
    renamed = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'psql' AND backend_xid IS NOT NULL"

    def meanwhile(*arguments: Any) -> None:
        with pg_tools.connect() as looking:
            while not looking.execute(renamed).fetchone():
                pass
        with psycopg.connect(subprocess_environment()["DATABASE_URL"]) as clerk:
            clerk.execute(ENTER, scope)
            clerk.execute("SET statement_timeout = '5s'")
            clerk.execute(
                "INSERT INTO dossiers_dailycounter (agency_id, day, last) VALUES (%s, '2020-01-01', 7)",
                [kept_site.office.desk.pk],
            )
        raise Damaged("tới đây thôi")

    monkeypatch.setattr(restore, "_commit", meanwhile)
    with pytest.raises(Damaged, match="tới đây thôi"):
        kept_site.restore()
    with kept_site.inside():
        assert DailyCounter.objects.filter(day="2020-01-01").exists()
    with as_owner():
        assert side_schemas.of(kept_site.slug) == []


def test_the_newest_archives_of_all_provinces_are_read_and_a_harmed_one_is_named(
    kept_site: Site, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with as_owner():
        call_command("backup", "verify", "--all")
        assert "Nguyên vẹn" in capsys.readouterr().out
        newest = next(iter(archive_store.archives(kept_site.slug).values()))
        content = newest.read_bytes()
        newest.write_bytes(content[:-1])
        with pytest.raises(CommandError, match=newest.name):
            call_command("backup", "verify", "--all")
        newest.write_bytes(content)


@pytest.mark.parametrize("harm", ["cut", "changed", "moved", "foreign"])
def test_a_harmed_archive_is_refused_and_leaves_nothing(kept_site, harm, settings, tmp_path):
    content = bytearray(kept_site.archive.read_bytes())
    if harm == "cut":
        del content[-40:]
    elif harm == "changed":
        content[len(content) // 2] ^= 1
    elif harm == "moved":
        content[0:5] = b"xxxxx"
    else:
        settings.BACKUP_KEYS = ["khóa khác"]
    harmed = tmp_path / "a.mcb"
    harmed.write_bytes(content)
    with as_owner():
        with pytest.raises(Damaged):
            restore.restore(kept_site.slug, harmed, f"{kept_site.slug}_moi")
        assert side_schemas.of(kept_site.slug) == []


def test_the_summary_that_ends_an_older_archive_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.mcb"
    with file.open("wb") as target, archive.writing(target, "khóa") as writer:
        writer.manifest(archive.Manifest("daklak", "", "", "", "", 18, [], {}))
        for name in ("database/000001", "closing.json"):
            writer._add(name, b"x")
    with archive.reading(file, ["khóa"]) as reader:
        assert [(name, content.read()) for name, content in reader.members()] == [("database/000001", b"x")]


def test_a_backup_of_the_same_second_replaces_none(settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_DIR = tmp_path
    for content in (b"1", b"2"):
        with archive_store.new("daklak", NOON) as (file, _path):
            file.write(content)
    kept = list(archive_store.archives("daklak").values())
    assert [path.read_bytes() for path in kept] == [b"2", b"1"]
    sums = [path.with_name(f"{path.name}.sha256").read_text().split() for path in kept]
    assert sums == [[hashlib.sha256(path.read_bytes()).hexdigest(), path.name] for path in kept]


def test_an_archive_that_could_not_be_finished_is_none(kept_site, settings, tmp_path, monkeypatch):
    write, ignored = archive._Sealing._seal, list[Any]()

    def fills_the_disk(sealing: Any, *, last: bool) -> None:
        if sealing._number:
            raise OSError(28, "No space left on device")
        write(sealing, last=last)

    settings.BACKUP_DIR = tmp_path
    monkeypatch.setattr(archive, "PIECE", 1024)
    monkeypatch.setattr(archive._Sealing, "_seal", fills_the_disk)
    monkeypatch.setattr(sys, "unraisablehook", ignored.append)
    with kept_site.inside():
        before = AuditEntry.objects.filter(subject=history.SUBJECT).count()
    place = tmp_path / kept_site.slug
    said = f"Không ghi được bản sao lưu của {kept_site.slug} vào {place}: ổ đĩa đã đầy."
    with as_owner(), pytest.raises(CommandError, match=f"^{re.escape(said)}$"):
        call_command("backup", "run", kept_site.slug)
    gc.collect()
    assert ignored == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with kept_site.inside():
        assert AuditEntry.objects.filter(subject=history.SUBJECT).count() == before


def test_two_backups_of_a_province_do_not_run_at_once(kept_site: Site) -> None:
    with as_owner(), pg_tools.connect() as other:
        dump._one_at_a_time(other, kept_site.province)
        with pytest.raises(BackupRefused, match="Đang có"):
            dump.take(kept_site.slug)


@pytest.mark.parametrize("name", ["daklak", "daklak_moi", "public", "x", "{slug}", "{slug}_Đ", "{slug}_a;b"])
def test_a_copy_cannot_take_a_name_that_could_be_somebody_elses(kept_site: Site, name: str) -> None:
    with as_owner(), pytest.raises(BackupRefused, match="Tên bản phục hồi"):
        restore.restore(kept_site.slug, kept_site.archive, name.replace("{slug}", kept_site.slug))


def test_another_provinces_archive_is_refused(kept_site: Site) -> None:
    with as_owner(), pytest.raises(BackupRefused, match="không phải của daklak"):
        restore.restore("daklak", kept_site.archive, "daklak_moi")


def test_an_archive_of_other_code_is_refused(kept_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    without = schema_migrations.code_migrations() - {"dossiers.0001_initial"}
    monkeypatch.setattr(schema_migrations, "code_migrations", lambda: without)
    with as_owner(), pytest.raises(BackupRefused, match=r"có dossiers\.0001_initial"):
        restore.restore(kept_site.slug, kept_site.archive, f"{kept_site.slug}_moi")


@pytest.mark.parametrize("act", [swap.swap, restore.discard])
def test_only_a_copy_is_swapped_in_or_thrown_away(kept_site: Site, act: Any) -> None:
    for name in (kept_site.slug, "daklak", "public"):
        with as_owner(), pytest.raises(BackupRefused, match="không phải là bản phục hồi"):
            act(kept_site.slug, name)


def test_the_runtime_login_backs_up_and_restores_nothing(kept_site: Site) -> None:
    for arguments in (("run", kept_site.slug), ("restore", kept_site.slug), ("list",)):
        with pytest.raises(CommandError, match="quyền chủ"):
            call_command("backup", *arguments)


def test_without_a_key_or_a_program_the_command_says_what_to_do(kept_site, settings, tmp_path):
    settings.PG_BIN = str(tmp_path)
    with as_owner(), pytest.raises(CommandError, match="PG_BIN"):
        call_command("backup", "run", kept_site.slug)
    settings.BACKUP_KEYS = []
    with as_owner(), pytest.raises(CommandError, match="BACKUP_KEYS"):
        call_command("backup", "run", kept_site.slug)
