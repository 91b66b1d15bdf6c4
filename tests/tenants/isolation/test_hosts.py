"""The host decides the province; nothing else does."""

import pytest
from django.test import Client

from tenants.isolation.context import public_context
from tenants.isolation.middleware import split_host
from tenants.isolation.models import Province
from tenants.isolation.province_cache import clear_cache
from tests import tables


@pytest.mark.parametrize(
    ("raw", "host"),
    [
        *tables.read(__file__, "hosts.yaml"),
        ("x" * 400, ""),
    ],
)
def test_normal_form_of_a_host(raw: str, host: str) -> None:
    assert split_host(raw)[0] == host


def test_province_answers_at_its_host_and_at_no_forwarded_one(db: None) -> None:
    for host in ("daklak.localhost", "DAKLAK.localhost", "daklak.localhost.", "daklak.localhost:9"):
        client = Client(headers={"host": host, "x-forwarded-host": "dongnai.localhost"})
        page = client.get("/tra-cuu/").content.decode()
        assert ("Đắk Lắk" in page, "Đồng Nai" in page) == (True, False), host


def test_unknown_host_is_not_found(db: None) -> None:
    for host in (
        *("hanoi.localhost", "127.0.0.1", "evil.example", "x" * 400, "a\0b", "", "localhost:\xb2"),
        "daklak.localhost:99999999",
    ):
        response = Client(headers={"host": host}).get("/tra-cuu/")
        assert response.status_code == 404, host
        assert "Không có cổng một cửa nào" in response.content.decode()


def test_unknown_hosts_do_not_reach_the_database_each_time(db, django_assert_num_queries):
    client = Client(headers={"host": "hanoi.localhost"})
    client.get("/")
    with django_assert_num_queries(0):  # type: ignore[operator]
        client.get("/")


def test_paused_province_says_so(db: None) -> None:
    with public_context():
        province = Province.objects.get(schema_name="daklak")
        province.state = Province.State.PAUSED
        province.save(update_fields=["state"])
    response = Client(headers={"host": "daklak.localhost"}).get("/")
    assert response.status_code == 503
    assert "Retry-After" in response.headers
    assert "tạm dừng" in response.content.decode()


def test_national_host_lists_provinces_and_one_in_preparation_is_open_to_staff_only(db: None) -> None:
    def national() -> str:
        return Client(headers={"host": "localhost"}).get("/").content.decode().replace("\xa0", " ")

    assert "Tỉnh Đắk Lắk" in national()
    assert "http://dongnai.localhost:8000/" in national()
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state=Province.State.DRAFT)
    clear_cache()
    client = Client(headers={"host": "daklak.localhost"})
    assert client.get("/").status_code == 503
    assert client.get("/quan-tri/login/").status_code == 200
    assert "Đắk Lắk" not in national()
