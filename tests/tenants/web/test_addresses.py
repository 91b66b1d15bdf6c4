"""Addresses that are printed and sent come from the stored host, never from a request."""

from typing import Any

from tenants.isolation.province_cache import ProvinceRecord
from tenants.web.absolute_urls import absolute


def test_address_has_the_stored_host_and_port(province: ProvinceRecord) -> None:
    assert absolute("/h/x/") == "http://daklak.localhost:8000/h/x/"


def test_default_port_is_left_out(province: ProvinceRecord, settings: Any) -> None:
    settings.PUBLIC_SCHEME, settings.PUBLIC_PORT = "https", "443"
    assert absolute("/h/x/") == "https://daklak.localhost/h/x/"


def test_on_a_lan_the_port_stands_for_the_province(province: ProvinceRecord, settings: Any) -> None:
    settings.LAN_HOST, settings.PROVINCE_PORTS = "192.0.2.7", {"8001": "daklak"}
    assert absolute("/h/x/") == "http://192.0.2.7:8001/h/x/"
