"""Which requests wait for a place of their own, by their address, method and kind; and what is read without one."""

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from psycopg import errors

from dossiers.filing import drafts
from portal.server import places
from portal.server.application import BODY_KEY, FILES_KEY, PAGES, WORK_KEY, Refusal
from tenants.accounts import api_keys
from tenants.accounts.signin import sessions
from tenants.isolation.context import province_context
from tenants.web import openid
from tenants.web.openid_provider import OpenIdProvider
from tests.factories import UserFactory

HOST = "daklak.localhost"
LIST = "/quan-tri/messaging/message/"


def environ(method: str, address: str, **more: str) -> dict[str, Any]:
    asked = urlsplit(address)
    return {
        "REQUEST_METHOD": method, "PATH_INFO": asked.path, "QUERY_STRING": asked.query, "HTTP_HOST": HOST,
        "SERVER_NAME": HOST, "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http", "CONTENT_LENGTH": "10", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", f"{LIST}?q=a"),
        ("HEAD", f"{LIST}?p=1&q=a"),
        ("GET", f"{LIST}?%71=a"),
        ("POST", f"{LIST}?q=a"),
        ("GET", "/quan-tri/bao-cao/bao-cao.xlsx?nam=2026"),
        ("GET", "/quan-tri/dossiers/dossier/1/bieu-mau/01.pdf"),
        ("POST", "/quan-tri/dossiers/dossier/nhieu/?hs=1,2"),
    ],
)
def test_a_search_and_a_list_as_a_file_wait_for_the_place_of_their_account(province, method, address):
    client = Client(headers={"host": HOST})
    assert places.want(environ(method, address)) is None, "who is not signed in is led to the sign-in page"
    client.force_login(UserFactory(administrator=True))
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    asked = environ(method, address, HTTP_COOKIE=cookies)
    assert places.sort(asked)[2]
    wanted = places.want(asked)
    assert wanted is not None
    kinds = {".xlsx": places.STAFF_EXPORTS, "01.pdf": places.STAFF_SHEETS}
    assert wanted.threads == next((kinds[end] for end in kinds if end in address), places.STAFF_WORK)
    # One province never has all the threads: its people stand in one line.
    client.force_login(UserFactory(administrator=True))
    other = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    colleague = places.want(environ(method, address, HTTP_COOKIE=other))
    assert colleague is not None
    assert (wanted.line[0] == colleague.line[0], wanted.line == colleague.line) == (True, False)


@pytest.mark.parametrize(("holds_files", "threads"), [(False, None), (True, places.STAFF_FILES)])
def test_a_form_of_staff_without_a_file_is_a_page(province, holds_files, threads):
    client = Client(headers={"host": HOST})
    client.force_login(UserFactory(administrator=True))
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    asked = environ(
        "POST", "/quan-tri/dossiers/dossier/add/", HTTP_COOKIE=cookies, CONTENT_TYPE="multipart/form-data"
    )
    assert places.sort(asked) == (places.STAFF_PAGES, places.SMALL_BODY, True)
    wanted = places.want({**asked, FILES_KEY: holds_files})
    assert (wanted and wanted.threads) == threads


def test_a_file_of_a_machine_waits_for_the_place_of_its_key(province: object, settings: Any) -> None:
    machine = UserFactory(is_machine=True)
    address = "/api/v1/dossiers/H15.08-261125-0001/files/"
    asked = environ("POST", address, CONTENT_TYPE="multipart/form-data", HTTP_AUTHORIZATION="Bearer mc_x")
    assert places.sort(asked) == (PAGES, places.SMALL_BODY, True)
    assert places.want(asked) is None, "a stranger is a page, where the door says 401"
    wanted = places.want({**asked, "HTTP_AUTHORIZATION": f"Bearer {api_keys.create(machine)}"})
    assert wanted is not None
    assert (wanted.threads, wanted.body_max) == (
        places.STAFF_FILES, settings.FILE_MAX_BYTES + places.FORM_ROOM,
    )  # fmt: skip
    assert all(counter.endswith(f":account:{machine.pk}") for counter in wanted.counters)


@pytest.mark.parametrize(
    "address", ["/thu-tuc/?q=a", "/thu-tuc/?cap=1&%71=a", "/thu-tuc/?linh-vuc=1", "/api/v1/statistics/"]
)
def test_a_search_of_anybody_has_threads_of_its_own(address: str) -> None:
    assert places.sort(environ("GET", address)) == (places.SEARCHES, places.CITIZENS_FORM, False)


def test_a_machines_list_has_the_threads_of_feeds_and_takes_turns_by_province() -> None:
    asked = environ("GET", "/api/v1/dossiers/?limit=500")
    assert places.sort(asked)[0] == places.FEEDS
    assert places.sender(asked).group == f"{HOST}:80"
    assert places.sort(environ("POST", "/api/v1/dossiers/"))[0] == PAGES


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_HOST": "kontum.localhost"},
        {"HTTP_COOKIE": "phien=abcdefgh"},
        {"REMOTE_ADDR": "198.51.100.77"},
        {"REMOTE_ADDR": "2001:db8:1:ffff::1"},
    ],
    ids=["host", "cookie", "address", "IPv6"],
)
def test_other_names_of_one_network_share_its_turns(more: dict[str, str]) -> None:
    before = {"REMOTE_ADDR": "2001:db8:1::1" if ":" in more.get("REMOTE_ADDR", "") else "198.51.100.9"}
    one, other = (places.sender(environ("GET", LIST, **{**before, **named})) for named in ({}, more))
    assert one[0] == other[0]
    assert (one[1] == other[1]) == (more.get("REMOTE_ADDR", "").startswith("198"))


@pytest.mark.parametrize("spelt", ["DakLak.localhost.", "daklak.localhost:17", " daklak.localhost.:1"])
def test_a_province_has_one_share_however_its_host_is_spelt(spelt: str) -> None:
    one, other = (places.sender(environ("GET", LIST, HTTP_HOST=host)) for host in (HOST, spelt))
    assert (one.group, one.group.startswith(HOST)) == (other.group, True)


@pytest.mark.parametrize(
    "address", [LIST, f"{LIST}?q=", f"{LIST}?_changelist_filters=q%3Da", "/noi-nop/?q=&a=q"]
)
def test_other_lists_are_pages(address: str) -> None:
    threads, _size, wants_place = places.sort(environ("GET", address))
    assert (threads in (PAGES, places.STAFF_PAGES), wants_place) == (True, False)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/quan-tri/login/"),
        ("POST", "/quan-tri/login/?q=a"),
        ("POST", "/van-hanh/loi-moi/a/"),
        ("GET", "/quan-tri/dang-nhap/sso/"),
        ("GET", "/quan-tri/dang-nhap/sso/ve/?code=a"),
    ],
)
def test_a_password_and_a_provider_wait_for_the_place_of_their_network(db, method, address):
    host = "localhost" if address.startswith("/van-hanh/") else HOST
    asked = environ(method, address, HTTP_HOST=host)
    assert places.sort(asked)[2]
    wanted = places.want(asked)
    assert wanted is not None
    assert (wanted.threads, wanted.body_max) == (places.SIGN_INS, places.SMALL_BODY)


def test_a_browser_in_which_somebody_signed_in_waits_for_no_stranger(db: None) -> None:
    answer = HttpResponse()
    with province_context("daklak"):
        sessions.remember_device(HttpRequest(), answer, "can-bo")
    asked = environ("POST", "/quan-tri/login/", HTTP_COOKIE=answer.cookies.output(attrs=[], header=""))
    wanted = places.want(asked)
    assert (wanted and wanted.threads) == places.KNOWN_SIGN_INS


def test_a_provider_is_asked_in_no_thread_of_pages(province, settings, monkeypatch):
    from tenants.accounts.signin import single_sign_on
    from tenants.organisation.staff_site.sites import province_site

    asked: list[str] = []

    def document(url: str, *_longest: float) -> Any:
        asked.append(present[0])
        raise openid.Unavailable

    present = [""]
    provider = OpenIdProvider(issuer="https://nha.vn", client_id="thu", client_secret="thu", label="Thử")
    monkeypatch.setattr(openid, "_document", document)
    monkeypatch.setattr(single_sign_on, "provider", lambda: provider)
    for entry in province_site.get_urls():
        present[0] = f"/quan-tri/{entry.pattern}"
        if "<" not in present[0] and "^" not in present[0]:
            Client(headers={"host": HOST}).get(present[0])
    assert asked
    assert [path for path in asked if not path.startswith(places.PROVIDER_PATHS)] == []


def test_whoever_gets_no_place_reads_why(province: object) -> None:
    without = {places.CALLBACKS, places.STAFF_PAGES, places.SEARCHES, places.FEEDS}
    assert set(places.BUSY) == set(places.THREADS) - without
    assert len({str(sentence) for sentence in places.BUSY.values()}) == len(places.BUSY)
    for kind, sentence in places.BUSY.items():
        refused = {BODY_KEY: Refusal.TOO_MANY, WORK_KEY: kind}
        answer = Client(headers={"host": HOST}).post("/quan-tri/login/", **refused)  # type: ignore[arg-type]
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
        assert str(sentence) in answer.content.decode()


def test_a_photograph_whose_place_the_lost_database_cannot_name_is_not_called_too_large(
    province, monkeypatch
):
    def lost(request: HttpRequest) -> None:
        raise OperationalError from errors.AdminShutdown()

    monkeypatch.setattr(places, "find_place", lost)
    address = f"{drafts.ADDRESS}abc/giay/"
    asked = environ("POST", address)
    assert places.want(asked) is None
    asked[BODY_KEY] = Refusal.TOO_LARGE
    answer = Client(headers={"host": HOST}).post(
        address, **{key: asked[key] for key in (BODY_KEY, places.FAILURE_KEY)}
    )
    assert answer.status_code == 503
    assert "hiện không dùng được" in answer.content.decode()
