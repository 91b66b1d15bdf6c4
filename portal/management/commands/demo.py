"""`manage.py demo seed`: invented dossiers for the demonstration provinces."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.lifecycle.models import Dossier
from portal.demo import population, staff
from tenants.isolation.context import province_context, public_context
from tenants.isolation.province_cache import UnknownProvince

FILE = "demo-seed.json"


class Command(BaseCommand):
    help = "Nạp người và hồ sơ bịa ra cho các tỉnh minh họa, với hạt giống cố định."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("action", choices=["seed"])
        parser.add_argument("slugs", nargs="*", default=["daklak", "dongnai"])
        parser.add_argument("--dossiers", type=int, default=population.DOSSIERS)

    def handle(self, *args: Any, slugs: list[str], dossiers: int, **options: Any) -> None:
        with public_context(), _seeded() as known:
            known["operators"] = known.get("operators") or [staff.make_operator()]
        for slug in slugs:
            try:
                with province_context(slug) as province:
                    if not province.demo:
                        raise CommandError(f"{province.name} không phải tỉnh minh họa.")
                    with _seeded() as known:
                        complete = slug in {one["slug"] for one in known.get("provinces", [])}
                    if not complete or not Dossier.objects.exists():
                        described = population.populate(province, dossiers, self.stdout.write)
                        with _seeded() as known:
                            others = [one for one in known.get("provinces", []) if one["slug"] != slug]
                            known["provinces"] = [*others, described]
            except UnknownProvince:
                raise CommandError(f"Chưa có tỉnh {slug}. Chạy: manage.py province apply {slug}") from None


@contextmanager
def _seeded() -> Iterator[dict[str, Any]]:
    """What the seed left of its provinces, to read and change: two provinces are seeded at once.

    Passwords stand in this file alone; only its owner reads it.
    """
    with os.fdopen(os.open(settings.DATA_DIR / FILE, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = json.loads(file.read() or "{}")
        yield known
        file.seek(0)
        file.truncate()
        file.write(json.dumps(known, ensure_ascii=False, indent=2))
