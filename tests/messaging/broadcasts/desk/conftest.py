"""Two officers at their desks, and somebody who asked for news."""

from datetime import time

import pytest
from django.test import Client

from messaging.contacts import contacts
from messaging.contacts.contacts import NEWS
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import SendingRules
from tests.factories import Office
from tests.messaging.broadcasts.desk.desk import speaker, staff


@pytest.fixture(autouse=True)
def _all_day(office: Office) -> None:
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
    )


@pytest.fixture
def desk(office: Office) -> Client:
    return staff(speaker(office))


@pytest.fixture
def second(office: Office) -> Client:
    return staff(speaker(office))


@pytest.fixture
def subscriber(office: Office) -> Contact:
    person = contacts.contact_for("0905000009", "Người Minh Họa")
    contacts.grant(person, "mock", NEWS, evidence="đơn thử")
    return person
