"""Where the bytes lie, and what no name can reach."""

import os
import re
import stat
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from dossiers.lifecycle import files
from dossiers.lifecycle.models import Attachment, Dossier
from tenants import clock
from tenants.files import storage
from tenants.files.storage import Unreadable
from tenants.folder.problems import Refused
from tenants.isolation.cross_schema_guard import WrongProvince
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import stored_files
from tenants.operations.backup.stored_files import copy_files, names
from tests import disk, tables
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office

Inside = Any


def read(name: str) -> bytes:
    with storage.fetch(name) as file:
        return file.read()


def test_a_stored_name_holds_province_month_and_chance_alone(province, noon):
    first, second = storage.put(b"one"), storage.put(b"two")
    assert re.fullmatch(rf"{province.uuid}/2026/11/[0-9a-f]{{32}}", first)
    assert first != second
    assert (read(first), read(second)) == (b"one", b"two")


def test_nobody_else_on_the_machine_reads_it(province: ProvinceRecord, store: Path) -> None:
    path = store / storage.put(b"x")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in path.parents[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_stored_has_reached_the_disk(province, monkeypatch):
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    name = storage.put(b"x")
    assert synced[:2] == [name.rpartition("/")[2], name.split("/")[-2]]


@pytest.mark.parametrize("act", [storage.fetch, storage.remove])
def test_a_name_of_one_province_opens_nothing_in_another(province, other_province, inside, act):
    name = storage.put(b"x")
    with inside("dongnai"), pytest.raises(WrongProvince):
        act(name)
    assert read(name) == b"x"


@pytest.mark.parametrize(
    "shape",
    tables.read(__file__, "outside_names.yaml"),
)
def test_no_name_leads_out_of_the_province(province: ProvinceRecord, shape: str) -> None:
    values = {"uuid": str(province.uuid), "UUID": str(province.uuid).upper() + "X", "hex": "0" * 32}
    with pytest.raises(WrongProvince):
        storage.fetch(shape.format(**values))


def test_removing_twice_is_removing(province: ProvinceRecord) -> None:
    name = storage.put(b"x")
    storage.remove(name)
    storage.remove(name)
    with pytest.raises(Unreadable):
        storage.fetch(name)


def attached(office: Office, dossier: Dossier) -> Attachment:
    return files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)


def in_days(days: float) -> Any:
    """So long after what is written now, by the disk's clock."""
    return clock.frozen(disk.now() + timedelta(days=days))


@pytest.mark.parametrize(("days", "found"), [(0.5, False), (2, True)])
def test_bytes_without_a_row_are_found_after_a_day(office, dossier, days, found):
    kept, orphan = attached(office, dossier), storage.put(b"orphan")
    with in_days(days):
        assert stored_files.sweep().orphans == ([orphan] if found else [])
    assert read(kept.stored_name)
    if found:
        with pytest.raises(Unreadable):
            storage.fetch(orphan)


def test_withdrawn_files_are_no_orphans(office: Office, dossier: Dossier) -> None:
    kept = attached(office, dossier)
    files.withdraw_file(kept.pk, "nhầm hồ sơ", office.clerk)
    with in_days(2):
        assert stored_files.find().orphans == []


def test_rows_without_bytes_are_found(office: Office, dossier: Dossier) -> None:
    made = attached(office, dossier)
    Attachment.objects.update(uploaded_at=disk.now())
    storage.remove(made.stored_name)
    with in_days(2):
        assert stored_files.find().missing == [made.pk]


def test_a_backup_is_told_of_rows_without_bytes(office: Office, dossier: Dossier) -> None:
    """A store that is not mounted looks like one that is empty."""
    kept, gone = attached(office, dossier), attached(office, dossier)
    storage.remove(gone.stored_name)
    assert sorted(names()) == sorted([kept.stored_name, gone.stored_name])
    with pytest.raises(Unreadable):
        storage.size(gone.stored_name)


def test_nothing_is_exported_without_its_files(office: Office, dossier: Dossier, tmp_path: Path) -> None:
    storage.remove(attached(office, dossier).stored_name)
    with in_days(2), pytest.raises(Refused, match="không thấy trong kho"):
        copy_files(tmp_path / "ra")
    assert not (tmp_path / "ra").exists()


def test_orphans_of_another_province_are_left_alone(province, other_province, inside):
    with inside("dongnai"):
        theirs = storage.put(b"x")
    with in_days(2):
        assert stored_files.sweep().orphans == []
    with inside("dongnai"):
        assert read(theirs) == b"x"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("files", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_and_removes(province: ProvinceRecord) -> None:
    orphan = storage.put(b"x")
    with in_days(2):
        said = run("sweep", "daklak", "--dry-run")
        assert "1 tệp thừa" in said
        assert read(orphan) == b"x"
        run("sweep", "daklak")
    with pytest.raises(Unreadable):
        storage.fetch(orphan)


def test_the_command_fails_when_bytes_are_missing(office: Office, dossier: Dossier) -> None:
    made = attached(office, dossier)
    storage.remove(made.stored_name)
    Attachment.objects.update(uploaded_at=disk.now())
    with in_days(2), pytest.raises(CommandError, match="mất nội dung"):
        run("sweep", "daklak")


def test_the_command_looks_into_every_province(province, other_province, inside):
    with inside("dongnai"):
        storage.put(b"x")
    storage.put(b"x")
    with in_days(2):
        said = run("sweep")
    assert "daklak: xóa 1 tệp thừa" in said
    assert "dongnai: xóa 1 tệp thừa" in said


def test_the_command_knows_no_unknown_province(db: None) -> None:
    with pytest.raises(CommandError, match="khongco"):
        run("sweep", "khongco")
