"""The log: one JSON object a line, with request and province, and nothing of a person in it."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from dossiers.lookup import limited_lookup
from portal.monitoring import logs
from tenants.web import telemetry

NUMBER, ID_NUMBER = "0905000217", "066190000001"
CODE = "H15.08-261125-0001"
OF_THE_DATABASE = "duplicate key\nDETAIL:  Key (name)=(Nguyễn Thị Minh Họa, {}) already exists."
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is written to the log from here on, as machines get it."""
    made = logs.settings("json")["formatters"]["lines"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made["()"](processors=made["processors"]))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up breaks, and its error tells what was typed, as errors of the database do."""

    def breaks(address: str, code: str, key: str = "") -> Any:
        told = OF_THE_DATABASE.format(f"{code} {key}")
        raise IntegrityError(told)

    monkeypatch.setattr(limited_lookup, "ask", breaks)


def ask(typed: str, **headers: str) -> Any:
    client = Client(headers={"host": "daklak.localhost", **headers}, raise_request_exception=False)
    return client.post("/tra-cuu/", {"code": typed, "key": "BCGHKL"})


@pytest.mark.parametrize("typed", [NUMBER, ID_NUMBER, "0905 000 217", "+84905000217", "minh.hoa@vidu.vn"])
def test_what_a_person_typed_is_not_in_the_log(db: None, lines: Lines, failing: None, typed: str) -> None:
    logging.getLogger("thu").error("tra cứu %s: %s", typed, typed)
    assert ask(typed).status_code == 500
    told = OF_THE_DATABASE.format(typed)
    try:
        raise IntegrityError(told)
    except IntegrityError:
        logging.getLogger("thu").exception("không ghi được %s", typed)
    written = json.dumps(lines(), ensure_ascii=False)
    assert "Traceback" in written
    for hidden in (typed, "Minh Họa", "BCGHKL", typed.replace(" ", "")):
        assert hidden not in written


@pytest.mark.parametrize(
    "unit", ["a", "1", "-", ".", " ", "a.", "0 ", "a@", "a@b.", "/h/a", "DETAIL: ", "a\n", "1 \n"]
)
def test_the_cost_of_a_line_does_not_grow_with_its_square(unit: str) -> None:
    started = time.process_time()
    logs.clean(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2  # a square takes minutes


def test_a_number_at_the_cut_of_a_long_line_is_not_in_the_log(lines: Lines) -> None:
    logging.getLogger("thu").error("%s %s", "x" * (logs.LINE_MAX - 6), NUMBER)
    (line,) = lines()
    assert line["event"].endswith(logs.HIDDEN)
    assert "09050" not in line["event"]


def test_what_is_needed_to_find_the_fault_stays(lines: Lines) -> None:
    logging.getLogger("thu").error("hồ sơ %s, dòng %s", CODE, 1234567)
    (line,) = lines()
    assert line["event"] == f"hồ sơ {CODE}, dòng 1234567"


def test_signing_in_is_told_in_the_same_lines(db, lines, capfd):
    Client(headers={"host": "localhost"}).post("/van-hanh/login/", {"username": "ai", "password": "khác"})
    assert [line["event"] for line in lines() if line["logger"] == "tenants.accounts.signin"] == [
        "signin.failure"
    ]
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("address", "logged"),
    [
        ("/h/Zk3x-abcDEF_ghiJKLmnop/", "/h/…/"),
        ("/nop/ban-nhap/WyIzMmhleCIsIm5vbmNlIl0:1wXyZ:abc-DEF_ghi/ten/", "/nop/ban-nhap/…/ten/"),
        (
            "/quan-tri/dossiers/dossier/ban-nhap/WyIzMmhleCIsIiJd:1wXyZ:abc-DEF/",
            "/quan-tri/dossiers/dossier/ban-nhap/…/",
        ),
    ],
)
def test_the_secret_in_an_address_is_not_in_the_log(lines: Lines, address: str, logged: str) -> None:
    logging.getLogger("django.request").error(f"Internal Server Error: {address}")
    (line,) = lines()
    assert line["event"] == f"Internal Server Error: {logged}"


def test_a_line_tells_the_request_and_the_province(db, lines, monkeypatch):
    def breaks(*arguments: Any, **named: Any) -> Any:
        raise RuntimeError("hỏng")

    monkeypatch.setattr("django.shortcuts.loader.render_to_string", breaks)
    monkeypatch.setattr("portal.pages.render", breaks, raising=False)
    response = Client(headers={"host": "daklak.localhost"}, raise_request_exception=False).get("/tra-cuu/")
    told = [line for line in lines() if line.get("request")]
    assert response.status_code == 500
    assert {(line["request"], line["province"]) for line in told} == {(response["X-Request-ID"], "daklak")}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("tu-proxy-7f3a", True),
        *((told, False) for told in ("", "a b", "x" * 65, f"so-{NUMBER}", "đ" * 9, "a\tb")),
    ],
)
def test_a_number_of_the_proxy_is_kept_and_one_that_cannot_be_one_replaced(db, told, kept):
    number = Client(headers={"host": "daklak.localhost", "x-request-id": told}).get("/healthz")[
        "X-Request-ID"
    ]
    assert (number == told, len(number) == 16) == (kept, not kept)


def test_requests_are_written_only_where_asked_for_and_by_their_pattern(db, lines, settings):
    client = Client(headers={"host": "daklak.localhost"})
    client.get("/h/Zk3x-abcDEF_ghiJKLmnop/")
    assert lines() == []
    settings.LOG_REQUESTS = True
    client.get("/h/Zk3x-abcDEF_ghiJKLmnop/")
    (line,) = [line for line in lines() if line["logger"] == "motcua.requests"]
    assert (line["province"], line["method"], line["status"]) == ("daklak", "GET", 404)
    assert "Zk3x" not in json.dumps(line)
    assert line["route"].startswith("h/<")


def test_answers_are_counted_by_province(db, monkeypatch, province):
    counted: list[tuple[str, int]] = []
    monkeypatch.setattr(telemetry, "answered", lambda slug, status, seconds: counted.append((slug, status)))
    Client(headers={"host": "daklak.localhost"}).get("/")
    Client(headers={"host": "localhost"}).get("/")
    assert counted == [("daklak", 200), ("public", 200)]
    assert connection.schema_name == "daklak"
