"""Addresses that are printed come from the stored host, never from a request; and whose network address counts."""

from typing import Any

import pytest
from django.test import RequestFactory

from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.absolute_urls import absolute
from tenants.web.client_address import client_address
from tests import tables


def test_an_address_has_the_stored_host_and_port(province: ProvinceRecord, settings: Any) -> None:
    assert absolute("/h/x/") == "http://daklak.localhost:8000/h/x/"
    settings.PUBLIC_SCHEME, settings.PUBLIC_PORT = "https", "443"
    assert absolute("/h/x/") == "https://daklak.localhost/h/x/"
    # On a LAN the port stands for the province.
    settings.LAN_HOST, settings.PROVINCE_PORTS = "192.0.2.7", {"8001": "daklak"}
    assert absolute("/h/x/") == "http://192.0.2.7:8001/h/x/"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    tables.read(__file__, "proxies.yaml"),
)
def test_only_our_own_proxies_are_believed(settings, proxies, forwarded, expected):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert client_address(request) == expected
