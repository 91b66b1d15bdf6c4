"""A pretended national portal, and a province that is linked to it in either dialect."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now

from dossiers.exchange import webhook_threads
from dossiers.exchange.national import turn
from dossiers.exchange.national.models import NationalLink
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from tenants.audit import sealer
from tenants.web import http
from tests.factories import Office
from tests.simulators.national.process import FakeNationalPortal

PATHS = {"adapter": "/a", "lgsp": "/b"}


@pytest.fixture
def portal(tmp_path: Path, settings: Any) -> Iterator[FakeNationalPortal]:
    with FakeNationalPortal(tmp_path / "journal.jsonl") as process:
        settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", process.port)})
        yield process
    http.forget()


def linked(office: Office, portal: FakeNationalPortal, dialect: str = "adapter") -> NationalLink:
    made = NationalLink.objects.create(
        dialect=dialect,
        url=portal.url + PATHS[dialect],
        unit_code="000.00.00.H15",
        username="tinh",
        secret="bi-mat",
        desk=office.desk,
        position=sealer.head(),
    )
    turn.start(made)
    return made


@pytest.fixture
def link(office: Office, portal: FakeNationalPortal, monkeypatch: pytest.MonkeyPatch) -> NationalLink:
    """Started; nothing is done but by `run`."""
    monkeypatch.setattr(webhook_threads, "_send", lambda slug, key, act: None)
    return linked(office, portal)


def receive(office: Office, **changed: Any) -> Dossier:
    return services.receive(office.intake(**changed), actor=office.clerk).dossier


def run(link: NationalLink, **values: Any) -> NationalLink:
    """One turn with everything sealed, however long the last failure would have it wait."""
    sealer.seal("daklak")
    NationalLink.objects.filter(pk=link.pk).update(next_try_at=Now(), **values)
    turn.run(link.pk)
    link.refresh_from_db()
    return link
