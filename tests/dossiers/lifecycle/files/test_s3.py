"""The same files in a real store that speaks S3, and what is said when it fails."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command

from dossiers.lifecycle import files
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import Attachment, Dossier
from tenants import clock
from tenants.files import storage
from tenants.files.storage import NotStored, Unreadable
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import stored_files
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.lifecycle.files.s3 import Bucket, bucket, storage_settings
from tests.factories import Office

NOT_STORED = "Kho tệp tạm thời không nhận được tệp"
NOT_OPENED = "Kho tệp tạm thời không mở được tệp này"
PATIENCE_SECONDS = 0.3


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with bucket(tmp_path_factory.mktemp("seaweedfs")) as running:
        yield running


@pytest.fixture
def choose(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`choose(bucket, **variables)`: files lie there from now on."""

    def put(where: Bucket, **changed: Any) -> None:
        chosen = storage_settings(where, monkeypatch, **changed)
        settings.STORAGES = {**settings.STORAGES, storage.ALIAS: chosen}

    yield put
    storages[storage.ALIAS].connection.meta.client.close()  # type: ignore[attr-defined]


@pytest.fixture
def s3(seaweedfs: Bucket, choose: Callable[..., None]) -> Iterator[Bucket]:
    choose(seaweedfs)
    seaweedfs.proxy.heads.clear()
    yield seaweedfs
    seaweedfs.empty()


@pytest.fixture
def impatient(s3: Bucket, choose: Callable[..., None]) -> Bucket:
    """The same bucket; what does not answer is given up soon."""
    choose(s3, seconds=PATIENCE_SECONDS)
    return s3


def attach(office: Office, dossier: Dossier) -> Attachment:
    upload = samples.upload(samples.pdf(), "a.pdf")
    return files.attach(dossier.pk, upload, kind="paper", actor=office.clerk)


def test_a_file_goes_there_and_comes_back(s3: Bucket, province: ProvinceRecord) -> None:
    name = storage.put(b"content")
    assert s3.objects() == {name: b"content"}
    with storage.fetch(name) as file:
        assert file.read() == b"content"


def test_nothing_is_made_public_and_nothing_unusual_is_asked(s3: Bucket, province: ProvinceRecord) -> None:
    storage.put(b"content")
    sent = s3.proxy.heads[-1]
    assert not {"x-amz-acl", "x-amz-trailer", "x-amz-sdk-checksum-algorithm"} & set(sent)
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ma/")


def test_the_largest_file_goes_in_one_request(s3: Bucket, province: ProvinceRecord) -> None:
    """A part of it that is left by a process that was killed would be paid for, and no sweep would see it."""
    name = storage.put(b"x" * 20_000_000)
    assert (len(s3.proxy.heads), storage.size(name)) == (1, 20_000_000)


def test_missing_bytes_are_said(s3: Bucket, province: ProvinceRecord) -> None:
    name = storage.put(b"x")
    storage.remove(name)
    assert s3.objects() == {}
    with pytest.raises(Unreadable):
        storage.fetch(name)


def test_orphans_are_found_there_too(s3: Bucket, office: Office, dossier: Dossier) -> None:
    attach(office, dossier)
    orphan = storage.put(b"x")
    # The store goes by the clock of the machine.
    with clock.frozen(datetime.now(clock.VIETNAM) + timedelta(days=2)):
        found = stored_files.sweep()
    assert (found.orphans, found.missing) == ([orphan], [])
    assert len(s3.objects()) == 1


@pytest.mark.parametrize("fault", ["away", "silent", "half_request"])
def test_a_file_that_the_store_does_not_take_is_refused_in_words_and_leaves_nothing(
    impatient: Bucket, office: Office, dossier: Dossier, fault: str
) -> None:
    with impatient.proxy.spoiled(fault), pytest.raises(NotStored, match=NOT_STORED):
        attach(office, dossier)
    assert (Attachment.objects.count(), impatient.objects()) == (0, {})


def test_a_file_whose_answer_was_lost_is_refused_and_swept_away(
    s3: Bucket, office: Office, dossier: Dossier
) -> None:
    with s3.proxy.spoiled("lost_answer"), pytest.raises(NotStored, match=NOT_STORED):
        attach(office, dossier)
    assert (Attachment.objects.count(), len(s3.objects())) == (0, 1)
    with clock.frozen(datetime.now(clock.VIETNAM) + timedelta(days=2)):
        stored_files.sweep()
    assert s3.objects() == {}


@pytest.mark.parametrize("fault", ["away", "silent", "half_answer"])
def test_a_file_that_the_store_does_not_give_is_refused_in_words(
    impatient: Bucket, office: Office, dossier: Dossier, fault: str
) -> None:
    made = attach(office, dossier)
    with impatient.proxy.spoiled(fault), pytest.raises(access.NotServed, match=NOT_OPENED):
        access.open_stored(made)
    with access.open_stored(made).file as file:
        assert file.read() == samples.pdf()


def test_a_key_that_the_store_forbids_is_refused_in_words(
    s3: Bucket, office: Office, dossier: Dossier, choose: Callable[..., None]
) -> None:
    made = attach(office, dossier)
    choose(s3, DOSSIER_STORAGE_SECRET_KEY="khoa-khac")
    with pytest.raises(access.NotServed, match=NOT_OPENED):
        access.open_stored(made)
    with pytest.raises(NotStored, match=NOT_STORED):
        attach(office, dossier)
    assert list(s3.objects()) == [made.stored_name]


@pytest.mark.deep
def test_a_full_store_is_said_in_words_and_keeps_what_it_has(
    tmp_path: Path, office: Office, dossier: Dossier, choose: Callable[..., None]
) -> None:
    with bucket(tmp_path, volumes=1, megabytes=1) as full:
        choose(full)
        made = attach(office, dossier)
        with suppress(NotStored):
            for _attempt in range(20):
                storage.put(b"x" * 300_000)
        with pytest.raises(NotStored, match=NOT_STORED):
            attach(office, dossier)
        assert [one.stored_name for one in Attachment.objects.all()] == [made.stored_name]
        assert access.open_stored(made).file.read() == samples.pdf()


@pytest.mark.parametrize(
    ("variables", "fault", "cause"),
    [
        ({}, "", ""),
        ({"DOSSIER_STORAGE_BUCKET": "khac"}, "", "NoSuchBucket"),
        ({"DOSSIER_STORAGE_SECRET_KEY": "khoa-khac"}, "", "SignatureDoesNotMatch"),
        ({}, "away", "Connection was closed"),
        ({}, "silent", "Read timeout"),
        ({}, "half_answer", "Max Retries Exceeded"),
    ],
)
def test_what_is_wrong_with_the_store_is_named_before_a_clerk_meets_it(
    s3: Bucket,
    choose: Callable[..., None],
    province: ProvinceRecord,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    fault: str,
    cause: str,
) -> None:
    choose(s3, seconds=PATIENCE_SECONDS, **variables)
    with s3.proxy.spoiled(fault), pytest.raises(SystemExit):
        call_command("province", "check", province.slug, "--level", "pilot")
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    (line,) = [line for line in said if " files " in line]
    assert (line[0] == "✗") == bool(cause)
    place = f"{variables.get('DOSSIER_STORAGE_BUCKET', s3.name)}, {s3.proxy.url}"
    sentence = f"Kho tệp không nhận, đọc hay xóa được tệp thử ở {place}: "
    assert [cause in one for one in said if one.startswith(sentence)] == [True] * bool(cause)
