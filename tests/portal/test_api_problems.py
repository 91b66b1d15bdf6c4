"""Whatever goes wrong at an address of the API is told as problem details, in the program's language."""

import json
from typing import Any

import pytest
from django.test import Client

from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import clear_cache
from tests import tables

LIST, LOOKUP = "/api/v1/procedures/", "/api/v1/lookup/"
JSON = "application/json"


@pytest.fixture
def program(province: object) -> Client:
    return Client(headers={"host": "daklak.localhost"}, raise_request_exception=False)


def problem(response: Any, status: int, kind: str) -> dict[str, Any]:
    """What is common to all problems; the body for what is not."""
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    body: dict[str, Any] = json.loads(response.content)
    assert body["type"] == f"/api/v1/docs/#{kind}"
    assert body["status"] == status
    assert body["title"]
    return body


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v2/x", "/api/v1/procedures/1.000894/x/"])
def test_unknown_address(program: Client, path: str) -> None:
    body = problem(program.get(path), 404, "not-found")
    assert body["title"] == "Không có ở đây"


METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")


@pytest.mark.parametrize("path", [LIST, f"{LIST}1.000894/", "/api/v1/statistics/", "/api/v1/schema/", LOOKUP])
def test_only_reading_is_allowed_and_a_lookup_is_only_posted(program: Client, path: str) -> None:
    allowed = ("post",) if path == LOOKUP else ("get", "head")
    for method in set(METHODS) - set(allowed):
        response = getattr(program, method)(path)
        assert response.status_code == 405, method
        assert response["Allow"].split(", ")[0] == allowed[0].upper(), method
        if method != "head":
            problem(response, 405, "method-not-allowed")


def test_head_is_get_without_a_body(program: Client) -> None:
    got, headed = program.get(LIST), program.head(LIST)
    assert (headed.status_code, headed.content) == (200, b"")
    assert (headed["ETag"], headed["Cache-Control"]) == (got["ETag"], got["Cache-Control"])


def test_only_json_is_given(program: Client) -> None:
    for accept in ("text/html", "application/xml", "image/*", "x"):
        problem(program.get(LIST, headers={"accept": accept}), 406, "not-acceptable")
    for accept in ("*/*", "application/*", "text/html,*/*;q=0.8", f"{JSON}; indent=4"):
        response = program.get(LIST, headers={"accept": accept})
        assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert program.get(LIST, {"format": "api"})["Content-Type"] == JSON


def test_only_json_is_taken(program: Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "x", "json", "y" * 500, ""):
        response = program.post(LOOKUP, b"code=H15.08-261125-0001", content_type=kind)
        problem(response, 415, "unsupported-media-type")
    problem(program.post(LOOKUP, {"code": "H15.08-261125-0001"}), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe{",
        b'{"code": "\xed\xa0\x80"}',
        b'{"code": NaN}',
        b'{"code": "a\x01"}',
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"9" * 5_000,
        b"1e999999 1",
        b"\xef\xbb\xbf{}",
        b"\0",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_unreadable_body(program: Client, body: bytes) -> None:
    response = program.post(LOOKUP, body, content_type=JSON)
    problem(response, 400, "unreadable")


def test_large_body(program: Client) -> None:
    for size in (70_000, 10_000_000):
        body = json.dumps({"code": "x" * size})
        problem(program.post(LOOKUP, body, content_type=JSON), 413, "too-large")
    problem(program.post(LOOKUP, {"code": "x" * 10_000_000}), 413, "too-large")


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ff", "q=%ED%A0%80", "cursor=%00", "&".join(f"a{n}=1" for n in range(4001))]
)
def test_unusable_address(program: Client, query: str) -> None:
    body = problem(program.get(f"{LIST}?{query}"), 400, "unreadable")
    assert body["detail"]


@pytest.mark.parametrize(("path", "status"), [("%00", 400), ("%ff", 404), ("a%00b", 400)])
def test_unusable_path(program: Client, path: str, status: int) -> None:
    assert program.get(f"{LIST}{path}/").status_code == status


def test_condition_that_does_not_hold(program: Client) -> None:
    problem(program.get(LIST, headers={"if-match": '"other"'}), 412, "precondition-failed")


def test_fault_of_ours_is_told_without_its_cause(program: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("bí mật")

    monkeypatch.setattr("procedures.catalogue.search.search.search", broken)
    response = program.get(LIST, headers={"accept-encoding": "gzip"})
    body = problem(response, 500, "internal")
    assert "bí mật" not in str(body)
    assert "Content-Encoding" not in response.headers


def test_paused_province(program: Client) -> None:
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state=Province.State.PAUSED)
    clear_cache()
    response = program.get(LIST, headers={"accept-language": "en"})
    problem(response, 503, "unavailable")
    assert response["Retry-After"]
    assert response["Content-Language"] == "en"


@pytest.mark.parametrize("host", ["localhost", "khong-co.localhost"])
@pytest.mark.parametrize("path", [LIST, "/api/v1/docs/", "/api/v1/schema/", LOOKUP])
def test_only_provinces_have_an_api(program: Client, host: str, path: str) -> None:
    problem(program.get(path, headers={"host": host}), 404, "not-found")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        *tables.read(__file__, "accepted_languages.yaml"),
        ("e" * 5_000, "vi"),
    ],
)
def test_language_is_the_one_that_is_accepted(program: Client, wanted: str, language: str) -> None:
    response = program.get("/api/v1/x/", headers={"accept-language": wanted})
    assert response["Content-Language"] == language
    assert (
        problem(response, 404, "not-found")["title"] == {"vi": "Không có ở đây", "en": "Not here"}[language]
    )
    assert "Accept-Language" in response["Vary"]


def test_language_of_the_pages_counts_for_nothing(program: Client) -> None:
    program.get("/tra-cuu/?lang=en")
    assert program.cookies
    assert program.get("/api/v1/x/")["Content-Language"] == "vi"


def test_language_in_the_address_sets_no_cookie(program: Client) -> None:
    response = program.get(f"{LIST}?lang=en")
    assert response["Content-Language"] == "en"
    assert not response.cookies


@pytest.mark.parametrize("path", [LIST, f"{LIST}x/", "/api/v1/x/", "/api/v1/docs/", f"{LIST}?level=x"])
def test_security_headers(program: Client, path: str) -> None:
    response = program.get(path)
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert not any(name.startswith("Access-Control") for name in response.headers)


def test_pages_for_people_stay_pages(program: Client) -> None:
    assert program.get("/khong-co/")["Content-Type"].startswith("text/html")
