"""A committed province with a desk, a dossier with a stored file and one notice that waits; and its archive."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import storages
from django.test import override_settings

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files
from dossiers.lifecycle.models import Dossier
from messaging.channels.models import Lane
from messaging.delivery.lane_loop import run_lane
from messaging.outbox.models.messages import Message, SendingRules
from tenants import clock
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import dump, pg_tools, side_schemas
from tenants.operations.backup import restore as restoring
from tenants.operations.backup import swap as swapping
from tests.conftest import NOON, as_owner, subprocess_environment
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office
from tests.system.commands import Said, manage_apart

KEY = "khoa-sao-luu-minh-hoa"
# A restore that stays where it is as soon as it comes to the function named last.
STOPS_AT = """
import pathlib, sys, django
django.setup()
from tenants.operations.backup import restore
def stop(*arguments, **named):
    print("đến", flush=True)
    sys.stdin.read()
slug, archive, act, place = sys.argv[1:]
setattr(restore, place, stop)
if act == "restore":
    restore.restore(slug, pathlib.Path(archive), f"{slug}_moi")
else:
    restore.rehearse(slug, pathlib.Path(archive))
"""


class Site:
    """The province, and what an operator does with it."""

    def __init__(self, province: ProvinceRecord, folder: Path, desk: Callable[[], Any]) -> None:
        self.province, self.slug, self.folder = province, province.slug, folder
        self.archive = Path()
        with self.inside():
            # Whatever the hour of the run: a reminder is sent at once.
            SendingRules.objects.update_or_create(
                pk=1, defaults={"window_from": time(0), "window_until": time(23, 59, 59, 999999)}
            )
            self.office = desk()
            received = self._received()
            self.dossier = received.dossier
            self.page = urlsplit(received.token_url).path
            files.attach(
                self.dossier.pk, samples.upload(samples.pdf(), "a.pdf"), kind="paper",
                actor=self.office.clerk, paper="Tờ khai",
            )  # fmt: skip

    def inside(self) -> Any:
        return province_context(self.province)

    def receive(self) -> Dossier:
        return self._received().dossier

    def _received(self) -> services.Received:
        with clock.frozen(NOON):
            return services.receive(
                self.office.intake(documents=("Tờ khai",), consents=frozenset({"mock"})),
                actor=self.office.clerk,
            )

    def stored_file(self) -> Path:
        (path,) = [path for path in (self.folder / "files").rglob("*") if path.is_file()]
        return path

    def back_up(self) -> Path:
        with as_owner():
            self.archive = dump.take(self.slug).path
        return self.archive

    def restore(self, name: str = "moi") -> restoring.Restored:
        with as_owner():
            return restoring.restore(self.slug, self.archive, f"{self.slug}_{name}")

    def swap(self, name: str = "moi", *, without: tuple[str, ...] = ()) -> swapping.Swapped:
        reason = "Bảng hỏng (minh họa)" if without else ""
        self.pause()
        with as_owner():
            return swapping.swap(self.slug, f"{self.slug}_{name}", without=without, reason=reason)

    def pause(self) -> None:
        with public_context():
            open_ones = Province.objects.filter(schema_name=self.slug, state__in=("pilot", "live"))
            open_ones.update(state=Province.State.PAUSED)
        province_cache.clear_cache()

    def environment(self) -> dict[str, str]:
        """Of a process that backs up and restores here."""
        return {**subprocess_environment(), **self._places()}

    def command(self, what: str, *arguments: str) -> Said:
        """`manage.py backup …` of this province, in a process of its own."""
        return manage_apart("backup", what, self.slug, *arguments, environ=self._places())

    def _places(self) -> dict[str, str]:
        return {
            "DATA_DIR": str(self.folder), "BACKUP_DIR": str(self.folder / "backups"), "BACKUP_KEYS": KEY,
        }  # fmt: skip

    def kill_at(self, place: str, act: str = "restore") -> None:
        """Kill a restore, in a process of its own, when it comes to this function of `restore`."""
        kill_where_it_stops(STOPS_AT, self.slug, str(self.archive), act, place, env=self.environment())

    def run_relay(self) -> list[Message]:
        with self.inside():
            for lane in Lane.objects.all():
                run_lane(lane.pk)
            return list(Message.objects.order_by("pk"))


def kill_where_it_stops(script: str, *arguments: str, env: dict[str, str]) -> None:
    """Run this as owner, kill it when it has said something, and wait until the database has noticed."""
    named = f"chet{uuid.uuid4().hex[:10]}"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**env, "DB_LOGIN": "owner", "PGAPPNAME": named}, cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "đến\n"
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    with as_owner(), pg_tools.connect() as looking:
        # A session that held a lock is called after its process.
        lives = (
            "SELECT 1 FROM pg_stat_activity WHERE application_name = %s OR application_name LIKE %s LIMIT 1"
        )
        while looking.execute(lives, [named, f"%@% {process.pid}"]).fetchone():
            pass


@contextmanager
def standing_site(
    province: ProvinceRecord, folder: Path, desk: Callable[[], Any] | None = None
) -> Iterator[Site]:
    """A site whose archives and files lie in `folder`; copies that are left beside it are dropped at the end.

    `desk` is called inside the province for who works there: a `clerk` and an `intake` of theirs.
    """
    places = {
        **settings.STORAGES,
        "dossiers": {
            "BACKEND": "tenants.files.storage.LocalStorage",
            "OPTIONS": {"location": folder / "files"},
        },
    }
    with override_settings(
        BACKUP_DIR=folder / "backups", BACKUP_KEYS=[KEY], DATA_DIR=folder, STORAGES=places
    ):
        site = Site(province, folder, desk or partial(Office, "H99"))
        try:
            yield site
        finally:
            storages._storages.clear()  # type: ignore[attr-defined]
            with as_owner():
                for copy in side_schemas.of(site.slug):
                    restoring.discard_schema(copy.name)
