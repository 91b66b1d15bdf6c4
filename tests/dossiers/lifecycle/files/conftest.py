from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from tests.dossiers.lifecycle.files.clamd import Clamd
from tests.factories import Office


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """The folder where this test's files lie; it goes with the test."""
    folder = tmp_path / "files"
    settings.STORAGES = {
        **settings.STORAGES,
        "dossiers": {
            "BACKEND": "tenants.files.storage.LocalStorage",
            "OPTIONS": {"location": folder},
        },
    }
    yield folder
    storages._storages.clear()  # type: ignore[attr-defined]


@pytest.fixture
def dossier(office: Office) -> Dossier:
    return services.receive(office.intake(documents=("Tờ khai",)), actor=office.clerk).dossier


@pytest.fixture
def clamd(settings: Any) -> Iterator[Clamd]:
    with Clamd() as running:
        settings.CLAMD_URL = running.url
        yield running
