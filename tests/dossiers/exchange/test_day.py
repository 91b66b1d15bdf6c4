"""A system of the province lives a day over HTTP, with a key made on the page, and lines that break. In the evening its
own copy of the dossiers is the province's, to the last event."""

import json
import re
from collections.abc import Iterable
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Attachment, Dossier, Event
from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.audit import sealer
from tenants.organisation.models import Role
from tests.dossiers.exchange.conftest import ADDRESS, intake
from tests.dossiers.exchange.following import Follower
from tests.dossiers.lifecycle.files import samples
from tests.factories import AssignmentFactory, Office, signed_in
from tests.one_connection import OneConnection, one_connection, served

DOSSIERS = 60
PATIENCE = 10
RETURNED = {"way": "counter", "taken_by": "Nguyễn Thị Minh Họa", "identified": True, "result": "12/2026"}


class Unreliable:
    """What stands before the portal: each 17th request never arrives, of each 13th the answer is lost."""

    def __init__(self, door: OneConnection) -> None:
        self.door, self.requests, self.lost = door, 0, 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests += 1
        if self.requests % 17 == 0:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        elif self.requests % 13 == 0:
            self.door(environ, lambda *_answer: None)
        else:
            return self.door(environ, start_response)
        self.lost += 1
        start_response("502 Bad Gateway", [("Content-Length", "0")])
        return []


class System:
    """Sends until it is answered, under one `Idempotency-Key` an act; its copy is made of events and reads alone."""

    def __init__(self, address: str, key: str) -> None:
        self.host, self.key = urlsplit(address).netloc, key
        self.sent, self.cut = 0, 0
        self.copy: dict[str, tuple[str, int]] = {}
        self.etags: dict[str, str] = {}
        self.follower = Follower()
        self.follower.ask = self.read
        self._known = 0

    def send(self, path: str, body: bytes | None, **headers: str) -> tuple[int, dict[str, str], Any]:
        given = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): text for name, text in headers.items()}
        for _attempt in range(PATIENCE):
            self.sent += 1
            line = HTTPConnection(self.host, timeout=PATIENCE)
            line.request("GET" if body is None else "POST", path, body, given)
            if self.sent % 11 == 0:
                line.close()  # before the answer is there
                self.cut += 1
                continue
            answer = line.getresponse()
            text = answer.read()
            line.close()
            if answer.status < 500:
                return answer.status, dict(answer.getheaders()), json.loads(text)
        raise AssertionError(f"no answer from {path}")

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        status, _headers, said = self.send(path, json.dumps(body).encode(), **headers)
        return status, said

    def read(self, path: str) -> Any:
        status, headers, said = self.send(path, None)
        assert status == 200, said
        if path.startswith(ADDRESS):
            self.etags[said["code"]] = headers["ETag"]
        return said

    def follow(self) -> None:
        """Read each dossier of which there is news."""
        news = self.follower.follow()[self._known :]
        self._known += len(news)
        for code in dict.fromkeys(one["subject"] for one in news):
            now = self.read(f"{ADDRESS}{code}/")
            self.copy[code] = now["step"], now["event"]

    def move(self, code: str, step: str, **given: Any) -> int:
        """The status of the first answer; where somebody else acted in between, the step is taken on a second reading."""
        path, first = f"{ADDRESS}{code}/transitions/", 0
        for attempt in range(2):
            known = {"If_Match": self.etags[code], "Idempotency_Key": f"{step}-{attempt}-{code}"}
            status, said = self.post(path, {"transition": step, **given}, **known)
            first = first or status
            if status != 412:
                assert status == 200, said
                break
            self.read(f"{ADDRESS}{code}/")
        else:
            raise AssertionError(code)
        self.etags[code] = f'"{said["event"]}"'
        return first

    def add(self, code: str, content: bytes) -> tuple[int, Any]:
        edge = b"line-between-parts"
        part = b"--" + edge + b'\r\nContent-Disposition: form-data; name="'
        body = part + b'kind"\r\n\r\nresult\r\n' + part + b'file"; filename="a.png"\r\n\r\n' + content
        kind = f"multipart/form-data; boundary={edge.decode()}"
        status, _headers, said = self.send(
            f"{ADDRESS}{code}/files/", body + b"\r\n--" + edge + b"--\r\n",
            **{"Content-Type": kind, "Idempotency-Key": f"file-{len(content)}-{code}"},
        )  # fmt: skip
        return status, said


def key_made_on_the_page(administrator: Client, office: Office) -> str:
    """An administrator adds the account with its roles and makes the key."""
    roles = ((office.desk, Role.CLERK), (office.department, Role.SPECIALIST))
    rows = {"assignments-TOTAL_FORMS": str(len(roles)), "assignments-INITIAL_FORMS": "0"}
    for at, (agency, role) in enumerate(roles):
        rows |= {f"assignments-{at}-agency": str(agency.pk), f"assignments-{at}-role": role}
    account = {"username": "he-thong-mot-cua", "full_name": "Hệ thống một cửa", "is_machine": "on"}
    added = administrator.post("/quan-tri/accounts/user/add/", {**account, **rows})
    keys = {"make": "1", "days": "30", "networks": "127.0.0.0/8", "a_minute": str(api_keys.MOST_A_MINUTE)}
    shown = administrator.post(added["Location"], keys).content.decode()
    (key,) = re.findall(r"mc_[\w-]+_[\w-]{20,}", shown)
    return key


def live(system: System, office: Office) -> int:
    """How many steps met somebody else's act."""
    stale = 0
    for number in range(DOSSIERS):
        request, body = f"phieu-{number:04}", intake(office, note=f"Phiếu {number}")
        status, said = system.post(ADDRESS, body, Idempotency_Key=request)
        assert status == 200, said
        code = said["code"]
        if number % 4 == 0:
            assert system.post(ADDRESS, body, Idempotency_Key=request) == (200, said)
            assert system.post(ADDRESS, intake(office), Idempotency_Key=request)[0] == 422
        system.etags[code] = f'"{said["event"]}"'
        system.move(code, "forward", assignee="he-thong-mot-cua")
        if number % 5 == 0:
            dossier = Dossier.objects.get(code=code)
            services.assign(
                dossier.pk, assignee=office.specialist, actor=office.leader, seen=dossier.last_sequence
            )
        if number % 6 == 0:
            assert system.add(code, b"MZ" + bytes(1000))[0] == 400
            assert system.post(f"{ADDRESS}{code}/transitions/", {"transition": "finish"})[0] == 428
        if number % 3 != 2:
            stale += system.move(code, "finish") == 412
        if number % 3 == 0:
            status, said = system.add(code, samples.png())
            assert status == 200, said
            system.etags[code] = f'"{said["event"]}"'
            system.move(code, "return", handover=RETURNED)
        if number % 10 == 9:
            sealer.seal("daklak")
            system.follow()
    return stale


def test_a_day_with_broken_lines_ends_with_two_equal_copies(office: Office) -> None:
    administrator = signed_in(AssignmentFactory(agency=office.desk, role=Role.ADMINISTRATOR).user)
    key = key_made_on_the_page(administrator, office)
    with one_connection() as door:
        between = Unreliable(door)
        with served(between) as address:
            system = System(address, key)
            stale = live(system, office)
            sealer.seal("daklak")
            system.follow()
    assert door.faults == []
    assert (stale, between.lost > 20, system.cut > 20) == (8, True, True)
    there = Dossier.objects.values_list("code", "step", "last_sequence")
    assert system.copy == {code: (step, last) for code, step, last in there}
    assert len(system.copy) == DOSSIERS
    events = Event.objects.order_by("pk").values_list("pk", "dossier__code", "sequence", "kind")
    assert [
        (one["id"], one["subject"], one["sequence"], one["type"]) for one in system.follower.followed
    ] == [(f"event-{pk}", code, sequence, f"dossier.{kind}") for pk, code, sequence, kind in events]
    assert Attachment.objects.count() == DOSSIERS / 3, "no file twice, and none that was refused"
    by_machine = set(Event.objects.exclude(kind="assign").values_list("actor", flat=True))
    assert by_machine == {User.objects.get(username="he-thong-mot-cua").pk}
