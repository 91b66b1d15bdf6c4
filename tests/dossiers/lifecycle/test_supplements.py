"""What a citizen brings to a request for papers is taken into the dossier by one act."""

from collections.abc import Sequence

import pytest
from django.db import transaction

from dossiers.lifecycle import event_journal
from dossiers.lifecycle.actions import supplements
from dossiers.lifecycle.models import Attachment, Dossier, Event
from tenants import clock
from tenants.audit.models import AuditEntry
from tests.dossiers.walking import in_progress, take
from tests.factories import Office


@pytest.fixture
def dossier(office: Office) -> Dossier:
    dossier = in_progress(office, documents=("Tờ khai",))
    take(office, dossier, "require_supplement")
    return dossier


def brought(dossier: Dossier, *papers: str, lacking: Sequence[str]) -> Event:
    files = [
        Attachment(
            name=f"{number}.png",
            stored_name=f"file {number}",
            content_type="image/png",
            size=1,
            uploaded_at=clock.now(),
        )
        for number in range(len(papers))
    ]
    with transaction.atomic():
        locked = event_journal.locked(dossier.pk)
        event = supplements.take_in(locked, list(zip(files, papers, strict=True)), (), lacking=lacking)
    dossier.refresh_from_db()
    return event


@pytest.mark.parametrize(
    ("lacking", "kind", "step"),
    [((), "supplement_received", "in_progress"), (("Tờ khai",), "supply_online", "supplement")],
)
def test_papers_stand_in_the_dossier_under_the_event_by_which_they_came(
    dossier: Dossier, lacking: tuple[str, ...], kind: str, step: str
) -> None:
    event = brought(dossier, "Tờ khai: chưa ký", "Ảnh", "", lacking=lacking)
    assert (event.kind, dossier.step, dossier.last_sequence) == (kind, step, event.sequence)
    assert dossier.documents == ["Tờ khai", "Ảnh"]
    assert list(dossier.attachments.values_list("name", "stored_name", "paper", "kind", "sequence")) == [
        ("0.png", "file 0", "Tờ khai: chưa ký", "paper", event.sequence),
        ("1.png", "file 1", "Ảnh", "paper", event.sequence),
        ("2.png", "file 2", "", "paper", event.sequence),
    ]
    assert AuditEntry.objects.filter(action="dossier.supplement", subject=dossier.subject).count() == 1
