"""Addresses that are printed come from the stored host, never from a request; and whose network address counts."""

from typing import Any

import pytest
from django.test import RequestFactory

from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.absolute_urls import absolute
from tenants.web.client_address import client_address


def test_an_address_has_the_stored_host_and_port(province: ProvinceRecord, settings: Any) -> None:
    assert absolute("/h/x/") == "http://daklak.localhost:8000/h/x/"
    settings.PUBLIC_SCHEME, settings.PUBLIC_PORT = "https", "443"
    assert absolute("/h/x/") == "https://daklak.localhost/h/x/"
    # On a LAN the port stands for the province.
    settings.LAN_HOST, settings.PROVINCE_PORTS = "192.0.2.7", {"8001": "daklak"}
    assert absolute("/h/x/") == "http://192.0.2.7:8001/h/x/"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "not an address", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == expected
