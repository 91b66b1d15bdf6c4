"""Rows fetched from a system: page after page, each once whatever breaks, under the rules of rows that are sent."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from dossiers.exchange import leases
from dossiers.exchange.feeds import pull
from dossiers.exchange.models import Pull
from dossiers.lifecycle.models import Dossier, Event, OtherSystem
from tenants.organisation.models import Role
from tenants.web import http
from tests.dossiers.legacy_files import at_status
from tests.factories import AssignmentFactory, Office, UserFactory
from tests.messaging import scripted_server
from tests.messaging.scripted_server import ScriptedServer

BY_CURSOR = "\npages: {rows: data, parameter: cursor, next: tiep}\n"


class Ministry:
    """Gives out `rows`, two a page, after a cursor that is a number; `asked` are the queries."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.asked: list[dict[str, list[str]]] = []
        self.headers = b""
        self.status = "200 OK"

    def answer(self, connection: Any, request: bytes) -> None:
        self.headers, _, _ = request.partition(b"\r\n\r\n")
        query = parse_qs(urlsplit(request.split()[1].decode()).query)
        self.asked.append(query)
        first = int(query.get("cursor", ["0"])[0])
        page = self.rows[first : first + 2] if isinstance(self.rows, list) else self.rows
        body = json.dumps({"data": page, "rows": self.rows, "tiep": first + len(page or "")}).encode()
        scripted_server.plain(body, self.status)(connection, request)


@pytest.fixture
def ministry() -> Ministry:
    return Ministry()


@pytest.fixture
def server(ministry: Ministry, settings: Any) -> Iterator[ScriptedServer]:
    with scripted_server.serving(ministry.answer) as server:
        settings.OUTBOUND_ALLOW = frozenset({server.place})
        yield server
    http.forget()


@pytest.fixture
def row(system: OtherSystem, server: ScriptedServer) -> Pull:
    OtherSystem.objects.update(mapping=system.mapping + BY_CURSOR)
    system.refresh_from_db()
    return Pull.objects.create(system=system, url=f"{server.url}/ho-so", secret="khóa")


def fetch(row: Pull) -> Pull:
    Pull.objects.update(next_try_at=Now())
    pull.pull(row.pk)
    row.refresh_from_db()
    return row


def dossiers(count: int) -> list[dict[str, str]]:
    at = "24/11/2026 08:00:00"
    return [at_status(4, Mã_hồ_sơ=f"HS/{number}", Ngày_trạng_thái=at) for number in range(count)]


def test_pages_follow_their_cursor_to_the_end_and_go_on_from_there(row, ministry):
    ministry.rows = dossiers(3)
    fetch(row)
    assert [one.get("cursor") for one in ministry.asked] == [None, ["2"], ["3"]]
    assert (Dossier.objects.count(), row.cursor, row.failures) == (3, "3", 0)
    assert "Bearer khóa".encode() in ministry.headers
    ministry.rows += [at_status(5, Mã_hồ_sơ="HS/1", Ngày_trạng_thái="25/11/2026 09:00:00")]
    fetch(row)
    assert (Event.objects.filter(kind="feed").count(), row.cursor) == (1, "4")


def test_without_a_cursor_changes_since_the_last_time_are_asked_for(row, ministry, system):
    OtherSystem.objects.update(mapping=system.mapping.replace(BY_CURSOR, ""))
    ministry.rows = dossiers(3)
    fetch(row)
    fetch(row)
    assert [list(one) for one in ministry.asked] == [[], ["after"]]
    assert Dossier.objects.count() == 3, "the same rows again change nothing"


def test_a_page_whose_rows_were_written_and_whose_cursor_was_not_is_fetched_again(row, ministry, monkeypatch):
    ministry.rows = dossiers(2)
    monkeypatch.setattr(leases, "held", lambda row: Pull.objects.none())
    fetch(row)
    assert (Dossier.objects.count(), row.cursor) == (2, "")
    monkeypatch.undo()
    fetch(row)
    assert (Dossier.objects.count(), row.cursor) == (2, "2")


def test_rows_that_are_not_taken_are_named_and_hold_up_nobody(row, ministry):
    bad = at_status(4, Mã_hồ_sơ="HS/hỏng", Mã_thủ_tục="9.999999")
    ministry.rows = [bad, *dossiers(2)]
    fetch(row)
    assert Dossier.objects.count() == 2
    ((refused),) = row.refused
    assert refused["code"] == "HS/hỏng"
    assert refused["problem"]


@pytest.mark.parametrize(
    ("status", "rows"), [("500 Sorry", []), ("302 Found", []), ("200 OK", None), ("200 OK", "chữ")]
)
def test_what_cannot_be_read_is_tried_again_and_moves_nothing(row, ministry, status, rows):
    ministry.status, ministry.rows = status, rows
    Pull.objects.update(cursor="1")
    fetch(row)
    assert (row.failures, bool(row.error), row.cursor) == (1, True, "1")


@pytest.mark.parametrize("fault", ["locked", "role"])
def test_only_the_account_of_a_feed_fetches(row, ministry, system, office, fault):
    ministry.rows = dossiers(1)
    if fault == "locked":
        system.account.is_active = False
        system.account.save()
    else:
        AssignmentFactory(user=system.account, agency=office.desk, role=Role.CLERK)
    fetch(row)
    assert (ministry.asked, row.failures, Dossier.objects.count()) == ([], 1, 0)


def test_while_one_process_fetches_no_other_does(row, ministry):
    assert leases.claim(Pull.objects.all(), row.pk, pull.LEASE) is not None
    pull.pull(row.pk)
    assert ministry.asked == []


def test_an_administrator_sets_it_up_and_the_secret_never_comes_out(row, office: Office):
    person = UserFactory(username="quan-tri", is_staff=True)
    AssignmentFactory(user=person, agency=office.desk, role=Role.ADMINISTRATOR)
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(person)
    address = reverse("admin:dossiers_othersystem_change", args=[row.system_id])
    page = client.get(address).content.decode()
    assert row.url in page
    assert row.secret not in page
    form = {
        "name": "Bộ", "mapping": row.system.mapping, "notices_per_day": "10", "account": row.system.account_id,
        "pull-TOTAL_FORMS": "1", "pull-INITIAL_FORMS": "1", "pull-0-id": row.pk, "pull-0-system": row.system_id,
        "pull-0-url": "https://10.0.0.1/", "pull-0-secret": "", "pull-0-cursor": "",
    }  # fmt: skip
    assert "OUTBOUND_ALLOW" in client.post(address, form).content.decode()
    elsewhere = {**form, "pull-0-url": "https://bo.example.vn/"}
    assert "phải nhập lại khóa" in client.post(address, elsewhere).content.decode(), (
        "it would go to another place"
    )
    assert client.post(address, {**elsewhere, "pull-0-secret": "mới"}).status_code == 302
    assert client.post(address, {**elsewhere, "notices_per_day": "20"}).status_code == 302
    row.refresh_from_db()
    assert (row.url, row.secret) == ("https://bo.example.vn/", "mới")
