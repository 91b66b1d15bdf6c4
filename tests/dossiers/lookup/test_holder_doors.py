"""The doors behind the address of a dossier: what each refuses, and what none of them leaves behind."""

from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import AccessToken, Dossier
from tests.dossiers.chatting import HOST, address, open_account
from tests.dossiers.walking import received, take
from tests.factories import Office
from tests.system.worlds import fingerprint

# Each with a post that changes something where it is let in.
DOORS = {
    "tin-bao/": {"viec": "tat-ca"},
    "tin-bao/bat/": {"gui": "1"},
    "chia-se/": {"viec": "tao"},
    "nhan-tin/": {},
    "danh-gia/": {"muc": "2"},
}
every_door = pytest.mark.parametrize(("door", "form"), DOORS.items(), ids=DOORS)


@pytest.fixture
def dossier(office: Office, channel: Any, door: str) -> Dossier:
    """One at which this door stands open."""
    open_account()
    silent = {"consents": frozenset()} if door == "tin-bao/bat/" else {}
    made = received(office, **silent)
    if door == "danh-gia/":
        for act in ("forward", "finish", "return"):
            take(office, made, act)
    return made


@every_door
@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}],
    ids=str,
)
def test_a_form_sent_from_elsewhere_changes_nothing(dossier, door, form, headers):
    before = fingerprint()
    answer = Client().post(f"{address(dossier)}{door}", form, headers={"host": HOST, **headers})
    assert (answer.status_code, fingerprint()) == (403, before)


@every_door
def test_who_was_only_let_look_and_another_province_have_no_such_door(dossier, door, form):
    shared, own = address(dossier, AccessToken.Purpose.SHARE), address(dossier)
    before = fingerprint()
    for where, host in ((shared, HOST), (own, "dongnai.localhost")):
        assert Client().post(f"{where}{door}", form, headers={"host": host}).status_code == 404
    assert fingerprint() == before


@every_door
def test_nothing_is_kept_and_no_cookie_is_needed(dossier, door, form, task_queue):
    strict = Client(enforce_csrf_checks=True, headers={"host": HOST})
    answer = strict.post(f"{address(dossier)}{door}", form)
    page = strict.get(answer["Location"])
    assert (answer.status_code, page["Cache-Control"], page["Referrer-Policy"]) == (
        303, "no-store", "no-referrer",
    )  # fmt: skip
    assert (dict(page.cookies), dict(answer.cookies)) == ({}, {})
