"""A form that comes after its session had ended waits for its person, through each step of signing in, and for no one else."""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenants import clock
from tenants.accounts.models import Session
from tests.tenants.accounts.signin.people import CODE, HOME, LOGIN, Browser, Telephone, account, enrol

pytestmark = pytest.mark.usefixtures("province", "without_second_factor")
DESK = f"{HOME}uy-quyen/?nguoi=Mai"
UNSENT = f"{HOME}gui-lai/"
TYPED = {"ly_do": 'Vắng mặt <vì> "ốm"\r\ntừ thứ Hai', "chon": "1"}


@pytest.fixture
def browser(noon: datetime) -> Iterator[Browser]:
    """Signed in at noon, two hours ago."""
    account(username="lan")
    account(username="mai")
    browser = Browser()
    browser.password("lan")
    with clock.frozen(noon + timedelta(hours=2)):
        yield browser


def fields(page: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.content.decode())
    return {name: html.unescape(value) for name, value in found}


def send(browser: Browser, **headers: str) -> None:
    assert browser.client.post(DESK, TYPED, headers=headers).headers["Location"].startswith(LOGIN)


def test_it_is_offered_with_every_field_after_signing_in_again(browser: Browser) -> None:
    send(browser)
    assert browser.password("lan").headers["Location"] == UNSENT
    page = browser.get(UNSENT)
    assert f'action="{DESK}"' in page.content.decode()
    assert fields(page).items() >= TYPED.items()


def test_it_waits_through_the_second_factor(noon: datetime, settings: Any) -> None:
    settings.REQUIRE_MFA = True
    account(username="lan")
    browser = Browser()
    telephone, _codes = enrol(browser, "lan")
    assert isinstance(telephone, Telephone)
    with clock.frozen(noon + timedelta(hours=2)):
        send(browser)
        assert browser.password("lan").headers["Location"].startswith(CODE)
        assert browser.post(CODE, code=telephone.code()).headers["Location"] == UNSENT


def test_it_is_kept_encrypted_and_another_account_in_this_browser_does_not_get_it(browser: Browser) -> None:
    send(browser)
    kept = str(Session.objects.get(user=None).get_decoded())
    assert ("_unsent_forms" in kept, "uy-quyen" in kept) == (True, False)
    assert browser.password("mai").headers["Location"] == HOME
    assert fields(browser.get(UNSENT)) == {}


@pytest.mark.parametrize("how", ["sent again", "dropped"])
def test_it_is_offered_until_it_is_sent_or_dropped(browser: Browser, how: str) -> None:
    send(browser)
    browser.password("lan")
    browser.client.post(UNSENT if how == "dropped" else DESK, fields(browser.get(UNSENT)))
    assert browser.get(UNSENT).status_code == 302


def test_forms_of_several_tabs_wait_each_until_it_is_sent_or_dropped_itself(browser: Browser) -> None:
    typed = [f"Chữ của thẻ {number}" for number in range(6)]
    for text in (*typed, typed[4]):
        browser.client.post(DESK, {"ly_do": text})
    browser.password("lan")

    def waiting() -> list[str]:
        return re.findall(r'name="ly_do" value="([^"]*)"', browser.get(UNSENT).content.decode())

    assert waiting() == [typed[4], typed[5], typed[3], typed[2], typed[1]]
    number = re.findall(r'name="_sent_again" value="(\w+)"', browser.get(UNSENT).content.decode())[2]
    assert browser.post(UNSENT, _sent_again=number).headers["Location"] == UNSENT
    assert typed[5] not in waiting()
    assert len(waiting()) == 4


def test_page_says_that_files_are_to_be_chosen_again(browser: Browser) -> None:
    browser.client.post(DESK, {**TYPED, "tep": SimpleUploadedFile("a.txt", b"a")})
    browser.password("lan")
    assert "chọn lại 1 tệp" in browser.get(UNSENT).content.decode()


def test_strangers_scripts_and_secrets_are_not_kept(browser: Browser) -> None:
    Browser().client.post(DESK, TYPED)
    send(browser, **{"sec-fetch-mode": "cors"})
    for secret in ("old_password", "oa_secret", "access", "webhook_token"):
        browser.post(f"{HOME}password_change/", **{secret: "a"})
    assert not Session.objects.filter(user=None).exists()


def test_form_of_a_window_from_before_is_offered_again_but_none_of_another_site(browser: Browser) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": browser.host})
    strict.cookies = browser.client.cookies
    browser.password("lan")
    sent = {**TYPED, "csrfmiddlewaretoken": "a" * 64}
    page = strict.post(DESK, sent, headers={"origin": "https://la.example"})
    assert (page.status_code, fields(page)) == (403, {})
    page = strict.post(DESK, sent)
    assert page.status_code == 403
    assert fields(page).items() >= TYPED.items()
    assert fields(strict.post(DESK, fields(page))) == {}, "the desk answers"
