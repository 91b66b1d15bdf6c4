"""The second factor: nobody is in before it, no code counts twice, and it can be lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tenants import clock
from tenants.accounts.models import RecoveryCode, SecondFactor, User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context, public_context
from tests.tenants.accounts.signin.people import (
    ACCOUNT,
    APP,
    CODE,
    HOME,
    LOGIN,
    Browser,
    Telephone,
    account,
    enrol,
)

LATER = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def required(settings: Any, noon: datetime, lan: User) -> None:
    settings.REQUIRE_MFA = True


def test_password_alone_opens_nothing() -> None:
    browser = Browser()
    answer = browser.password("lan", next="/quan-tri/dossiers/dossier/")
    assert answer.headers["Location"] == f"{APP}?next=%2Fquan-tri%2Fdossiers%2Fdossier%2F"
    for path in (HOME, ACCOUNT, "/quan-tri/dossiers/dossier/", "/quan-tri/goi-dien/"):
        assert browser.get(path).headers["Location"].startswith(LOGIN), path


def test_first_code_of_the_telephone_signs_in_and_shows_recovery_codes_once() -> None:
    browser = Browser()
    browser.password("lan")
    page = browser.get(APP).content.decode()
    # The page draws its picture itself.
    assert ("<svg" in page, "data:image" in page) == (True, False)
    _telephone, codes = enrol(browser, "lan")
    assert len(set(codes)) == 10
    assert browser.is_in
    assert browser.get(APP).headers["Location"] == ACCOUNT
    assert "otpauth" not in browser.get(ACCOUNT).content.decode()


def test_wrong_first_code_enrols_nothing() -> None:
    browser = Browser()
    browser.password("lan")
    right = Telephone(browser.get(APP)).code()
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    assert browser.post(APP, code=wrong).status_code == 200
    assert not SecondFactor.objects.exists()
    assert not browser.is_in
    # The secret on the page stays the one that the telephone has.
    assert Telephone(browser.get(APP)).code() == right


def test_secret_offered_to_one_browser_is_not_that_of_another() -> None:
    secrets = set()
    for _number in range(2):
        browser = Browser()
        browser.password("lan")
        secrets.add(Telephone(browser.get(APP)).secret)
    assert len(secrets) == 2


def test_next_time_password_then_a_code_that_counts_once(noon: datetime) -> None:
    telephone, _codes = enrol(Browser(), "lan")
    first, second = Browser(), Browser()
    for browser in (first, second):
        assert browser.password("lan", next=ACCOUNT).headers["Location"].startswith(CODE)
        # A password enrols no account again.
        assert browser.get(APP).headers["Location"].startswith(CODE)
    # The code that enrolled counts no more.
    assert first.post(CODE, code=telephone.code()).status_code == 200
    with clock.frozen(noon + LATER):
        assert not first.is_in
        assert first.post(CODE, code=telephone.code(), next=ACCOUNT).headers["Location"] == ACCOUNT
        assert second.post(CODE, code=telephone.code()).status_code == 200
        assert (first.is_in, second.is_in) == (True, False)


@pytest.mark.parametrize(("seconds", "status"), [(-30, 302), (30, 302), (-60, 200), (60, 200)])
def test_a_telephone_may_be_one_step_off(noon: datetime, seconds: int, status: int) -> None:
    telephone, _codes = enrol(Browser(), "lan")
    moment = noon + timedelta(minutes=5)
    with clock.frozen(moment + timedelta(seconds=seconds)):
        code = telephone.code()
    with clock.frozen(moment):
        browser = Browser()
        browser.password("lan")
        assert browser.post(CODE, code=code).status_code == status


def test_recovery_code_opens_once_in_any_spelling() -> None:
    _telephone, codes = enrol(Browser(), "lan")
    typed = codes[0].lower().replace("-", " ")
    for expected in (302, 200):
        browser = Browser()
        browser.password("lan")
        assert browser.post(CODE, code=typed).status_code == expected
    assert AuditEntry.objects.get(action="signin.recovery_code").detail == {"left": 9}


def test_recovery_codes_and_secret_are_not_readable_in_the_database() -> None:
    telephone, codes = enrol(Browser(), "lan")
    stored = [*RecoveryCode.objects.values_list("digest", flat=True), SecondFactor.objects.get().secret]
    assert not any(
        code.replace("-", "") in row or telephone.secret in row for code in codes for row in stored
    )


def test_new_recovery_codes_need_a_code_and_replace_the_old(noon: datetime) -> None:
    browser = Browser()
    telephone, codes = enrol(browser, "lan")
    before = set(RecoveryCode.objects.values_list("digest", flat=True))
    browser.post(ACCOUNT, code="000000")
    assert set(RecoveryCode.objects.values_list("digest", flat=True)) == before
    with clock.frozen(noon + LATER):
        page = browser.post(ACCOUNT, code=telephone.code()).content.decode()
    assert not before & set(RecoveryCode.objects.values_list("digest", flat=True))
    assert codes[0] not in page
    assert page.count("<li><code>") == 10


def test_half_way_ends_after_ten_minutes_and_with_the_password(lan: User, noon: datetime) -> None:
    browser = Browser()
    browser.password("lan")
    with clock.frozen(noon + timedelta(minutes=11)):
        assert browser.get(APP).headers["Location"] == LOGIN
    other = Browser()
    other.password("lan")
    lan.set_password("bốn con mèo ngủ trưa")
    lan.save()
    assert other.get(APP).headers["Location"] == LOGIN


def test_off_asks_only_who_has_one(settings: Any) -> None:
    settings.REQUIRE_MFA = False
    account(username="mai")
    browser = Browser()
    assert browser.password("mai").headers["Location"] == HOME
    assert browser.is_in
    # Whoever wants one may have it.
    telephone = Telephone(browser.get(APP))
    assert browser.post(APP, code=telephone.code()).status_code == 200
    again = Browser()
    assert again.password("mai").headers["Location"] == CODE
    assert not again.is_in


def test_a_second_factor_of_one_province_is_nothing_in_another(noon: datetime, other_province: Any) -> None:
    telephone, codes = enrol(Browser(), "lan")
    with province_context("dongnai"):
        account(username="lan")
        secret = enrol(Browser(host="dongnai.localhost"), "lan")[0].secret
    assert secret != telephone.secret
    with clock.frozen(noon + LATER):
        for code in (telephone.code(), codes[0]):
            browser = Browser(host="dongnai.localhost")
            browser.password("lan")
            assert browser.post(CODE, code=code).status_code == 200, code


def test_operators_have_one_too(db: None) -> None:
    with public_context():
        account(username="vanhanh", is_superuser=True)
        browser = Browser(host="localhost")
        answer = browser.post("/van-hanh/login/", username="vanhanh", password="ba con mèo ngủ trưa")
        assert answer.headers["Location"] == "/van-hanh/dang-nhap/ung-dung/"
        telephone = Telephone(browser.get("/van-hanh/dang-nhap/ung-dung/"))
        assert browser.post("/van-hanh/dang-nhap/ung-dung/", code=telephone.code()).status_code == 200
        assert browser.get("/van-hanh/").status_code == 200
