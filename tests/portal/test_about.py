"""Pages about the portal, and those that say why there is no page: plain, helpful, alike in both languages."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from dossiers.lookup import limited_lookup
from dossiers.workflow.rules.statuses import Status
from messaging.broadcasts.actions import publish, write
from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.web import rate_limits
from tests.conftest import NOON
from tests.factories import Office, UserFactory

PAGES = ["/tro-giup/", "/quyen-rieng-tu/", "/tiep-can/"]
OTHERS = ["/thong-bao/", "/ap-phich/", "/ap-phich/tra-cuu/", "/thu-tuc/1.000894/?in=poster", "/khong-co/"]


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": "daklak.localhost"})


def words(response: Any) -> str:
    return response.content.decode().replace("\xa0", " ")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_there_and_it_is_kept_without_a_cookie(citizen, office, path):
    for page in ("/", "/tra-cuu/", "/khong-co/"):
        assert f'href="{path}"' in words(citizen.get(page))
    first = citizen.get(path)
    assert "max-age=300" in first["Cache-Control"]
    assert not first.cookies
    assert citizen.get(path, headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", PAGES + OTHERS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_headings_go_down_step_by_step_and_begin_with_one(citizen, office, path, language):
    page = words(citizen.get(path, {**_query(path), "lang": language}))
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert f'<html lang="{language}"' in page


def _query(path: str) -> dict[str, str]:
    return {"in": "poster"} if "in=poster" in path else {}


def test_help_explains_every_status_gives_the_hotline_and_leads_to_the_desks(citizen, office):
    page = words(citizen.get("/tro-giup/")).partition("<footer")[0]
    for status in Status:
        assert status.short in page
        assert status.official in page
    assert 'href="tel:02000000000"' in page
    assert 'href="/noi-nop/"' in page


def test_times_that_are_promised_are_those_of_the_code(citizen: Client, office: Office) -> None:
    from dossiers.lifecycle import access_links
    from dossiers.lifecycle.models import AccessToken
    from portal.middleware import ONE_YEAR_SECONDS

    page = words(citizen.get("/quyen-rieng-tu/"))
    assert rate_limits.WINDOW_SECONDS == 15 * 60
    assert "15 phút" in page
    assert access_links.LIVES[AccessToken.Purpose.LOOKUP] == timedelta(minutes=30)
    assert "30 phút" in page
    assert timedelta(seconds=ONE_YEAR_SECONDS) == timedelta(days=365)
    assert "một năm" in page


class TestPaused:
    @pytest.fixture
    def paused(self, office: Office) -> Any:
        with public_context():
            Province.objects.filter(schema_name="daklak").update(state="paused")
        province_cache.clear_cache()

    def test_says_so_with_the_telephone_and_no_link_that_leads_back(self, citizen, paused):
        answer = citizen.get("/tra-cuu/")
        page = words(answer)
        assert (answer.status_code, answer["Retry-After"]) == (503, "600")
        assert "Hồ sơ đã nộp và ngày hẹn trả không bị ảnh hưởng." in page
        assert 'href="tel:02000000000"' in page
        assert 'href=""' not in page
        assert set(re.findall(r'<a [^>]*href="(/[^"]*)"', page)) == {"/"}

    def test_says_when_it_is_over_where_that_was_announced(self, citizen: Client, office: Office) -> None:
        speaker = UserFactory(administrator=True)
        words_of_it = {
            "title": "Bảo trì",
            "summary": "Tạm dừng.",
            "kind": "outage",
            "starts_at": NOON - timedelta(hours=1),
            "ends_at": NOON + timedelta(hours=3),
        }
        kept = write(words_of_it, actor=speaker)
        publish(kept.pk, actor=speaker, seen=1)
        with public_context():
            Province.objects.filter(schema_name="daklak").update(state="paused")
        province_cache.clear_cache()
        assert "Dự kiến xong lúc 13:00, 25/11/2026." in words(citizen.get("/"))

    def test_comes_even_when_nobody_can_say(self, citizen, paused, monkeypatch):
        from django.db import OperationalError

        from portal import pages

        def away() -> Any:
            raise OperationalError

        monkeypatch.setattr(pages, "outage_ends", away)
        assert "Xin ông/bà thử lại sau ít phút." in words(citizen.get("/"))


def test_too_many_tries_says_what_still_works(citizen, office, monkeypatch):
    monkeypatch.setattr(limited_lookup, "PER_PROVINCE", 0)
    answer = citizen.post("/tra-cuu/", {"code": "H15.08-261125-0001"})
    page = words(answer)
    assert answer.status_code == 429
    assert "Xin đợi 15 phút hoặc gọi 0200 000 0000." in page
    assert "mã QR trên giấy hẹn" in page


def test_language_link_never_leads_to_another_site(citizen: Client, office: Office) -> None:
    page = words(citizen.get("/", PATH_INFO="//evil.example/x"))
    assert 'href="/evil.example/x?lang=en"' in page
    assert "//evil.example" not in page


@pytest.mark.usefixtures("province")
def test_example_of_a_code_is_the_province_s_own() -> None:
    page = words(Client(headers={"host": "dongnai.localhost"}).get("/tra-cuu/"))
    assert "H19.08-261125-0042" in page
    assert "H15." not in page
