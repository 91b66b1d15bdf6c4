"""One reader of codes: what a page reads, the desk, programs and the chat read as well."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from dossiers.lifecycle.models import Dossier
from tests import tables
from tests.dossiers.chatting import Talk
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import received
from tests.factories import Office

HOST = "daklak.localhost"
SPELLINGS = tables.read(__file__, "spellings.yaml")
Read = Callable[[str], bool]


@pytest.fixture
def dossier(office: Office) -> Dossier:
    dossier = received(office)
    assert dossier.code == "H15.08-261125-0001"
    return dossier


def page() -> Read:
    citizen = Client(headers={"host": HOST})
    return lambda typed: (
        citizen.post("/tra-cuu/", {"code": typed})
        .headers.get("Location", "")
        .endswith("/H15.08-261125-0001/")
    )


def program() -> Read:
    client = Client(headers={"host": HOST})

    def read(typed: str) -> bool:
        body = json.dumps({"code": typed})
        answer = client.post("/api/v1/lookup/", body, content_type="application/json")
        return bool(answer.status_code == 200 and answer.json()["code"] == "H15.08-261125-0001")

    return read


@pytest.mark.parametrize("door", [page, program])
def test_a_door_of_citizens_reads_every_spelling(dossier: Dossier, door: Callable[[], Read]) -> None:
    read = door()
    assert [typed for typed in SPELLINGS if not read(typed)] == []


def test_the_desk_reads_every_spelling(office: Office, dossier: Dossier) -> None:
    client = logged_in(office.clerk)
    pages = [client.get(f"{LIST}quet/", {"q": typed}) for typed in SPELLINGS]
    assert [typed for typed, found in zip(SPELLINGS, pages, strict=True) if found.status_code != 302] == []


def test_the_chat_reads_every_spelling(dossier: Dossier, talk: Talk) -> None:
    unread = [typed for typed in SPELLINGS if "H15.08-261125-0001" not in talk.ask(typed).body]
    assert unread == []


@pytest.mark.parametrize("key", ["AAAAAA", "K7PQCX"])
def test_a_key_of_letters_that_no_key_has_is_answered_in_the_chat(dossier, talk, key):
    assert "Mã tra cứu chưa đúng" in talk.ask(f"{dossier.code} {key}").body
    assert "Mã tra cứu chưa đúng" in talk.ask(key).body
