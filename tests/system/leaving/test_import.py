"""An export, into the same cluster once the province is gone from it: that is all that a fresh installation knows."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_exists

from dossiers.lifecycle.models import Attachment, Dossier
from tenants.accounts.models import User
from tenants.audit import log, operators_log
from tenants.audit.models import AuditEntry
from tenants.files import storage
from tenants.folder.problems import Refused
from tenants.isolation import province_cache, schema_migrations, schemas
from tenants.isolation.context import each_province, province_context, public_context
from tenants.isolation.crypto import blind_index
from tenants.isolation.models import OperatorsEntry, Province
from tenants.operations.backup import export as portability
from tenants.operations.backup import side_schemas
from tenants.operations.golive import golive, offboard
from tenants.operations.golive.golive import pause_province, resume_province
from tests.conftest import as_owner, subprocess_environment
from tests.factories import UserFactory
from tests.system.backing_up import kill_where_it_stops
from tests.system.leaving.province import OWNER, state

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

STOPS_HALF_WAY = """
import pathlib, sys, django
django.setup()
from tenants.operations.backup import export as portability
def stop():
    print("đến", flush=True)
    sys.stdin.read()
portability._go_on_counting = stop
portability.import_province(pathlib.Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def exported(leaving: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Exported once, and dropped with everything."""
    folder = tmp_path_factory.mktemp("xuat") / "ra"
    with province_context(leaving):
        renamed = UserFactory(username="tencu")
        log.record("person.add", actor=renamed)
        User.objects.filter(pk=renamed.pk).update(username="tenmoi")
    portability.export_province(leaving, folder)
    drop_everything(leaving)
    yield folder
    with as_owner():
        row = Province(schema_name=leaving, name="x", short_name="x", agency_code="H99")
        row.auto_create_schema = False  # for the fixture, which drops what it made
        row.save(verbosity=0)


@pytest.fixture
def folder(exported: Path, leaving: str, tmp_path: Path) -> Iterator[Path]:
    """A copy of the export, for the test to do with as it likes; what it makes of it is dropped."""
    folder = tmp_path / "ra"
    shutil.copytree(exported, folder)
    with as_owner():
        yield folder
    drop_everything(leaving)


def drop_everything(slug: str) -> None:
    with as_owner():
        for province in Province.objects.filter(schema_name=slug):
            province.delete(force_drop=True)
    province_cache.clear_cache()
    for path in (Path(settings.DATA_DIR) / "files").rglob("*"):
        if path.is_file():
            path.unlink()


def test_counts_are_equal_and_dossiers_are_found(leaving: str, folder: Path, tmp_path: Path) -> None:
    before = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert portability.import_province(folder) == before["rows"]
    assert state(leaving) == "paused"
    with province_context(leaving):
        dossier = Dossier.objects.get()
        assert (dossier.owner.name, dossier.owner.phone) == (OWNER, "0905000678")
        assert dossier.owner.phone_index == blind_index("0905000678", "phone")
        (attached,) = Attachment.objects.all()
        assert storage.fetch(attached.stored_name).read()
        assert not User.objects.filter(is_staff=True).first().has_usable_password()
        assert AuditEntry.objects.get(action="person.add").actor_name == "tencu"
    again = portability.export_province(leaving, tmp_path / "lai")
    assert (again.rows, again.files) == (before["rows"], before["files"])


def test_what_comes_after_has_numbers_of_its_own(leaving: str, folder: Path) -> None:
    portability.import_province(folder)
    with province_context(leaving):
        assert UserFactory(username="moi").pk > 1


def test_what_was_agreed_on_for_the_earlier_province_counts_no_more(leaving, folder, people):
    operators_log.record("pause", leaving, was="live", now="paused")
    operators_log.record(offboard.EXPORTED, leaving, folder="/cũ", rows=0, files=0)
    operators_log.record("golive.confirmed", leaving, actor=people[0], at="2026-01-01T07:30:00+07:00")
    portability.import_province(folder)
    assert offboard.last_export(leaving) is None
    assert golive.approval_of(leaving) is None
    assert resume_province(leaving).state == "pilot"


def test_what_was_changed_after_the_export_is_refused(leaving: str, folder: Path) -> None:
    with (folder / "tables" / "dossiers_party.jsonl").open("a") as file:
        file.write("\n")
    with pytest.raises(Refused, match="đã bị sửa"):
        portability.import_province(folder)
    assert not schema_exists(leaving)


def test_another_code_is_refused(leaving: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_migrations, "code_migrations", lambda: frozenset({"dossiers.9999_later"}))
    with pytest.raises(Refused, match="bản mã khác"):
        portability.import_province(folder)


def test_a_province_that_is_here_is_not_overwritten(leaving: str, folder: Path) -> None:
    portability.import_province(folder)
    with pytest.raises(Refused, match="đã có"):
        portability.import_province(folder)
    with province_context(leaving):
        assert Dossier.objects.count() == 1


def test_a_killed_import_is_served_by_nothing_and_the_next_one_finishes(leaving: str, folder: Path) -> None:
    environment = {**subprocess_environment(), "DATA_DIR": str(settings.DATA_DIR)}
    kill_where_it_stops(STOPS_HALF_WAY, str(folder), env=environment)
    province_cache.clear_cache()
    record = province_cache.by_slug(leaving)
    assert (record.state, record.is_at_rest) == ("unfinished", True)
    for act in (resume_province, pause_province):
        with pytest.raises(Refused, match="chưa dựng xong"):
            act(leaving)
    assert leaving not in {province.slug for province in each_province()}
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"]
    assert portability.import_province(folder) == rows
    assert state(leaving) == "paused"


@pytest.fixture
def half(leaving: str, folder: Path) -> str:
    """What a killed import leaves, before its schema is there."""
    described = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["province"]
    row = portability._row(described)
    row.auto_create_schema = False
    with public_context():
        row.save(verbosity=0)
    province_cache.clear_cache()
    return leaving


def said(capsys: Any, *words: str) -> str:
    with suppress(SystemExit, CommandError):
        call_command(*words)
    told = capsys.readouterr()
    return str(told.out + told.err)


def test_who_gives_up_half_an_import_can_use_the_name_again(half: str, folder: Path, capsys: Any) -> None:
    assert "dùng lại được" in said(capsys, "province", "discard", half)
    assert "hưa có tỉnh" in said(capsys, "province", "discard", half)
    with public_context():
        entry = OperatorsEntry.objects.filter(slug=half).first()
    assert entry is not None
    assert entry.act == "discard"
    portability.import_province(folder)


def test_only_half_a_province_is_discarded(leaving: str, folder: Path, capsys: Any) -> None:
    portability.import_province(folder)
    assert "chỉ bỏ được tỉnh chưa dựng xong" in said(capsys, "province", "discard", leaving)
    assert (state(leaving), schema_exists(leaving)) == ("paused", True)


def test_half_a_province_with_a_copy_is_not_discarded(half: str, capsys: Any) -> None:
    kept = f"{half}_moi"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {kept}")
    side_schemas.mark(side_schemas.Copy(kept, half, "a.mcb", "2026-11-20T03:00:00+07:00", ""))
    try:
        assert f"còn bản {kept}" in said(capsys, "province", "discard", half)
        assert state(half) == "unfinished"
    finally:
        schemas.drop_schema(kept)


def test_every_command_says_that_it_is_not_whole_and_what_leads_out(half, tmp_path, capsys):
    for words in (
        ("province", "check", half),
        ("province", "status", half),
        ("province", "invite", half, "ai"),
        ("province", "export", half, "--to", str(tmp_path / "thu-muc")),
        ("province", "offboard", half, "--export", str(tmp_path / "het")),
        ("schemas", "status"),
    ):
        told = said(capsys, *words)
        assert "chưa dựng xong: chạy lại province import" in told, words
        assert "Đạt trọn mức" not in told
    with pytest.raises(CommandError, match="chưa dựng xong"):
        call_command("audit", "verify", half)


@pytest.mark.parametrize("missing", ["rows", "files", "sums", "migrations", "province"])
def test_a_manifest_with_a_gap_is_refused(leaving: str, folder: Path, missing: str) -> None:
    path = folder / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    del said[missing]
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(Refused, match=f"thiếu hoặc sai: {missing}"):
        portability.import_province(folder)


def test_a_table_without_a_column_is_refused(leaving: str, folder: Path) -> None:
    table = folder / "tables" / "dossiers_party.jsonl"
    lines = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    table.write_text("".join(json.dumps({"id": line["id"]}) + "\n" for line in lines), encoding="utf-8")
    path = folder / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    said["sums"]["tables/dossiers_party.jsonl"] = portability._sum(table)
    path.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(Refused, match="thiếu cột"):
        portability.import_province(folder)
    assert not schema_exists(leaving)


def test_an_import_that_fails_leaves_nothing(leaving, folder, monkeypatch):
    def breaks() -> None:
        raise RuntimeError("cắm sẵn")

    monkeypatch.setattr(portability, "_go_on_counting", breaks)
    with pytest.raises(RuntimeError, match="cắm sẵn"):
        portability.import_province(folder)
    assert not schema_exists(leaving)
