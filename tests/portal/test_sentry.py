"""What leaves this machine when SENTRY_DSN is set."""

import json
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.monitoring import sentry

EVENT = {
    "event_id": "a1",
    "level": "error",
    "transaction": "/tra-cuu/",
    "user": {"username": "canbo", "ip_address": "10.0.0.5"},
    "request": {"url": "https://daklak.vidu.vn/h/Zk3x-abcDEF_ghiJKLmnop/", "data": {"key": "BCGHKL"}},
    "breadcrumbs": {"values": [{"message": "SELECT … Nguyễn Thị Minh Họa"}]},
    "extra": {"sys.argv": ["0905000217"]},
    "exception": {
        "values": [
            {
                "type": "IntegrityError",
                "value": "Key (name)=(Nguyễn Thị Minh Họa)",
                "stacktrace": {
                    "frames": [{"function": "receive", "lineno": 7, "vars": {"phone": "'0905000217'"}}]
                },
            }
        ]
    },
    "logentry": {"message": "không gửi được %s cho 0905000217", "params": ["Minh Họa"]},
}


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


def test_a_server_without_the_library_is_said_and_without_a_server_none_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    sentry.start("", "1")
    with pytest.raises(ImproperlyConfigured, match="sentry-sdk"):
        sentry.start("https://khoa@sentry.vidu.vn/1", "1")
