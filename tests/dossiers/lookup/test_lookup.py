"""Two depths of look-up, through the citizen's pages."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken
from dossiers.lookup import limited_lookup
from tenants import clock
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.web import rate_limits
from tests import tables
from tests.dossiers.workflow.test_workflow_walk import standing_at
from tests.factories import Office
from tests.procedures.catalogue.test_pages import stylesheets

HOST = "daklak.localhost"
NOT_FOUND = "Không tìm thấy hồ sơ có mã này"


@pytest.fixture
def received(office: Office) -> services.Received:
    return services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk)


def text(response: HttpResponse) -> str:
    return response.content.decode().replace("\xa0", " ")


def ask(citizen: Client, code: str, key: str = "", **headers: str) -> Any:
    return citizen.post("/tra-cuu/", {"code": code, "key": key}, headers={"host": HOST, **headers})


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_code_and_key_lead_to_the_details(citizen: Client, received: services.Received) -> None:
    answer = ask(citizen, received.dossier.code, received.key)
    assert answer.status_code == 303
    assert answer["Location"].startswith("/h/")
    response = citizen.get(answer["Location"])
    page = text(response)
    assert "02/12/2026" in page
    assert "Phòng Tư pháp" in page
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "noindex" in response["X-Robots-Tag"]


def test_code_alone_leads_to_progress_without_date_place_or_name(citizen, received):
    answer = ask(citizen, received.dossier.code)
    assert answer["Location"] == f"/ho-so/{received.dossier.code}/"
    page = text(citizen.get(answer["Location"]))
    assert "Đã tiếp nhận" in page
    for hidden in ("02/12/2026", "Phòng Tư pháp", "Minh Họa", "Trung tâm Phục vụ"):
        assert hidden not in page


def test_wrong_key_shows_progress_and_says_so(citizen: Client, received: services.Received) -> None:
    answer = ask(citizen, received.dossier.code, "bcg hkl")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    page = text(answer)
    assert "02/12/2026" not in page
    main = page[page.index("<main") :]
    assert main.index('value="bcg hkl"') < main.index("Đã tiếp nhận"), (
        "the field comes first, as it was typed"
    )
    assert 'aria-invalid="true"' in page
    assert page.count("Mã tra cứu chưa đúng. Xin xem 6 ký tự in dưới mã QR của giấy hẹn.") == 2


def test_details_never_show_number_phone_or_address(office: Office, citizen: Client) -> None:
    from dossiers.lifecycle.intake import PersonData

    owner = PersonData("Nguyễn Thị Minh Họa", "person", "066190000001", "0905000678", "12 Đường Bí Mật")
    received = services.receive(office.intake(owner=owner), actor=office.clerk)
    page = text(citizen.get(path(received.token_url)))
    for secret in ("066190000001", "0905000678", "0905 000 678", "Đường Bí Mật"):
        assert secret not in page
    assert "678" in page


def test_code_of_another_province_is_told_by_its_prefix_alone(citizen, office, django_assert_num_queries):
    citizen.get("/tra-cuu/")
    with django_assert_num_queries(0):
        page = text(ask(citizen, "H19.08-261125-0001"))
    assert "Mã này thuộc" in page
    assert "Đồng Nai" in page
    assert "http://dongnai.localhost:8000/tra-cuu/" in page


@pytest.mark.parametrize(
    ("typed", "status"),
    [("", 200), ("abc", 200), ("\0", 400), ("H15.08", 200), ("x" * 121, 200), ("H15.08-261125-0001\0", 400),
     ("🙂", 200), ("' OR 1=1 --", 200)],
)  # fmt: skip
def test_unreadable_code_gets_a_sentence(citizen: Client, office: Office, typed: str, status: int) -> None:
    response = ask(citizen, typed)
    assert response.status_code == status
    assert "Lỗi" in text(response) or "không hợp lệ" in text(response)


def test_a_body_too_large_or_broken_is_refused(citizen: Client, office: Office) -> None:
    assert ask(citizen, "x" * 10_000_000).status_code == 413
    body = b"code=%ED%A0%80&key="
    response = citizen.post("/tra-cuu/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400


def test_form_needs_no_cookie_and_sets_none(office: Office, received: services.Received) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    answer = ask(strict, received.dossier.code, received.key)
    page = strict.get(answer["Location"])
    assert answer.status_code == 303
    assert not answer.cookies
    assert not page.cookies


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
)
def test_form_sent_from_elsewhere_is_refused(citizen, received, headers):
    assert ask(citizen, received.dossier.code, received.key, **headers).status_code == 403


def test_an_address_ends_and_is_of_one_province(citizen, received, noon):
    """That of a look-up after half an hour, each when it is revoked; a changed one is none."""
    address = ask(citizen, received.dossier.code, received.key)["Location"]
    good = path(received.token_url).rstrip("/")
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    with clock.frozen(noon + timedelta(minutes=31)):
        assert [citizen.get(f"{one}/").status_code for one in (address[:-1], good, changed)] == [
            404,
            200,
            404,
        ]
    assert Client(headers={"host": "dongnai.localhost"}).get(f"{good}/").status_code == 404
    AccessToken.objects.update(revoked_at=noon)
    assert citizen.get(f"{good}/").status_code == 404


def test_who_looks_up_again_and_again_fills_no_table(citizen, received, noon, monkeypatch):
    monkeypatch.setattr(access_links, "MOST_LOOKUPS", 3, raising=False)
    before, links = AccessToken.objects.count(), []
    for _again in range(5):
        links.append(ask(citizen, received.dossier.code, received.key)["Location"])
    assert (AccessToken.objects.count() - before, len(set(links))) == (3, 3)
    assert citizen.get(links[-1]).status_code == 200
    with clock.frozen(noon + timedelta(hours=24)):
        access_links.purge()
    assert AccessToken.objects.count() == before + 3
    with clock.frozen(noon + timedelta(hours=25)):
        access_links.purge()
    assert AccessToken.objects.count() == before


def test_wrong_keys_from_elsewhere_leave_the_owner_the_right_one(citizen, received, office):
    """Networks that try one code together have a few tries each, and the owner's network has its own."""
    tries = [
        [
            Client(headers={"host": HOST}, REMOTE_ADDR=address)
            .post("/tra-cuu/", {"code": received.dossier.code, "key": "BCGHKL"})
            .status_code
            for _attempt in range(limited_lookup.PER_CODE_HERE + 1)
        ]
        for address in ("198.51.100.1", "2001:db8:1::1", "203.0.113.1")
    ]
    assert [one.count(200) for one in tries] == [10, 10, 2]
    assert ask(citizen, received.dossier.code, received.key).status_code == 303
    for _attempt in range(limited_lookup.PER_CODE_HERE + 1):
        refused = ask(citizen, received.dossier.code, "BCGHKL")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    other = services.receive(office.intake(), actor=office.clerk)
    assert ask(citizen, other.dossier.code, other.key).status_code == 303


def test_without_valkey_a_smaller_budget_holds(citizen, received, monkeypatch):
    def down(*args: Any, **kwargs: Any) -> Any:
        raise ConnectionError

    monkeypatch.setattr(rate_limits.cache._cache, "get_client", down)
    answers = [
        ask(citizen, received.dossier.code, "BCGHKL").status_code for _ in range(limited_lookup.PER_CODE_HERE)
    ]
    assert (answers[0], answers[-1]) == (200, 429)


def test_status_page_takes_at_most_three_statements(citizen, received, django_assert_max_num_queries):
    citizen.get(path(received.token_url))
    with public_context():
        Province.objects.count()  # the connection comes from somewhere else, as it does in service
    with django_assert_max_num_queries(3) as captured:
        assert citizen.get(path(received.token_url)).status_code == 200
    assert any("set_config" in query["sql"] for query in captured.captured_queries)


def test_status_page_with_its_stylesheets_is_light(citizen: Client, received: services.Received) -> None:
    page = citizen.get(path(received.token_url)).content
    assert len(gzip.compress(page)) + stylesheets(page) <= 30 * 1024
    assert re.findall(rb"<script[^>]*>", page) == [b'<script src="/static/portal/citizen.js" defer>']
    assert not re.findall(
        rb'(?:src|href)="https?://(?!dichvucong\.gov\.vn)[^"]*\.(?:css|js|png|svg|woff2?)', page
    )


@pytest.mark.parametrize(
    ("step", "words"),
    tables.read(__file__, "status_words.yaml"),
)
def test_every_status_has_a_page(office: Office, citizen: Client, step: str, words: str) -> None:
    dossier = standing_at(office, step)
    token = AccessToken.objects.get(dossier=dossier).value
    response = citizen.get(f"/h/{token}/")
    assert (response.status_code, words in text(response)) == (200, True)
