"""What operators see of callbacks. People and numbers are invented."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from messaging.inbound import receive
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


def pages(event: WebhookEvent) -> list[str]:
    return [LIST, f"{LIST}{event.pk}/change/"]


def test_operators_see_what_became_of_it(operator: Client, event: WebhookEvent) -> None:
    for path in pages(event):
        answer = operator.get(path)
        assert (answer.status_code, "Không đọc được." in answer.content.decode()) == (200, True)


def test_nobody_sees_what_was_said(operator: Client, event: WebhookEvent) -> None:
    assert not any("0905000217" in operator.get(path).content.decode() for path in pages(event))


def test_a_row_that_cannot_be_opened_is_shown_all_the_same(operator: Client, event: WebhookEvent) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_webhookevent SET raw = 'x'")
    assert [operator.get(path).status_code for path in pages(event)] == [200, 200]


@pytest.mark.parametrize("act", ["add/", "{pk}/delete/"])
def test_nobody_changes_it(operator: Client, event: WebhookEvent, act: str) -> None:
    answer: Any = operator.post(LIST + act.format(pk=event.pk), {"post": "yes"})
    assert (answer.status_code, WebhookEvent.objects.count()) == (403, 1)


def test_operators_can_tell_that_nothing_waits(event: WebhookEvent) -> None:
    assert not receive.queue.has_pending()
