"""The pretended system of a ministry in a demonstration: what is changed there is here at once, and people are told."""

import pytest
from django.test import Client

from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from portal.demo import ministry
from tests.factories import Office

ADDRESS = "/dev/he-thong-bo/"
pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def client() -> Client:
    return Client(headers={"host": "daklak.localhost"})


def test_a_state_that_is_changed_there_is_here_and_its_citizen_is_told(
    office: Office, client: Client
) -> None:
    feed = ministry.connect(office.procedure)
    sent = client.post(ADDRESS, {"dossier": feed["dossier"], "status": 4}, follow=True)
    assert sent.status_code == 200
    assert "Đang xử lý" in sent.content.decode()
    assert Dossier.objects.get(code=feed["dossier"]).status == 4
    assert Message.objects.get().intent == "in_progress"


@pytest.mark.parametrize("sent", [{}, {"dossier": "?", "status": "4"}, {"dossier": "", "status": "x"}])
def test_what_names_no_dossier_or_status_is_refused_in_words(
    office: Office, client: Client, sent: dict[str, str]
) -> None:
    refused = client.post(ADDRESS, sent)
    assert refused.status_code == 422
    assert "Xin chọn một hồ sơ" in refused.content.decode()
