"""Single sign-on: an identity that its owner linked answers the first step, and nothing else of a provider does."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.settings import environment
from tenants import clock
from tenants.accounts.models import ExternalIdentity, Session, User
from tenants.accounts.signin import invitations, sessions
from tenants.accounts.signin.budgets import PASSWORD_TRIES, PER_ACCOUNT_HERE
from tenants.audit import operators_log
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context, public_context
from tenants.organisation.models import Role
from tenants.web import http, openid, openid_provider
from tenants.web.budgets import NETWORK
from tests import tables
from tests.budgets import shrink
from tests.factories import AssignmentFactory
from tests.simulators.openid import CLIENT, SECRET, OpenIdProvider
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

SSO, LINK = f"{HOME}dang-nhap/sso/", f"{ACCOUNT}sso/"
REFUSED = "chưa xác nhận được bạn"


@pytest.fixture
def provider(settings: Any, noon: datetime, lan: User) -> Iterator[OpenIdProvider]:
    settings.REQUIRE_MFA = True
    openid.forget()
    with OpenIdProvider() as running:
        running.now = lambda: clock.now().timestamp()
        settings.OUTBOUND_ALLOW = frozenset({("localhost", running.port)})
        settings.OIDC_PROVIDERS = dict.fromkeys(("daklak", "dongnai", "public"), declared(running.url))
        yield running
    http.forget()
    openid.forget()


def declared(issuer: str, **more: Any) -> openid_provider.OpenIdProvider:
    return openid_provider.OpenIdProvider(
        issuer=issuer, client_id=CLIENT, client_secret=SECRET, label="SSO minh họa", **more
    )


def at_provider(address: str) -> str:
    """Open the provider's page as a browser does; the path to which it sends the browser back."""
    parts = urlsplit(address)
    asking = HTTPConnection(parts.netloc, timeout=5)
    asking.request("GET", f"{parts.path}?{parts.query}")
    back = urlsplit(asking.getresponse().headers["Location"])
    asking.close()
    return f"{back.path}?{back.query}"


def go(browser: Browser, start: str = SSO) -> Any:
    return browser.get(at_provider(browser.get(start).headers["Location"]))


def confirmed(username: str = "lan", **values: Any) -> tuple[Browser, list[str]]:
    """Signed in with a telephone, and asked for a code again; and the codes that are left."""
    browser = Browser(**values)
    _telephone, codes = enrol(browser, username)
    assert browser.post(LINK, code=codes[0]).headers["Location"] == LINK
    return browser, codes[1:]


def link_on(page: Any) -> str:
    found = re.search(r'href="(http://localhost[^"]+/authorize[^"]+)"', page.content.decode())
    assert found, "no link to the provider on the page"
    return html.unescape(found[1])


def link(browser: Browser) -> Any:
    return browser.get(at_provider(link_on(browser.get(LINK))))


def linked(username: str = "lan", **values: Any) -> list[str]:
    """The account is linked; the codes that are left."""
    browser, codes = confirmed(username, **values)
    assert link(browser).headers["Location"] == LINK
    assert ExternalIdentity.objects.filter(user__username=username).exists()
    return codes


def refusals() -> list[Any]:
    return list(AuditEntry.objects.filter(action="signin.failure").values_list("detail", flat=True))


def test_linked_identity_answers_the_first_step_and_the_code_the_second(provider, noon):
    codes = linked()
    browser = Browser()
    assert "Đăng nhập bằng SSO minh họa" in browser.get(LOGIN).content.decode()
    back = go(browser, f"{SSO}?next={ACCOUNT}")
    assert back.headers["Location"] == f"{CODE}?next={ACCOUNT.replace('/', '%2F')}"
    assert not browser.is_in
    assert browser.post(CODE, code=codes[0], next=ACCOUNT).headers["Location"] == ACCOUNT
    assert browser.is_in
    identity = ExternalIdentity.objects.get()
    assert (identity.issuer, identity.subject, identity.used_at) == (provider.url, provider.subject, noon)
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert acts[-4:] == ["signin.sso_linked", "signin.sso_accepted", "signin.recovery_code", "signin.entered"]


def test_the_browser_is_sent_with_pkce_and_remembers_in_a_cookie_of_this_host(provider, settings):
    settings.SESSION_COOKIE_SECURE, settings.SSO_COOKIE_NAME = True, "__Host-sso"
    browser = Browser()
    address = browser.get(SSO).headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid")
    assert asked["redirect_uri"] == f"http://daklak.localhost{SSO}ve/"
    cookie = browser.client.cookies["__Host-sso"]
    flags = [cookie[name] for name in ("secure", "httponly", "samesite", "path", "domain", "max-age")]
    assert flags == [True, True, "Lax", "/", "", 600]


MISFITS: tuple[dict[str, Any], ...] = (
    *tables.read(__file__, "misfits.yaml"),
    {"aud": "khac", "azp": CLIENT},
    {"aud": [CLIENT, "khac"]},
    {"sub": "a" * 256},
)


def test_claims_that_do_not_fit_are_refused(provider: OpenIdProvider) -> None:
    linked()
    for number, provider.claims in enumerate(MISFITS):
        browser = Browser(address=f"203.0.113.{number}")
        page = go(browser)
        assert (page.status_code, REFUSED in page.content.decode()) == (403, True), provider.claims
        assert browser.get(CODE).headers["Location"] == LOGIN, provider.claims
    assert refusals() == [{"step": "sso", "why": "not proved"}] * len(MISFITS)


def test_signatures_that_prove_nothing_and_codes_of_another_issuer_are_refused(provider):
    linked()
    for sent, status in (("https://khac.example", 403), ("", 403), (provider.url, 302)):
        provider.issuer_sent = sent
        assert go(Browser()).status_code == status
    for provider.fault in ("none", "hs256", "forged"):
        assert go(Browser()).status_code == 403, provider.fault


def test_the_answer_belongs_to_the_browser_that_asked_and_counts_once(provider, noon):
    linked()
    browser = Browser()
    back = at_provider(browser.get(SSO).headers["Location"])
    assert Browser().get(back).status_code == 403
    assert browser.get(back.replace("state=", "state=x")).status_code == 403
    unasked = at_provider(browser.get(SSO).headers["Location"])
    assert browser.client.head(unasked).status_code == 405
    late = at_provider(browser.get(SSO).headers["Location"])
    # The age of a signature goes by the machine's clock.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: 4_000_000_000.0)
        assert browser.get(late).status_code == 403
    once = at_provider(browser.get(SSO).headers["Location"])
    cookie = browser.client.cookies["sso"].value
    assert browser.get(once).status_code == 302
    browser.client.cookies["sso"] = cookie
    assert browser.get(once).status_code == 403


def test_an_answer_that_comes_late_replaces_no_session(provider: OpenIdProvider) -> None:
    linked()
    account(username="mai")
    browser = Browser()
    back = at_provider(browser.get(SSO).headers["Location"])
    enrol(browser, "mai")
    assert browser.get(back).headers["Location"] == HOME
    assert browser.is_in


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}], ids=str)
def test_names_open_nothing_nor_does_an_account_that_may_not_work_here(provider, change):
    User.objects.update(email="lan@minhhoa.vn")
    provider.claims = {"email": "lan@minhhoa.vn", "email_verified": True, "preferred_username": "lan"}
    assert go(Browser()).status_code == 403
    assert (User.objects.count(), ExternalIdentity.objects.count()) == (1, 0)
    linked()
    User.objects.update(**change)
    assert go(Browser()).status_code == 403
    assert refusals()[-1:] == [{"step": "sso", "why": "no account"}]


def test_tries_share_the_budgets_of_passwords(provider, monkeypatch):
    linked()
    for _number in range(PER_ACCOUNT_HERE):
        Browser().password("lan", "sai")
    assert go(Browser()).status_code == 429
    shrink(monkeypatch, PASSWORD_TRIES, NETWORK, 3)
    place = {"address": "203.0.113.9"}
    assert [go(Browser(**place)).status_code for _number in range(4)] == [302] * 4
    provider.fault = "forged"
    assert [go(Browser(**place)).status_code for _number in range(4)] == [403, 403, 403, 429]
    assert AuditEntry.objects.filter(action="signin.locked", detail={"step": "sso"}).count() == 2


@pytest.mark.parametrize("brought", ["error=access_denied", "code=", f"code={'x' * 22}"])
def test_whatever_is_brought_back_is_a_try_but_who_is_not_linked_yet_spends_none(
    provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch, brought: str
) -> None:
    shrink(monkeypatch, PASSWORD_TRIES, NETWORK, 1)
    assert [go(Browser()).status_code for _number in range(3)] == [403] * 3
    statuses = []
    for _number in range(2):
        browser = Browser()
        asked = parse_qs(urlsplit(browser.get(SSO).headers["Location"]).query)
        statuses.append(browser.get(f"{SSO}ve/?state={asked['state'][0]}&{brought}").status_code)
    assert statuses == [403, 429]


@pytest.mark.parametrize("fault", ["hang", "500", "elsewhere"])
def test_a_provider_in_trouble_costs_no_try_and_passwords_go_on(provider, monkeypatch, fault):
    linked()
    monkeypatch.setattr(openid, "CALL_SECONDS", 0.2)
    shrink(monkeypatch, PASSWORD_TRIES, NETWORK, 1)
    browser = Browser()
    back = at_provider(browser.get(SSO).headers["Location"])
    provider.fault = fault
    if fault != "elsewhere":
        assert browser.get(back).status_code == 503
    openid.forget()
    for _number in range(3):
        assert Browser().get(SSO).status_code == 503
    assert provider.calls.count("/.well-known/openid-configuration") == 2
    assert refusals() == []
    assert Browser().password("lan").status_code == 302


def test_a_provider_that_hangs_is_left_alone_and_one_thread_alone_waits_for_it(provider, monkeypatch):
    monkeypatch.setattr(openid, "WAIT_SECONDS", 0)
    with openid._fetching:
        assert Browser().get(SSO).status_code == 503
    assert provider.calls == []
    monkeypatch.setattr(openid, "CALL_SECONDS", 0.2)
    monkeypatch.setattr(openid, "WAIT_SECONDS", 0.1)
    browsers = [Browser(), Browser()]
    backs = [at_provider(browser.get(SSO).headers["Location"]) for browser in browsers]
    provider.fault = "hang"
    assert [browser.get(back).status_code for browser, back in zip(browsers, backs, strict=True)] == [503] * 2
    assert provider.calls.count("/token") == 1


def test_a_new_key_is_taken_and_an_unknown_one_asked_for_once_a_minute(provider, monkeypatch):
    linked()
    now = openid.time.monotonic()
    monkeypatch.setattr(openid.time, "monotonic", lambda: now)
    provider.key = 2
    for _number in range(2):
        assert go(Browser()).status_code == 403
    assert provider.calls.count("/keys") == 1
    now += 60
    for _number in range(2):
        assert go(Browser()).status_code == 302
    assert provider.calls.count("/keys") == 2


def test_a_signed_method_stands_for_the_second_factor_where_it_was_declared(provider, settings):
    linked()
    provider.claims = {"amr": ["pwd", "mfa"], "acr": "2"}
    assert go(Browser()).headers["Location"] == CODE
    settings.OIDC_PROVIDERS = {"daklak": declared(provider.url, second_factor=frozenset({"mfa"}))}
    browser = Browser()
    assert go(browser, f"{SSO}?next=https://khac.example/").headers["Location"] == HOME
    assert browser.is_in
    provider.claims = {"amr": ["pwd"]}
    assert go(Browser()).headers["Location"] == CODE


def test_linking_asks_for_a_code_and_for_the_person_at_the_provider(provider: OpenIdProvider) -> None:
    browser = Browser()
    _telephone, codes = enrol(browser, "lan")
    assert "/authorize" not in browser.get(LINK).content.decode()
    browser.post(LINK, code=codes[0])
    back = at_provider(link_on(browser.get(LINK)))
    assert provider.asked["prompt"] == "login"
    thief = Browser()
    thief.client.cookies["sso"] = browser.client.cookies["sso"].value
    assert thief.get(back).status_code == 403
    account(username="mai")
    other, _codes = confirmed("mai")
    other.client.cookies["sso"] = browser.client.cookies["sso"].value
    other.get(back)
    later = clock.now() + timedelta(minutes=11)
    provider.now = later.timestamp
    with clock.frozen(later):
        browser.get(back)
    assert not ExternalIdentity.objects.exists()


@pytest.mark.parametrize("change", [invitations.invite, sessions.end_all], ids=lambda one: one.__name__)
def test_what_ends_the_session_takes_along_an_identity_that_is_being_linked(
    provider: OpenIdProvider, lan: User, monkeypatch: pytest.MonkeyPatch, change: Callable[[User], Any]
) -> None:
    real = openid.prove
    browser, _codes = confirmed()

    def overtaken(*given: Any, **named: Any) -> Any:
        change(lan)
        return real(*given, **named)

    monkeypatch.setattr(openid, "prove", overtaken)
    link(browser)
    assert not ExternalIdentity.objects.exists()


def test_an_identity_has_one_account_and_an_account_one_identity(provider: OpenIdProvider) -> None:
    account(username="mai")
    linked()
    browser, _codes = confirmed("mai")
    link(browser)
    assert "Chưa nối được" in browser.get(LINK).content.decode()
    assert ExternalIdentity.objects.get().user.username == "lan"
    # Two pages at once: the second finds the account linked.
    provider.subject = "khac"
    first = at_provider(link_on(browser.get(LINK)))
    ExternalIdentity.objects.create(user=User.objects.get(username="mai"), issuer="x", subject="y")
    browser.get(first)
    assert ExternalIdentity.objects.count() == 2


def test_its_owner_unlinks_it_after_a_code_and_half_way_it_proves_nothing_more(provider):
    codes = linked()
    half_way = Browser()
    assert go(half_way).headers["Location"] == CODE
    browser = Browser()
    browser.password("lan")
    browser.post(CODE, code=codes[0])
    browser.post(LINK, unlink="1")
    assert ExternalIdentity.objects.exists()
    browser.post(LINK, code=codes[1])
    browser.post(LINK, unlink="1")
    assert not ExternalIdentity.objects.exists()
    assert AuditEntry.objects.filter(action="signin.sso_unlinked").count() == 1
    assert half_way.post(CODE, code=codes[2]).headers["Location"] == LOGIN


def test_the_administrator_unlinks_a_colleague_and_an_invitation_does_too(provider, lan):
    boss = account(username="truong")
    AssignmentFactory(user=boss, role=Role.ADMINISTRATOR)
    AssignmentFactory(user=lan, role=Role.CLERK)
    linked()
    administrator = Browser()
    enrol(administrator, "truong")
    page = f"/quan-tri/accounts/user/{lan.pk}/dang-nhap/"
    assert provider.url in administrator.get(page).content.decode()
    administrator.post(page, unlink="1")
    assert not ExternalIdentity.objects.exists()
    assert not Session.objects.filter(user=lan).exists()
    entry = AuditEntry.objects.get(action="signin.sso_unlinked")
    assert (entry.actor_id, entry.subject) == (boss.pk, f"account:{lan.pk}")
    ExternalIdentity.objects.create(user=lan, issuer=provider.url, subject="x")
    invitations.invite(lan)
    assert not ExternalIdentity.objects.exists()


def test_an_identity_of_one_province_is_nothing_in_another(provider, other_province):
    linked()
    there = Browser(host="dongnai.localhost")
    with province_context("dongnai"):
        account(username="lan")
    assert go(there).status_code == 403
    here = Browser()
    back = at_provider(here.get(SSO).headers["Location"])
    there.client.cookies["sso"] = here.client.cookies["sso"].value
    assert there.get(back).status_code == 403


def test_operators_have_it_too(provider: OpenIdProvider, db: None) -> None:
    base = "/van-hanh/"
    with public_context():
        account(username="vanhanh", is_superuser=True)
        browser = Browser(host="localhost")
        browser.post(f"{base}login/", username="vanhanh", password=PASSWORD)
        app = APP.replace(HOME, base)
        page = browser.post(app, code=Telephone(browser.get(app)).code()).content.decode()
        code = re.findall(r"<code>([A-Z0-9-]{19})</code>", page)[0]
        page_of_link = LINK.replace(HOME, base)
        browser.post(page_of_link, code=code)
        browser.get(at_provider(link_on(browser.get(page_of_link))))
        back = go(Browser(host="localhost"), SSO.replace(HOME, base))
        assert back.headers["Location"] == CODE.replace(HOME, base)
        assert "signin.sso_accepted" in {entry.act for entry in operators_log.newest(20)}


def test_without_a_provider_there_is_no_button_and_the_page_asks_the_database_nothing(provider, settings):
    browser = Browser()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        browser.get(LOGIN)
    assert [one["sql"] for one in asked if "accounts_" in one["sql"]] == []
    settings.OIDC_PROVIDERS = {}
    assert "SSO minh họa" not in browser.get(LOGIN).content.decode()
    assert browser.get(SSO).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        SECRET,
        f'{{"daklak": {{"client_secret": "{SECRET}"}}}}',
        f'{{"daklak": {{"issuer": "sso", "client_id": "x", "client_secret": "{SECRET} \\u0000", "label": "x"}}}}',
        f'{{"daklak": {{"issuer": "https://s.vn", "client_id": "x", "client_secret": ["{SECRET}"], "label": "x"}}}}',
    ],
)
def test_settings_that_cannot_be_used_are_named_without_the_secret(wrong, monkeypatch):
    monkeypatch.setenv("OIDC_PROVIDERS", wrong)
    with pytest.raises(ImproperlyConfigured, match="OIDC_PROVIDERS=…") as refused:
        environment.read()
    assert SECRET not in str(refused.value)
