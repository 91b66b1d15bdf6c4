"""What was told and dealt with is forgotten after a while."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from messaging.inbound import receive
from messaging.inbound.models import WebhookEvent
from tenants.isolation.province_cache import ProvinceRecord

DONE, NEW = WebhookEvent.State.DONE, WebhookEvent.State.NEW
LONG_AGO = Now() - timedelta(days=31)


def told(key: str, **fields: object) -> WebhookEvent:
    return WebhookEvent.objects.create(channel="mock", account="chinh", key=key, raw="{}", **fields)


def test_what_was_dealt_with_long_ago_is_forgotten(province: ProvinceRecord) -> None:
    told("old", state=DONE, handled_at=LONG_AGO)
    kept = [told("fresh", state=DONE, handled_at=Now()), told("waits", state=NEW, received_at=LONG_AGO)]
    assert receive.purge() == 1
    assert list(WebhookEvent.objects.order_by("pk")) == kept


def test_forgetting_goes_on_until_nothing_is_left(
    province: ProvinceRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "_PURGE_AT_ONCE", 2)
    for number in range(5):
        told(str(number), state=DONE, handled_at=Now())
    assert (receive.purge(timedelta(0)), WebhookEvent.objects.count()) == (5, 0)
