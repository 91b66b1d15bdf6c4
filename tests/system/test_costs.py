"""What anybody may send, made very long: refused or done, for a processor's time that grows no faster than its length.

The doors are found by walking the addresses, the forms and links that their pages show, the parameters and headers that
the source reads, and the fields of the API's schema: a new door or field is in the matrix by existing. Each value goes
straight to the pages, past the web server, which would refuse most of these lengths.
"""

import io
import itertools
import os
import re
import resource
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core.cache import cache
from django.test import Client
from PIL import Image

from dossiers.desk.worklist import quick_search
from dossiers.filing.rules.form import BUILT_IN_PAGES
from portal.server import application, places
from procedures.catalogue.blank_forms.names import form_key, form_names
from tenants.accounts.signin import invitations
from tenants.isolation.context import province_context
from tests.deep import DEEP, share
from tests.dossiers.filing.rules import forms
from tests.dossiers.lifecycle.files import samples
from tests.factories import UserFactory
from tests.filling import Page
from tests.system.addresses import NATIONAL, PROVINCE, Address, addresses
from tests.system.doors import find_doors
from tests.system.test_isolation import path_in
from tests.system.worlds import World

SIZES = (10_000, 100_000, 1_000_000)
# Of a processor, at the largest size, on a busy machine; at a smaller one it is less by the same share.
BASE_SECONDS, SECONDS_PER_MEGABYTE = 0.5, 1.5
# The database's part too.
WALL_SECONDS = 10.0
TEXTS: tuple[Callable[[int], str], ...] = (
    lambda size: "a" * size,
    lambda size: "9" * size,
    lambda size: "ab " * (size // 3),
    lambda size: " " * size,
    lambda size: "e\u0323\u0302" * (size // 3),
    lambda size: "H15.08-" * (size // 7),
    lambda size: "(" * size,
    lambda size: "a@b." * (size // 4),
    lambda size: "\r\n" * (size // 2),
    lambda size: "https://a.vn/" * (size // 13),
    lambda size: "[" * size,
)
KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "deep json": ("application/json", lambda size: b"[" * size),
    "long json": ("application/json", lambda size: b'{"code": "' + b"a" * size + b'"}'),
    "wide json": ("application/json", lambda size: b"[" + b"1," * (size // 2) + b"1]"),
    "long number": ("application/json", lambda size: b'{"code": ' + b"9" * size + b"}"),
    "many fields": (
        "application/x-www-form-urlencoded",
        lambda size: b"&".join(b"a%d=1" % number for number in range(size // 8)),
    ),
    "escapes": ("application/x-www-form-urlencoded", lambda size: b"code=" + b"%25" * (size // 3)),
    "many parts": (
        "multipart/form-data; boundary=x",
        lambda size: (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * (size // 52) + b"--x--"
        ),
    ),
    "long part head": (
        "multipart/form-data; boundary=x",
        lambda size: b'--x\r\nContent-Disposition: form-data; name="' + b"a" * size + b'"\r\n\r\n1\r\n--x--',
    ),
}
SOURCES = [
    path
    for room in ("portal", "dossiers", "messaging", "procedures", "tenants")
    for path in Path(__file__).resolve().parents[2].joinpath(room).rglob("*.py")
]
_PARAMETER = re.compile(r"""\bGET(?:\.get(?:list)?)?[(\[]\s*"([\w-]+)\"""")
_HEADER = re.compile(r"""headers(?:\.get\(|\[)"([A-Za-z-]+)"|\bHTTP_([A-Z_]+)""")
DJANGO_HEADERS = {
    "Cookie",
    "Referer",
    "If-Modified-Since",
    "Accept",
    "Accept-Encoding",
    "Authorization",
    "Range",
}
OPEN = [address for address in addresses(PROVINCE) if not address.is_staff]
DRAFT_PAGE = Address("/nop/ban-nhap/<str:name>/<slug:page>/")
STAFF = [address for address in addresses(PROVINCE) if address.is_staff]


def source_words(pattern: re.Pattern[str]) -> set[str]:
    """What this pattern finds in the source: its groups, the first that is there."""
    found = (match.groups() for path in SOURCES for match in pattern.finditer(path.read_text()))
    return {next(filter(None, groups)) for groups in found}


@pytest.fixture
def visitor(twins: dict[str, World]) -> Client:
    """Somebody without a session, who sees a failed page as its status."""
    client = twins["daklak"].client()
    client.raise_request_exception = False
    return client


def in_turn(asked: list[Address], turn: int, of: int = 8) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("address", share(asked, turn, of), ids=str)


def pages_of(address: Address, world: World) -> list[str]:
    """What stands at this address: of a draft each of its pages."""
    path = path_in(address, world)
    if address != DRAFT_PAGE:
        return [path]
    codes = [*(page.code for page in forms.FORM.pages), *BUILT_IN_PAGES]
    return [f"{path.rsplit('/', 2)[0]}/{code}/" for code in codes]


def costs_little(what: str, size: int, send: Callable[..., Any], *given: Any, **named: Any) -> None:
    """It is answered, not with a 500, for no more of a processor than its length may take."""
    cache.clear()  # what the budgets of this sender would refuse unseen
    begun, at = time.thread_time(), time.monotonic()
    answer = send(*given, **named)
    spent, waited = time.thread_time() - begun, time.monotonic() - at
    assert answer.status_code != 500, f"{what}, {size} bytes"
    allowed = BASE_SECONDS + SECONDS_PER_MEGABYTE * size / SIZES[-1]
    assert spent < allowed, f"{what}, {size} bytes: {spent:.2f} s of a processor"
    assert waited < WALL_SECONDS, f"{what}, {size} bytes: {waited:.1f} s"


def texts(turn: int) -> Iterator[tuple[int, str]]:
    """Each size with other letters; in `make test` the largest alone."""
    chosen = itertools.islice(itertools.cycle(TEXTS), turn % len(TEXTS), None)
    for size in SIZES if DEEP else SIZES[-1:]:
        yield size, next(chosen)(size)


@pytest.mark.sampled
@in_turn(OPEN, 0)
def test_a_long_field_costs_little(twins: dict[str, World], visitor: Client, address: Address) -> None:
    doors = [door for path in pages_of(address, twins["daklak"]) for door in find_doors(visitor, path)]
    # Every page leads to itself in the other language: the next test has that parameter.
    named = {(str(door), name): door for door in doors for name in door.sent if name != "lang"}
    for number, ((_door, name), door) in enumerate(named.items()):
        for size, text in texts(number):
            costs_little(f"{door} {name}", size, door.send, visitor, **{name: text})
    assert {
        door.address for door in doors if door.uploads and not door.address.startswith(places.FILES_PATHS)
    } == set()


@pytest.mark.sampled
@in_turn(OPEN, 1)
def test_long_parameters_and_headers_cost_little(twins, visitor, address):
    path = path_in(address, twins["daklak"])
    parameters = sorted(source_words(_PARAMETER))
    headers = sorted(DJANGO_HEADERS | {name.replace("_", "-") for name in source_words(_HEADER)} - {"HOST"})
    for size, text in texts(len(path)):
        part = text[: size // len(parameters)]
        asked = dict.fromkeys(parameters, part)
        costs_little(f"{address} with parameters", size, visitor.get, path, asked)
        line = text.replace("\r", "").replace("\n", ";")[: size // len(headers)]
        sent = dict.fromkeys(headers, line.encode("utf-8").decode("latin-1"))
        costs_little(f"{address} with headers", size, visitor.get, path, headers=sent)


@pytest.mark.sampled
@in_turn(OPEN, 2)
def test_a_large_body_of_any_kind_costs_little(twins, visitor, address):
    path = path_in(address, twins["daklak"])
    for number, (name, (kind, make)) in enumerate(share(list(KINDS.items()), len(address.text), 3)):
        # Each kind in each size, at one address or another.
        size = SIZES[(number + len(address.text)) % len(SIZES)] if DEEP else SIZES[-1]
        costs_little(f"{address} {name}", size, visitor.post, path, make(size), content_type=kind)


@pytest.mark.sampled
def test_a_long_field_of_the_api_costs_little(visitor: Client) -> None:
    fields = list(api_fields(visitor))
    assert len(fields) >= 4
    for number, (method, path, name, sent) in enumerate(share(fields, 0, 3)):
        for size, text in texts(number):
            given = {**sent, name: text}
            form = {"content_type": "application/json"} if method == "post" else {}
            costs_little(f"{method} {path} {name}", size, getattr(visitor, method), path, given, **form)


def api_fields(visitor: Client) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Method, address and name of each field that the schema knows, and what is sent with it."""
    schema = visitor.get("/api/v1/schema/?format=json").json()
    for path, methods in schema["paths"].items():
        path = path.replace("{code}", "1.009999")
        for asked in methods.get("get", {}).get("parameters", []):
            yield "get", path, asked["name"], {}
        body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
        named = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
        known = schema["components"]["schemas"].get(named, {}).get("properties", {})
        for name in known:
            yield "post", path, name, dict.fromkeys(known, "H15.08-261125-0001")


def packed(size: int) -> bytes:
    """Objects by the thousand in one stream of a PDF."""
    number = min(size // 8, 60_000)
    return samples.packed_pdf({**samples.OBJECTS, **dict.fromkeys(range(4, number + 4), b"null")})


def zeros(size: int) -> bytes:
    """A stream of a PDF that swells to a thousand times its size."""
    data = zlib.compress(bytes(min(size * 1000, 200_000_000)), 9)
    head = b"\n9 0 obj\n<</Filter/FlateDecode/Length %d>>stream\n" % len(data)
    return samples.packed_pdf(samples.OBJECTS) + head + data + b"\nendstream"


def noise(size: int, kind: str) -> bytes:
    side = max(16, int((size * (1.2 if kind == "JPEG" else 0.33)) ** 0.5))
    stream = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(stream, kind)
    return stream.getvalue()


def black(size: int) -> bytes:
    """A picture of one colour, which is far larger than its file."""
    return samples.png(Image.new("RGB", (int((size * 257) ** 0.5),) * 2))


FILES: dict[str, Callable[[int], bytes]] = {
    "objects.pdf": packed,
    "black.png": black,
    "noise.jpg": lambda size: noise(size, "JPEG"),
    "noise.png": lambda size: noise(size, "PNG"),
    "swelling.pdf": zeros,
    "padded.pdf": lambda size: samples.pdf() + b"%" * size,
    "broken.pdf": lambda size: b"%PDF-1.5\n" + b"1 0 obj<<" * (size // 9),
}


@pytest.mark.deep
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FILES)
def test_a_strangers_file_costs_three_seconds_at_most(twins, visitor, name, size):
    doors = (door for page in pages_of(DRAFT_PAGE, twins["daklak"]) for door in find_doors(visitor, page))
    door = next(door for door in doors if door.uploads)
    upload = samples.upload(FILES[name](size), name)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    costs_little(name, size, door.send, visitor, **{door.uploads[0]: upload})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 4.5


@pytest.mark.sampled
def test_a_password_is_checked_at_no_other_address(twins, monkeypatch):
    world, checked = twins["daklak"], set[str]()
    present: list[str] = []
    hasher = type(get_hasher())
    encode = hasher.encode

    def watched(self: Any, *given: Any) -> str:
        checked.update(present)
        return str(encode(self, *given))

    monkeypatch.setattr(hasher, "encode", watched)
    with province_context(world.slug):
        invited = invitations.invite(UserFactory(administrator=True))
    checked.clear()
    password = "bốn con mèo ngủ sáng"
    sent = dict.fromkeys(("username", "password", "code"), password)
    login = Address("/quan-tri/login/")
    paths = {(world.host, path_in(address, world)) for address in (*OPEN, login, *share(STAFF, 0, 10))}
    paths |= {("localhost", address.path(world)) for address in addresses(NATIONAL)}
    paths.add((world.host, urlsplit(invited).path))
    client = Client(raise_request_exception=False, headers={"authorization": "Basic bGFuOmxhbg=="})
    for host, path in sorted(paths):
        present[:] = [path]
        answer = client.post(path, sent, headers={"host": host})
        if not answer.streaming and b'type="password"' in answer.content:
            fields = {name for form in Page(answer.content.decode()).forms for name in form}
            client.post(path, dict.fromkeys(fields, password), headers={"host": host})
    assert {"/quan-tri/login/", "/van-hanh/login/", urlsplit(invited).path} <= checked
    assert {path for path in checked if not path.startswith(places.PASSWORD_PATHS)} == set()


LONGEST_TEXT = 200_000
"""Characters that a field of staff may have."""


@pytest.mark.usefixtures("province")
@pytest.mark.parametrize(
    ("read", "unit"),
    [
        (form_names, "Thông tư 1/./"),
        (form_names, "a1"),
        (lambda text: form_key("1", source=text), "1/./"),
        (quick_search.read_as, "H15.08-"),
        (lambda text: quick_search.single(text, UserFactory()), "/h/a?"),
    ],
    ids=["source", "code", "number", "scan", "address"],
)
def test_patterns_whose_time_grows_with_the_square_read_a_beginning(
    read: Callable[[str], Any], unit: str
) -> None:
    started = time.process_time()
    read(f"{unit * (LONGEST_TEXT // len(unit))} x")
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ('text/html; a="' + ";" * 31_000, ""),
        ("text/plain; charset=punycode", "text/plain"),
        ("text/plain; charset*=utf-8''puny%63ode", "text/plain"),
        ('application/json; charset*0="puny"; charset*1="code"', "application/json"),
        ("multipart/form-data; charset=punycode; boundary=----WebKit1", "multipart/form-data; boundary=----WebKit1"),
        ('multipart/form-data; boundary="a b"', "multipart/form-data"),
    ],
)  # fmt: skip
def test_of_a_content_type_the_kind_and_the_boundary_are_read(sent: str, read: str) -> None:
    """Django would read it three times, each in a time that grows with the square, and decode as it says."""

    class Scope:
        method, path, query_string, http_version, scheme = "GET", "/", "", "1.1", "http"
        server, client = "127.0.0.1:80", "127.0.0.1:1"
        headers = {"content-type": sent}

    assert application.environment(Scope())["CONTENT_TYPE"] == read
