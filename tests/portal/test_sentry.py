"""What leaves this machine when SENTRY_DSN is set."""

import json
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.monitoring import sentry
from tests import tables

EVENT = tables.read(__file__, "event.yaml")


def test_only_where_an_error_happened_is_told() -> None:
    told = sentry.without_people(EVENT)
    assert told["exception"]["values"] == [
        {
            "type": "IntegrityError",
            "module": None,
            "stacktrace": {"frames": [{"function": "receive", "lineno": 7}]},
        }
    ]
    written = json.dumps(told, ensure_ascii=False)
    assert [
        word for word in ("Minh Họa", "0905000217", "BCGHKL", "Zk3x", "10.0.0.5") if word in written
    ] == []


def test_a_server_without_the_library_is_said_and_without_a_server_none_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    sentry.start("", "1")
    with pytest.raises(ImproperlyConfigured, match="sentry-sdk"):
        sentry.start("https://khoa@sentry.vidu.vn/1", "1")
