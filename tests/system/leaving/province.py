"""A province that leaves, and how its export is read."""

import json
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import files
from dossiers.lifecycle.intake import PersonData
from messaging.channels.models import ChannelAccount
from tenants.accounts.models import User
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.operations.golive import offboard
from tenants.operations.golive.golive import pause_province
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office

OWNER = "Nguyễn Thị Rời Đi"
SECRET = "bi-mat-cua-kenh"


def fill() -> None:
    """A dossier, a file and a secret, in the province that was entered."""
    office = Office("H99")
    office.clerk.set_password("một câu dài dễ nhớ")
    office.clerk.save()
    intake = office.intake(owner=PersonData(name=OWNER, phone="0905000678", id_number="066190000001"))
    dossier = services.receive(intake, actor=office.clerk).dossier
    upload = SimpleUploadedFile("giay.pdf", samples.pdf())
    files.attach(dossier.pk, upload, kind="paper", actor=office.clerk, seen=1)
    ChannelAccount.objects.create(channel="mock", name="thu", secrets=json.dumps({"khoa": SECRET}))


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    lines = (folder / "tables" / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ready(slug: str, folder: Path) -> None:
    """It serves no more, and has been handed over."""
    pause_province(slug)
    offboard.export(slug, folder)


def archive(slug: str, folder: Path, people: list[User]) -> None:
    """Two people have agreed that it leaves."""
    ready(slug, folder)
    proposal = offboard.propose(slug, actor=people[0]).pk
    offboard.confirm(slug, actor=people[1], proposal=proposal)


def state(slug: str) -> str:
    with public_context():
        return str(Province.objects.get(schema_name=slug).state)
