"""Passkeys: added after a code, good for one host and one answer, and gone with the account's other factors."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import webauthn
from django.conf import settings as installed
from django.http import HttpRequest
from django.test import RequestFactory

from tenants import clock
from tenants.accounts.models import Passkey, Session, User
from tenants.accounts.session_store import SessionStore
from tenants.accounts.signin import invitations, passkeys, totp
from tenants.accounts.signin.budgets import CODES, CODES_HERE
from tenants.audit import operators_log
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context, public_context
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory
from tests.tenants.accounts.signin.device import Device, options_on
from tests.tenants.accounts.signin.people import (
    ACCOUNT,
    APP,
    CODE,
    HOME,
    LOGIN,
    PASSWORD,
    Browser,
    Telephone,
    account,
    enrol,
)

KEYS = f"{ACCOUNT}khoa/"
LATER = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def required(settings: Any, noon: datetime, lan: User) -> None:
    settings.REQUIRE_MFA = True


def confirmed(username: str = "lan", **values: Any) -> Browser:
    """Signed in with a telephone, and asked for a code again."""
    browser = Browser(**values)
    _telephone, codes = enrol(browser, username)
    assert browser.post(KEYS, code=codes[0]).status_code == 302
    return browser


def add(browser: Browser, device: Device, name: str = "máy ở quầy") -> Any:
    return browser.post(KEYS, name=name, passkey=device.create(options_on(browser.get(KEYS))))


def with_passkey(username: str = "lan", device: Device | None = None, **values: Any) -> Device:
    device = device or Device()
    assert add(confirmed(username, **values), device).status_code == 302
    return device


def half_way(username: str = "lan", **values: Any) -> Browser:
    browser = Browser(**values)
    assert browser.password(username).headers["Location"].startswith(CODE)
    return browser


def use(browser: Browser, device: Device, **values: str) -> Any:
    return browser.post(CODE, passkey=device.get(options_on(browser.get(CODE))), **values)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_password_then_passkey_signs_in(noon: datetime) -> None:
    device = with_passkey()
    with clock.frozen(noon + LATER):
        browser = half_way()
        assert not browser.is_in
        assert use(browser, device, next=ACCOUNT).headers["Location"] == ACCOUNT
        assert browser.is_in
        key = Passkey.objects.get()
        assert (key.name, key.host, key.sign_count) == ("máy ở quầy", "daklak.localhost", 1)
        assert (key.made_at, key.used_at) == (noon, noon + LATER)
    entered = AuditEntry.objects.filter(action="signin.entered").order_by("pk").last()
    assert entered is not None
    assert entered.detail == {"factor": "passkey"}


def test_device_is_asked_for_its_owner_and_for_no_attestation() -> None:
    browser = confirmed()
    options = options_on(browser.get(KEYS))
    assert options["rp"] == {"name": "Một Cửa Đắk Lắk", "id": "daklak.localhost"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert options["user"]["name"] == "lan"
    add(browser, Device())
    assert len(options_on(browser.get(KEYS))["excludeCredentials"]) == 1
    offered = options_on(half_way().get(CODE))
    assert (offered["rpId"], offered["userVerification"]) == ("daklak.localhost", "required")
    assert len(offered["allowCredentials"]) == 1


def test_nothing_is_offered_before_the_password_or_without_a_passkey() -> None:
    account(username="mai")
    with_passkey()
    enrol(Browser(), "mai")
    assert not options_on(Browser().get(LOGIN))
    assert not options_on(half_way("mai").get(CODE))
    assert Browser().post(CODE, passkey="{}").headers["Location"] == LOGIN
    assert not AuditEntry.objects.filter(action="signin.failure").exists()


def test_adding_and_removing_ask_for_a_code_first(noon: datetime) -> None:
    device = with_passkey()
    number = str(Passkey.objects.get().pk)
    with clock.frozen(noon + LATER):
        browser = half_way()
        use(browser, device)
        assert not options_on(browser.get(KEYS))
        browser.post(KEYS, remove=number)
        browser.post(
            KEYS, name="máy lạ", passkey=Device(number=b"may la so 2 minh").create({"challenge": "AA"})
        )
        browser.post(KEYS, code="000000")
        assert Passkey.objects.count() == 1
        assert not options_on(browser.get(KEYS))


def test_a_code_confirms_for_ten_minutes_an_account_that_has_a_telephone(noon, settings):
    account(username="mai")
    browser = confirmed()
    for minutes, is_open in ((10, True), (11, False)):
        with clock.frozen(noon + timedelta(minutes=minutes)):
            assert bool(options_on(browser.get(KEYS))) is is_open, minutes
    settings.REQUIRE_MFA = False
    browser = Browser()
    browser.password("mai")
    assert browser.get(KEYS).headers["Location"] == ACCOUNT
    assert "tai-khoan/khoa/" not in browser.get(ACCOUNT).content.decode()


def test_own_page_lists_and_removes_and_ends_the_other_sessions(noon: datetime) -> None:
    device = with_passkey()
    with clock.frozen(noon + LATER):
        there = half_way()
        use(there, device)
    with clock.frozen(noon + timedelta(minutes=2)):
        here = half_way()
        use(here, device)
        here.post(KEYS, code=recovery_code())
        page = here.get(ACCOUNT).content.decode()
        for shown in ("máy ở quầy", "10:00 25/11/2026", "10:02 25/11/2026"):
            assert shown in page
        here.post(KEYS, remove=str(Passkey.objects.get().pk))
        assert (here.is_in, there.is_in) == (True, False)
        assert not options_on(half_way().get(CODE))
    assert "signin.passkey_removed" in actions()


def recovery_code(username: str = "lan") -> str:
    """A recovery code of this account, made behind the pages."""
    return totp.renew_recovery_codes(User.objects.get(username=username))[0]


def test_nobody_removes_what_is_not_theirs() -> None:
    account(username="mai")
    with_passkey()
    other = confirmed("mai")
    for number in (str(Passkey.objects.get().pk), "9" * 40, "x", "²", ""):
        assert other.post(KEYS, remove=number).status_code == 302
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize("counts", [True, False])
def test_a_replayed_answer_is_refused(noon: datetime, counts: bool) -> None:
    """The challenge is gone with the first try, and another sign-in has another one."""
    device = with_passkey(device=Device(counts=counts))
    browser = half_way()
    answer = device.get(options_on(browser.get(CODE)))
    kept = browser.session_key
    assert browser.post(CODE, passkey=answer).status_code == 302
    assert browser.post(CODE, passkey=answer).headers["Location"] == LOGIN
    replaying = Browser()
    replaying.client.cookies[installed.SESSION_COOKIE_NAME] = kept
    assert replaying.post(CODE, passkey=answer).headers["Location"] == LOGIN
    again = half_way()
    again.get(CODE)
    refused = again.post(CODE, passkey=answer)
    assert refused.status_code == 200
    assert "Khóa truy cập chưa được nhận" in refused.content.decode()
    assert not again.is_in


def test_of_two_requests_with_one_answer_one_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    device = with_passkey(device=Device(counts=False))
    first, second = half_way(), Browser()
    answer = device.get(options_on(first.get(CODE)))
    second.client.cookies[installed.SESSION_COOKIE_NAME] = first.session_key
    real, answers = webauthn.verify_authentication_response, list[Any]()

    def overtaken(**given: Any) -> Any:
        if not answers:
            answers.append(None)
            answers[0] = second.post(CODE, passkey=answer)
        return real(**given)

    monkeypatch.setattr(webauthn, "verify_authentication_response", overtaken)
    late = first.post(CODE, passkey=answer)
    assert answers[0].status_code == 302
    assert late.status_code == 400
    assert second.is_in
    assert not first.is_in


def test_a_counter_that_lags_behind_is_refused() -> None:
    device = with_passkey()
    assert use(half_way(), device).status_code == 302
    device.counter = 0
    assert use(half_way(), device).status_code == 200
    assert Passkey.objects.get().sign_count == 1
    assert use(half_way(), device).status_code == 302


STRANGERS: tuple[dict[str, Any], ...] = (
    {"origin": "http://dak1ak.localhost"},
    {"origin": "https://daklak.localhost"},
    {"origin": "http://daklak.localhost:81"},
    {"host": "localhost"},
    {"verifies": False},
    {"number": b"may khac hoan toan"},
)


def test_what_another_place_or_device_answers_is_refused() -> None:
    device = with_passkey()
    browser, desk = half_way(address="203.0.113.9"), confirmed_again()
    for changed in STRANGERS:
        assert use(browser, Device(**{"key": device.key, "counter": 9, **changed})).status_code == 200, (
            changed
        )
        assert not browser.is_in, changed
        if "number" not in changed:
            new = Device(**{"number": b"may moi minh hoa", **changed})
            assert add(desk, new).status_code == 200, changed
    assert Passkey.objects.count() == 1


def confirmed_again() -> Browser:
    """Signed in once more with a recovery code, and asked again."""
    browser = half_way()
    browser.post(CODE, code=recovery_code())
    browser.post(KEYS, code=recovery_code())
    return browser


def test_the_passkey_of_a_colleague_and_a_forged_signature_are_refused() -> None:
    account(username="mai")
    device = with_passkey()
    with_passkey("mai", Device(number=b"may cua mai 0001"))
    browser = half_way("mai")
    assert use(browser, device).status_code == 200
    assert not browser.is_in
    assert use(half_way(), Device(number=device.number)).status_code == 200


def asking() -> HttpRequest:
    """A request to Đắk Lắk with a session of its own, without the pages."""
    request = RequestFactory(headers={"host": "daklak.localhost"}).post("/")
    request.session = SessionStore()
    request.session.create()
    return request


def test_a_challenge_is_answered_once_whatever_the_pages_do(lan: User, noon: datetime) -> None:
    device, request = Device(counts=False), asking()
    made = device.create(json.loads(passkeys.offer_registration(request, lan, "Một Cửa")))
    assert not passkeys.register(request, lan, "máy", "{}")
    assert not passkeys.register(request, lan, "máy", made)
    made = device.create(json.loads(passkeys.offer_registration(request, lan, "Một Cửa")))
    with clock.frozen(noon + timedelta(seconds=passkeys.CHALLENGE_SECONDS)):
        assert passkeys.register(request, lan, "máy", made)
    answer = device.get(json.loads(passkeys.offer_sign_in(request, lan)))
    assert not passkeys.verify(request, lan, "{}")
    assert not passkeys.verify(request, lan, answer)
    answer = device.get(json.loads(passkeys.offer_sign_in(request, lan)))
    with clock.frozen(noon + timedelta(seconds=passkeys.CHALLENGE_SECONDS + 1)):
        assert not passkeys.verify(request, lan, answer)
    answer = device.get(json.loads(passkeys.offer_sign_in(request, lan)))
    assert passkeys.verify(request, lan, answer)
    assert not passkeys.verify(request, lan, answer)


def test_answers_to_an_old_offer_add_no_eleventh(lan: User) -> None:
    request = asking()
    options = json.loads(passkeys.offer_registration(request, lan, "Một Cửa"))
    Passkey.objects.bulk_create(
        Passkey(user=lan, host="daklak.localhost", name="x", credential_id=f"k{number}", public_key="k")
        for number in range(passkeys.MOST)
    )
    assert not passkeys.register(request, lan, "máy", Device().create(options))


def test_behind_a_proxy_the_origin_is_that_of_the_visitor(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    browser = confirmed()
    browser.client.defaults["HTTP_X_FORWARDED_PROTO"] = "https"
    assert add(browser, Device()).status_code == 200
    assert add(browser, Device(origin="https://daklak.localhost")).status_code == 302


UNREADABLE = (
    "",
    "x",
    "[]",
    "null",
    "{}",
    '{"id":"\\u0000","rawId":"AA","type":"public-key","response":{}}',
    "[" * 90_000,
)


def test_unreadable_answers_are_failures() -> None:
    with_passkey()
    for number, bytes_of_a_stranger in enumerate(UNREADABLE):
        browser = half_way(address=f"203.0.{number}.9")
        browser.get(CODE)
        assert browser.post(CODE, passkey=bytes_of_a_stranger).status_code == 200, bytes_of_a_stranger[:60]
    failures = AuditEntry.objects.filter(action="signin.failure", detail={"step": "passkey"})
    assert failures.count() == len(UNREADABLE)


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject", "authenticatorData", "signature"])
def test_broken_parts_of_an_answer_are_failures(part: str) -> None:
    device = with_passkey()
    desk = confirmed_again()
    for number, broken in enumerate(("", "AA", "é", "_w", "oA")):
        browser = half_way(address=f"203.0.{number}.9")
        for one, path, made in ((browser, CODE, device.get), (desk, KEYS, device.create)):
            answer = json.loads(made(options_on(one.get(path))))
            if part in answer["response"]:
                answer["response"][part] = broken
                assert one.post(path, name="x", passkey=json.dumps(answer)).status_code == 200
    assert Passkey.objects.count() == 1


def test_tries_share_the_budget_of_codes_and_a_right_answer_costs_nothing() -> None:
    device = with_passkey()
    for _number in range(CODES + 1):
        assert use(half_way(), device).status_code == 302
    browser = half_way(address="203.0.113.9")
    for number in range(CODES_HERE):
        browser.post(CODE, **({"code": "000000"} if number % 2 else {"passkey": "{}"}))
    locked = use(browser, device)
    assert locked.status_code == 429
    assert not browser.is_in
    assert AuditEntry.objects.get(action="signin.locked").detail == {"step": "passkey"}


def test_locked_account_and_new_password_stop_it(lan: User) -> None:
    device = with_passkey()
    browser, other = half_way(), half_way()
    answers = [device.get(options_on(one.get(CODE))) for one in (browser, other)]
    lan.set_password("bốn con mèo ngủ trưa")
    lan.save()
    assert browser.post(CODE, passkey=answers[0]).headers["Location"] == LOGIN
    lan.set_password(PASSWORD)
    lan.is_active = False
    lan.save()
    assert other.post(CODE, passkey=answers[1]).headers["Location"] == LOGIN


def test_invitation_takes_along_passkeys_and_one_that_is_being_added(lan, monkeypatch):
    browser, real = confirmed(), webauthn.verify_registration_response

    def overtaken(**given: Any) -> Any:
        invitations.invite(lan)
        return real(**given)

    add(browser, Device(number=b"may co tu truoc"))
    assert Passkey.objects.exists()
    monkeypatch.setattr(webauthn, "verify_registration_response", overtaken)
    add(browser, Device())
    assert not Passkey.objects.exists()


def test_administrator_sees_and_removes_those_of_others_not_the_own_ones(lan: User) -> None:
    boss = account(username="truong")
    AssignmentFactory(user=boss, role=Role.ADMINISTRATOR)
    AssignmentFactory(user=lan, role=Role.CLERK)
    with_passkey()
    session = Session.objects.get(user=lan)
    administrator = Browser()
    enrol(administrator, "truong")
    page = f"/quan-tri/accounts/user/{lan.pk}/dang-nhap/"
    assert "máy ở quầy" in administrator.get(page).content.decode()
    assert administrator.post(page, remove=str(Passkey.objects.get().pk)).status_code == 302
    assert not Passkey.objects.exists()
    assert not Session.objects.filter(pk=session.pk).exists()
    entry = AuditEntry.objects.get(action="signin.passkey_removed")
    assert (entry.actor_id, entry.subject) == (boss.pk, f"account:{lan.pk}")
    own = Passkey.objects.create(
        user=boss, host="daklak.localhost", name="x", credential_id="AA", public_key="AA"
    )
    page = f"/quan-tri/accounts/user/{boss.pk}/dang-nhap/"
    administrator.post(page, remove=str(own.pk))
    assert Passkey.objects.filter(pk=own.pk).exists()


def test_a_passkey_belongs_to_one_account_and_an_account_has_ten() -> None:
    account(username="mai")
    device = with_passkey()
    assert add(confirmed("mai"), device).status_code == 200
    browser = confirmed_again()
    for number in range(1, passkeys.MOST):
        assert add(browser, Device(number=f"may minh hoa {number:03}".encode())).status_code == 302
    assert not options_on(browser.get(KEYS))
    assert Passkey.objects.count() == passkeys.MOST


def test_a_passkey_of_one_province_is_nothing_in_another(noon: datetime, other_province: Any) -> None:
    device = with_passkey()
    there = {"host": "dongnai.localhost"}
    with province_context("dongnai"):
        account(username="lan")
        enrol(Browser(**there), "lan")
        browser = half_way(**there)
        assert not options_on(browser.get(CODE))
        answer = device.get({"challenge": "AAAA"})
        assert browser.post(CODE, passkey=answer).status_code == 200
        # Even where its row was copied, it signs for the host where it was made.
        with province_context("daklak"):
            row = Passkey.objects.values("host", "name", "credential_id", "public_key").get()
        for host in (row["host"], there["host"]):
            Passkey.objects.all().delete()
            Passkey.objects.create(user=User.objects.get(), **{**row, "host": host})
            browser = half_way(**there)
            offered = options_on(browser.get(CODE)) or {"challenge": "AAAA"}
            assert browser.post(CODE, passkey=device.get(offered)).status_code == 200
            assert not browser.is_in


def test_operators_have_them_too(db: None) -> None:
    base = "/van-hanh/"
    with public_context():
        account(username="vanhanh", is_superuser=True)
        browser = Browser(host="localhost")
        browser.post(f"{base}login/", username="vanhanh", password=PASSWORD)
        app = APP.replace(HOME, base)
        browser.post(app, code=Telephone(browser.get(app)).code())
        keys = f"{base}tai-khoan/khoa/"
        browser.post(keys, code=recovery_code("vanhanh"))
        device = Device(origin="http://localhost", host="localhost")
        made = device.create(options_on(browser.get(keys)))
        assert browser.post(keys, name="máy trực", passkey=made).status_code == 302
        browser.post(f"{base}logout/")
        browser.post(f"{base}login/", username="vanhanh", password=PASSWORD)
        code = f"{base}dang-nhap/ma/"
        answer = device.get(options_on(browser.get(code)))
        assert browser.post(code, passkey=answer).headers["Location"] == base
        assert "signin.passkey_added" in {entry.act for entry in operators_log.newest(20)}
