"""The desk asks for papers: those of the dossier's list are ticked, and the usual day stands there already."""

import re

import pytest
from django.test import Client

from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from procedures.catalogue.models import RequiredDocument
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import in_progress, take
from tests.factories import Office


@pytest.fixture
def dossier(office: Office) -> Dossier:
    version = office.procedure.current_version
    for order, name in enumerate(("Tờ khai", "Giấy xác nhận"), 1):
        RequiredDocument.objects.create(version=version, order=order, name=name)
    return in_progress(office, documents=("Tờ khai", "Ảnh 4 x 6"))


@pytest.fixture
def specialist(office: Office) -> Client:
    return logged_in(office.specialist)


def address(dossier: Dossier) -> str:
    return f"{LIST}{dossier.pk}/buoc/require_supplement/"


def asked(dossier: Dossier) -> list[str]:
    return list(dossier.events.order_by("sequence").last().note.data["papers"])


def test_each_paper_of_the_dossier_can_be_ticked(specialist: Client, dossier: Dossier) -> None:
    page = specialist.get(address(dossier)).content.decode()
    offered = re.findall(r'name="paper_\d+".*?<span>(.*?)</span>', page, re.DOTALL)
    assert offered == ["Tờ khai", "Giấy xác nhận", "Ảnh 4 x 6"]


def test_ten_working_days_stand_there_with_the_day_in_words(specialist: Client, dossier: Dossier) -> None:
    """From Wednesday 25/11/2026."""
    page = specialist.get(address(dossier)).content.decode().replace("\xa0", " ")
    assert re.search(r'<input type="date" name="deadline" value="2026-12-09"', page)
    assert "thứ Tư 09/12/2026" in page


def test_what_is_wrong_with_each_paper_is_asked_for(specialist: Client, dossier: Dossier) -> None:
    sent = {
        "seen": dossier.last_sequence,
        "paper_0": "on",
        "fault_0": "chưa có chữ ký",
        "paper_1": "on",
        "fault_2": "đã hết hiệu lực",
        "papers": "Bản vẽ vị trí",
        "note": "Hồ sơ còn thiếu giấy tờ.",
        "deadline": "2026-12-09",
    }
    assert specialist.post(address(dossier), sent).status_code == 302
    wanted = ["Tờ khai: chưa có chữ ký", "Giấy xác nhận", "Ảnh 4 x 6: đã hết hiệu lực", "Bản vẽ vị trí"]
    assert asked(dossier) == wanted


def test_a_refused_form_keeps_what_was_ticked_and_typed(specialist: Client, dossier: Dossier) -> None:
    sent = {"seen": dossier.last_sequence, "paper_1": "on", "fault_0": "bị mờ", "deadline": "2026-11-29"}
    answer = specialist.post(address(dossier), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(r'name="paper_1"[^>]*checked', page)
    assert 'value="bị mờ"' in page
    assert 'value="2026-11-29"' in page


def test_the_button_of_the_message_does_what_it_says(office: Office, dossier: Dossier) -> None:
    """Papers cannot be handed in there yet: they can be read about."""
    take(office, dossier, "require_supplement")
    message = Message.objects.get(intent="supplement")
    assert message.button_label == "Xem giấy cần bổ sung"
