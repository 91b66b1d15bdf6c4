"""What every answer carries: policy, language, no cookie for citizens."""

import pytest
from django.test import Client

from portal import pages
from tenants.isolation.province_cache import ProvinceRecord

PAGES = ["/", "/tra-cuu/", "/thu-tuc/", "/minh-bach/", "/khong-co/"]


@pytest.fixture
def citizen(db: None) -> Client:
    return Client(headers={"host": "daklak.localhost"})


@pytest.mark.parametrize("page", PAGES)
def test_citizen_pages_allow_no_inline_and_no_foreign_host_and_set_no_cookie(citizen, page):
    response = citizen.get(page)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Language"] == "vi"
    assert not response.cookies


def test_only_staff_pages_are_relaxed(citizen: Client) -> None:
    assert "unsafe-eval" in citizen.get("/quan-tri/login/")["Content-Security-Policy"]


@pytest.mark.parametrize(("host", "status"), [("khong-co.localhost", 404), ("daklak.localhost", 503)])
def test_answers_without_a_page_carry_them_too(db, monkeypatch, host, status):
    """An unknown host, and a province that is paused."""
    monkeypatch.setattr(ProvinceRecord, "is_open", False)
    response = Client(headers={"host": host}).get("/")
    assert response.status_code == status
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src" in response["Content-Security-Policy"]


def test_switch_changes_the_language_and_is_remembered(citizen: Client) -> None:
    assert citizen.get("/tra-cuu/?lang=en")["Content-Language"] == "en"
    assert citizen.get("/tra-cuu/")["Content-Language"] == "en"
    assert citizen.get("/tra-cuu/?lang=vi")["Content-Language"] == "vi"


def test_a_page_that_switches_the_language_comes_from_no_cache(citizen: Client) -> None:
    """It would come without the cookie."""
    switched, plain = (citizen.get(f"/tiep-can/{query}")["Cache-Control"] for query in ("?lang=en", ""))
    assert (switched, plain) == ("private, no-cache", "public, max-age=300")


def test_accept_language_and_unknown_ones_change_nothing(citizen: Client) -> None:
    assert citizen.get("/tra-cuu/", headers={"accept-language": "en"})["Content-Language"] == "vi"
    response = citizen.get("/tra-cuu/?lang=xx")
    assert response["Content-Language"] == "vi"
    assert not response.cookies


@pytest.mark.parametrize("host", ["daklak.localhost", "anything.example"])
def test_the_health_page_answers_at_any_host(db: None, host: str) -> None:
    assert Client(headers={"host": host}).get("/healthz").status_code == 200


def test_theme_is_cached_for_ever_under_its_hash(citizen: Client) -> None:
    import re

    address = re.search(r'href="(/theme-\w+\.css)"', citizen.get("/").content.decode())
    assert address
    response = citizen.get(address[1])
    assert "#0b5394" in response.content.decode()
    assert "immutable" in response["Cache-Control"]
    assert citizen.get("/theme-0000.css").status_code == 404


@pytest.mark.parametrize("bad", ["red", "#fff", "#0B5394}body{display:none", "#0B5394\n", ""])
def test_a_theme_holds_nothing_but_colours(bad: str) -> None:
    with pytest.raises(ValueError, match="not colours"):
        pages.theme_css(bad, "#073A68", "#EAF1F8")
