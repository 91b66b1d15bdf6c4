"""Settings of the file store and the virus scanner: what resolves, and what is refused in words."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment
from tests.conftest import subprocess_environment
from tests.portal.test_settings import SHOW_ERROR, run

S3 = {
    "DOSSIER_STORAGE": "s3",
    "DOSSIER_STORAGE_BUCKET": "mot-cua",
    "DOSSIER_STORAGE_ENDPOINT": "https://kho.minh-hoa.example",
    "DOSSIER_STORAGE_ACCESS_KEY": "ma",
    "DOSSIER_STORAGE_SECRET_KEY": "khoa",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return give


def test_files_lie_in_the_data_folder_by_default() -> None:
    assert environment.read().dossier_storage() == {
        "BACKEND": "tenants.files.storage.LocalStorage",
        "OPTIONS": {"location": environment.read().DATA_DIR / "files"},
    }


def test_an_s3_store_is_described(given: Any) -> None:
    given(**S3)
    made = environment.read().dossier_storage()
    assert made["BACKEND"] == "storages.backends.s3.S3Storage"
    assert made["OPTIONS"]["bucket_name"] == "mot-cua"
    assert made["OPTIONS"]["endpoint_url"] == "https://kho.minh-hoa.example"
    assert made["OPTIONS"]["region_name"] is None
    assert made["OPTIONS"]["default_acl"] is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"DOSSIER_STORAGE": "ftp"}, "local, s3"),
        ({**S3, "DOSSIER_STORAGE_BUCKET": ""}, "DOSSIER_STORAGE_BUCKET=: "),
    ],
)
def test_a_store_that_cannot_work_is_refused(given: Any, values: dict[str, str], words: str) -> None:
    given(**values)
    with pytest.raises(ImproperlyConfigured, match=words):
        environment.read().dossier_storage()


def test_a_missing_package_is_named_before_anything_starts(db: None) -> None:
    without = "import sys; sys.modules['boto3'] = None\n"
    hidden = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'boto3' else real(name, *rest)\n"
    )
    done = run(without + hidden + SHOW_ERROR, {**subprocess_environment(), **S3})
    assert done.returncode != 0
    assert "requirements/s3.txt" in done.stderr


@pytest.mark.parametrize("url", ["", "tcp://clamd:3310", "tcp://127.0.0.1", "unix:///run/clamav/clamd.ctl"])
def test_addresses_of_a_scanner(given: Any, url: str) -> None:
    given(CLAMD_URL=url)
    assert url == environment.read().CLAMD_URL


@pytest.mark.parametrize("url", ["clamd:3310", "http://clamd:3310", "unix://run/clamd", "tcp://", "unix:"])
def test_other_addresses_are_refused(given: Any, url: str) -> None:
    given(CLAMD_URL=url)
    with pytest.raises(ImproperlyConfigured, match="CLAMD_URL"):
        environment.read()


@pytest.mark.parametrize("value", ["0", "-1", "hai mươi", "1.5"])
def test_limits_are_whole_numbers(given: Any, value: str) -> None:
    given(FILE_MAX_MB=value)
    with pytest.raises(ImproperlyConfigured, match="FILE_MAX_MB"):
        environment.read()
