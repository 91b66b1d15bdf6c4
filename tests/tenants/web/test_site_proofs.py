"""Proofs that a host is ours. Their contents are invented."""

from typing import Any

import pytest
from django.test import Client

from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tests.provinces import change

TAG = "zalo-platform-site-verification"
HOSTS = {"national": "localhost", "own": "daklak.localhost", "other": "dongnai.localhost"}


@pytest.fixture(autouse=True)
def _set_up(db: None, settings: Any) -> None:
    settings.SITE_VERIFICATIONS = [f"{TAG}=MaChung123", "zalo_verifierChung.html", "khong dung"]
    with public_context():
        proofs = [f"{TAG}=MaRieng456", "zalo_verifierRieng.html"]
        change(Province.objects.filter(schema_name="daklak"), site_verifications=proofs)
    province_cache.clear_cache()


def get(host: str, path: str) -> Any:
    return Client(headers={"host": HOSTS[host]}).get(path)


@pytest.mark.parametrize(
    ("host", "codes"),
    [("national", ["MaChung123"]), ("own", ["MaChung123", "MaRieng456"]), ("other", ["MaChung123"])],
)
def test_tags_stand_on_the_home_page(host: str, codes: list[str]) -> None:
    page = get(host, "/").content.decode()
    told = [code for code in ("MaChung123", "MaRieng456") if f'<meta name="{TAG}" content="{code}">' in page]
    assert told == codes
    assert "khong dung" not in page


def test_and_on_no_other_page() -> None:
    assert TAG not in get("own", "/tra-cuu/").content.decode()


@pytest.mark.parametrize(
    ("host", "file", "status"),
    [
        ("national", "zalo_verifierChung", 200),
        ("own", "zalo_verifierChung", 200),
        ("own", "zalo_verifierRieng", 200),
        ("other", "zalo_verifierRieng", 404),
        ("national", "zalo_verifierRieng", 404),
        ("own", "zalo_verifierKhac", 404),
    ],
)
def test_a_file_is_there_where_it_was_set_up(host: str, file: str, status: int) -> None:
    answer = get(host, f"/{file}.html")
    assert (answer.status_code, TAG in answer.content.decode()) == (status, status == 200)
