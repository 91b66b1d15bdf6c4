"""`manage.py demo seed`: invented dossiers for the demonstration provinces."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.demo import population, staff
from portal.embedded.files import locked
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
        with self.kept() as seeded, public_context():
            seeded["operators"] = seeded["operators"] or [staff.make_operator()]
            known = {province["slug"] for province in seeded["provinces"]}
        for slug in slugs:
            try:
                with province_context(slug) as province:
                    if not province.demo:
                        raise CommandError(f"{province.name} không phải tỉnh minh họa.")
                    if slug in known and population.is_populated():
                        continue
                    made = population.populate(province, dossiers, self.progress)
            except UnknownProvince:
                raise CommandError(f"Chưa có tỉnh {slug}. Chạy: manage.py province apply {slug}") from None
            with self.kept() as seeded:
                others = [one for one in seeded["provinces"] if one["slug"] != slug]
                seeded["provinces"] = sorted([*others, made], key=lambda one: str(one["slug"]))

    def progress(self, line: str) -> None:
        self.stdout.write(line)

    @staticmethod
    @contextmanager
    def kept() -> Iterator[dict[str, Any]]:
        """What the file says, written back after the block; another seed waits meanwhile.

        Passwords stand in this file alone; only its owner reads it.
        """
        path = settings.DATA_DIR / FILE
        with locked(settings.DATA_DIR):
            seeded: dict[str, Any] = {"provinces": [], "operators": []}
            if path.exists():
                seeded |= json.loads(path.read_text())
            yield seeded
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(seeded, ensure_ascii=False, indent=2))
            draft.replace(path)
