"""The same files in a store that speaks S3."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command

from dossiers.lifecycle import files
from dossiers.lifecycle.models import Attachment, Dossier
from portal.settings import environment
from tenants import clock
from tenants.files import storage
from tenants.files.storage import Unreadable
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import stored_files
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.lifecycle.files.s3 import S3
from tests.factories import Office


@pytest.fixture
def s3(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    with S3() as running:
        for name, value in {
            "DOSSIER_STORAGE": "s3",
            "DOSSIER_STORAGE_BUCKET": "mot-cua",
            "DOSSIER_STORAGE_ENDPOINT": running.url,
            "DOSSIER_STORAGE_REGION": "vn",
            "DOSSIER_STORAGE_ACCESS_KEY": "ma",
            "DOSSIER_STORAGE_SECRET_KEY": "khoa-bi-mat",
        }.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = {**settings.STORAGES, storage.ALIAS: environment.read().dossier_storage()}
        yield running
        storages[storage.ALIAS].connection.meta.client.close()  # type: ignore[attr-defined]


def test_a_file_goes_there_and_comes_back(s3: S3, province: ProvinceRecord) -> None:
    name = storage.put(b"content")
    assert list(s3.objects) == [f"/mot-cua/{name}"]
    assert s3.objects[f"/mot-cua/{name}"] == b"content"
    with storage.fetch(name) as file:
        assert file.read() == b"content"


def test_nothing_is_made_public_and_nothing_unusual_is_asked(s3: S3, province: ProvinceRecord) -> None:
    storage.put(b"content")
    sent = {key.lower(): value for key, value in s3.headers[-1].items()}
    assert not {"x-amz-acl", "x-amz-trailer", "x-amz-sdk-checksum-algorithm"} & set(sent)
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ma/")


def test_a_wrong_bucket_is_named_before_a_clerk_meets_it(s3, province, capsys):
    for refusal in ("", "NoSuchBucket"):
        s3.refusal = refusal
        with pytest.raises(SystemExit):
            call_command("province", "check", province.slug, "--level", "pilot")
        said = [line.strip() for line in capsys.readouterr().out.splitlines()]
        (line,) = [line for line in said if " files " in line]
        assert (line[0] == "✗") == bool(refusal)
    cause = said[said.index(line) + 1]
    assert cause.startswith(f"Kho tệp không nhận, đọc hay xóa được tệp thử ở mot-cua, {s3.url}: ")
    assert "NoSuchBucket" in cause
    assert s3.objects == {}


def test_missing_bytes_are_said(s3: S3, province: ProvinceRecord) -> None:
    name = storage.put(b"x")
    storage.remove(name)
    assert s3.objects == {}
    with pytest.raises(Unreadable):
        storage.fetch(name)


def test_a_store_that_is_down_is_said_in_words(s3: S3, office: Office, dossier: Dossier) -> None:
    name = storage.put(b"x")
    s3.down = True
    with pytest.raises(Unreadable):
        storage.fetch(name)
    with pytest.raises(storage.NotStored, match="Kho tệp tạm thời"):
        files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)
    assert not Attachment.objects.exists()


def test_orphans_are_found_there_too(s3: S3, office: Office, dossier: Dossier, noon: datetime) -> None:
    files.attach(dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper", actor=office.clerk)
    orphan = storage.put(b"x")
    with clock.frozen(noon + timedelta(days=2)):
        found = stored_files.sweep()
    assert (found.orphans, found.missing) == ([orphan], [])
    assert len(s3.objects) == 1
