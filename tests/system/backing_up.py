"""A committed province with a desk, a dossier with a stored file and one notice that waits; and its archive."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.test import override_settings

from dossiers import files, services
from dossiers.models import Dossier
from messaging import relay
from messaging.models import Lane, Message
from tenants import clock
from tenants.backup import copies, restoring, swapping, taking
from tenants.context import province_context
from tenants.records import ProvinceRecord
from tests.conftest import NOON, as_owner, subprocess_environment
from tests.dossiers.files import samples
from tests.factories import Office

KEY = "khoa-sao-luu-minh-hoa"


class Site:
    """The province, and what an operator does with it."""

    def __init__(self, province: ProvinceRecord, folder: Path) -> None:
        self.province, self.slug, self.folder = province, province.slug, folder
        self.archive = Path()
        with self.inside():
            self.office = Office("H99")
            self.dossier = self.receive()
            files.attach(
                self.dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper",
                actor=self.office.clerk, paper="Tờ khai",
            )  # fmt: skip

    def inside(self) -> Any:
        return province_context(self.province)

    def receive(self) -> Dossier:
        with clock.frozen(NOON):
            return services.receive(
                self.office.intake(documents=("Tờ khai",), consents=frozenset({"mock"})),
                actor=self.office.clerk,
            ).dossier

    def stored_file(self) -> Path:
        (path,) = [path for path in (self.folder / "files").rglob("*") if path.is_file()]
        return path

    def back_up(self) -> Path:
        with as_owner():
            self.archive = taking.take(self.slug).path
        return self.archive

    def restore(self, name: str = "moi") -> restoring.Restored:
        with as_owner():
            return restoring.restore(self.slug, self.archive, f"{self.slug}_{name}")

    def swap(self, name: str = "moi") -> swapping.Swapped:
        with as_owner():
            return swapping.swap(self.slug, f"{self.slug}_{name}")

    def command(self, what: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`manage.py backup …` of this province, in a process of its own."""
        places = {
            "DATA_DIR": str(self.folder), "BACKUP_DIR": str(self.folder / "backups"), "BACKUP_KEYS": KEY,
        }  # fmt: skip
        environment = {**subprocess_environment(), **places}
        environment.pop("DB_LOGIN")
        return subprocess.run(
            [sys.executable, "manage.py", "backup", what, self.slug, *arguments],
            cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def run_relay(self) -> list[Message]:
        with self.inside():
            for lane in Lane.objects.all():
                relay.run_lane(lane.pk)
            return list(Message.objects.order_by("pk"))


@contextmanager
def standing_site(province: ProvinceRecord, folder: Path) -> Iterator[Site]:
    """A site whose archives and files lie in `folder`; copies that are left beside it are dropped at the end."""
    places = {
        **settings.STORAGES,
        "dossiers": {
            "BACKEND": "dossiers.files.storage.LocalStorage",
            "OPTIONS": {"location": folder / "files"},
        },
    }
    with override_settings(
        BACKUP_DIR=folder / "backups", BACKUP_KEYS=[KEY], DATA_DIR=folder, STORAGES=places
    ):
        site = Site(province, folder)
        try:
            yield site
        finally:
            storages._storages.clear()  # type: ignore[attr-defined]
            with as_owner():
                for copy in copies.of(site.slug):
                    restoring.discard_schema(copy.name)
