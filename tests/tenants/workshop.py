"""A small province's folder to plant faults in, and to apply."""

import uuid
from pathlib import Path

from django.db import connection
from django_tenants.utils import schema_exists

from tenants.isolation import schemas
from tenants.isolation.context import public_context
from tenants.isolation.models import Domain, Province

YAML, CSV = "province.yaml", "agencies.csv"

MANIFEST = """\
version: 1
slug: {slug}
name: Tỉnh Ninh Bình
short_name: Ninh Bình
agency_code: H42
merged_from:
  - {{agency_code: H25, name: Tỉnh Hà Nam}}
hosts:
  - {slug}.localhost
hotline: 0229 000 0000
brand:
  colour: "#0B5394"
  dark: "#073A68"
  tint: "#EAF1F8"
state: pilot
"""
AGENCIES = """\
# Mã minh họa.
code,name,level,parent,is_desk,successor,dissolved_on
H42,UBND tỉnh Ninh Bình,province,,không,,
H42.08,Trung tâm Phục vụ hành chính công,province,H42,có,,
H25.20,UBND huyện Minh Họa,district,,không,H42,2025-07-01
"""


class Workshop:
    """A folder of its own for a province, which does not exist yet unless it was made from an equal one; the
    connection is the owner's."""

    def __init__(self, root: Path, slug: str = "") -> None:
        self.slug = slug or f"t{uuid.uuid4().hex[:10]}"
        self.path = root / self.slug
        self.path.mkdir()
        self.write(YAML, MANIFEST.format(slug=self.slug))
        self.write(CSV, AGENCIES)

    def write(self, file: str, content: str | bytes) -> None:
        (self.path / file).write_bytes(content.encode() if isinstance(content, str) else content)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.path / file).read_text()
        assert old in text
        self.write(file, text.replace(old, new, 1))

    def province(self) -> Province:
        with public_context():
            return Province.objects.get(schema_name=self.slug)

    def leftovers(self) -> list[str]:
        """What exists of the province in the database."""
        with public_context(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [schemas.role_name(self.slug)])
            found = {
                "role": cursor.fetchone() is not None,
                "schema": schema_exists(self.slug),
                "row": Province.objects.filter(schema_name=self.slug).exists(),
                "host": Domain.objects.filter(domain=f"{self.slug}.localhost").exists(),
            }
        return [name for name, there in found.items() if there]
