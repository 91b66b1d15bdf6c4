"""What operators see of callbacks. People and numbers are invented."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from messaging.inbound.models import WebhookEvent
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import UserFactory

LIST = "/quan-tri/inbound/webhookevent/"


@pytest.fixture
def event(province: ProvinceRecord) -> WebhookEvent:
    return WebhookEvent.objects.create(
        channel="mock", account="chinh", key="k", raw="<b>0905000217</b>", state="failed", tries=1,
        problem="Không đọc được.",
    )  # fmt: skip


@pytest.fixture
def operator(event: WebhookEvent) -> Client:
    browser = Client(headers={"host": "daklak.localhost"})
    browser.force_login(UserFactory(administrator=True))
    return browser


def test_operators_see_what_became_of_it_and_not_what_was_said(operator: Client, event: WebhookEvent) -> None:
    for path in (LIST, f"{LIST}{event.pk}/change/"):
        page = operator.get(path).content.decode()
        assert ("Không đọc được." in page, "0905000217" in page) == (True, False)
    # Also of a row that no key opens.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_webhookevent SET raw = 'x'")
    assert operator.get(f"{LIST}{event.pk}/change/").status_code == 200


@pytest.mark.parametrize("act", ["add/", "{pk}/delete/"])
def test_nobody_changes_it(operator: Client, event: WebhookEvent, act: str) -> None:
    answer: Any = operator.post(LIST + act.format(pk=event.pk), {"post": "yes"})
    assert (answer.status_code, WebhookEvent.objects.count()) == (403, 1)
