"""`manage.py demo seed`: invented dossiers for the demonstration provinces."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

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
        path = settings.DATA_DIR / FILE
        known = json.loads(path.read_text()) if path.exists() else {}
        with public_context():
            operators = known.get("operators") or [staff.make_operator()]
        by_slug = {province["slug"]: province for province in known.get("provinces", [])}
        for slug in slugs:
            try:
                with province_context(slug) as province:
                    if not province.demo:
                        raise CommandError(f"{province.name} không phải tỉnh minh họa.")
                    if slug not in by_slug or not population.is_populated():
                        by_slug[slug] = population.populate(province, dossiers, self.progress)
            except UnknownProvince:
                raise CommandError(f"Chưa có tỉnh {slug}. Chạy: manage.py province apply {slug}") from None
            self.save(path, {"provinces": list(by_slug.values()), "operators": operators})

    def progress(self, line: str) -> None:
        self.stdout.write(line)

    @staticmethod
    def save(path: Any, seeded: dict[str, Any]) -> None:
        """Passwords stand in this file alone; only its owner reads it."""
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(seeded, ensure_ascii=False, indent=2))
        draft.replace(path)
