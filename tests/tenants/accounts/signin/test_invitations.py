"""Accounts begin, and begin again, with a link that is good once."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from tenants import clock
from tenants.accounts.models import Invitation, SecondFactor, User
from tenants.accounts.signin import invitations
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context, public_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.folder import staff
from tests.factories import UserFactory
from tests.filling import filled
from tests.tenants.accounts.signin.people import APP, PASSWORD, Browser, Telephone, account, enrol

pytestmark = pytest.mark.usefixtures("province")


def path(link: str) -> str:
    found = re.fullmatch(r"http://[a-z]+\.localhost:8000(/quan-tri/loi-moi/[\w-]{43}/)", link)
    assert found, link
    return found[1]


def redeem(
    link: str, password: str = PASSWORD, again: str | None = None, **place: Any
) -> tuple[Browser, Any]:
    browser = Browser(**place)
    return browser, browser.post(path(link), password=password, again=again or password)


def administrator() -> Browser:
    account(username="quantri", is_superuser=True)
    browser = Browser()
    browser.client.force_login(User.objects.get(username="quantri"))
    return browser


def page_of(user: User) -> str:
    return f"/quan-tri/accounts/user/{user.pk}/dang-nhap/"


def link_on(page: Any) -> str:
    found = re.search(r">(http://[^<]+/loi-moi/[^<]+)<", page.content.decode())
    assert found
    return found[1]


def test_from_a_new_account_to_the_desk(noon: datetime, settings: Any) -> None:
    """The administrator makes an account, hands over a link; password, telephone, in."""
    settings.REQUIRE_MFA = True
    desk = administrator()
    adding = "/quan-tri/accounts/user/add/"
    made = desk.post(adding, **filled(desk.get(adding), username="lan", full_name="Nguyễn Thị Lan"))
    lan = User.objects.get(username="lan")
    assert made.headers["Location"] == page_of(lan)
    assert lan.is_staff
    assert not lan.has_usable_password()
    link = link_on(desk.post(page_of(lan), invite="1"))
    assert link not in desk.get(page_of(lan)).content.decode()
    browser = Browser(address="203.0.113.5")
    assert "Nguyễn Thị Lan" in browser.get(path(link)).content.decode()
    assert browser.post(path(link), password=PASSWORD, again=PASSWORD).headers["Location"] == APP
    assert not browser.is_in
    browser.post(APP, code=Telephone(browser.get(APP)).code())
    assert browser.is_in
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", "actor_name"))
    assert actions == [
        ("person.add", "quantri"),
        ("signin.invited", "quantri"),
        ("signin.password_set", "lan"),
        ("signin.factor_set", "lan"),
        ("signin.entered", "lan"),
    ]


def test_good_once_in_no_table_and_looking_uses_nothing_up() -> None:
    link = invitations.invite(UserFactory(username="lan"))
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in f"{Invitation.objects.values()} {AuditEntry.objects.values()}"
    for _number in range(3):
        assert Browser().get(path(link)).status_code == 200
    assert redeem(link)[1].status_code == 302
    _browser, second = redeem(link, "năm con mèo ngủ trưa")
    assert second.status_code == 404
    assert User.objects.get(username="lan").check_password(PASSWORD)


def test_good_until_it_expires(noon: datetime, settings: Any) -> None:
    link = invitations.invite(UserFactory(username="lan"))
    with clock.frozen(noon + settings.INVITATION_LASTS):
        assert Browser().get(path(link)).status_code == 404
        assert redeem(link)[1].status_code == 404
    with clock.frozen(noon + settings.INVITATION_LASTS - timedelta(seconds=1)):
        assert redeem(link)[1].status_code == 302


def test_only_the_newest_is_good_and_none_for_an_account_that_may_not_work() -> None:
    lan = UserFactory(username="lan")
    older, newer = invitations.invite(lan), invitations.invite(lan)
    assert redeem(older)[1].status_code == 404
    User.objects.filter(pk=lan.pk).update(is_active=False)
    assert redeem(newer)[1].status_code == 404
    User.objects.filter(pk=lan.pk).update(is_active=True)
    assert redeem(newer)[1].status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "words"),
    [
        ("ngắn quá", None, "ít nhất 12 ký tự"),
        (PASSWORD, "ba con mèo ngủ sáng", "không giống nhau"),
        ("Matkhau@2026", None, "dễ đoán"),
    ],
)
def test_bad_password_leaves_it_good(password: str, again: str | None, words: str) -> None:
    link = invitations.invite(UserFactory(username="lan"))
    _browser, answer = redeem(link, password, again)
    assert words in answer.content.decode()
    assert password not in answer.content.decode()
    assert redeem(link)[1].status_code == 302


def test_lost_telephone(noon: datetime, settings: Any) -> None:
    """Everything that opened the account before is void; recorded as what it is."""
    settings.REQUIRE_MFA = True
    lan = account(username="lan")
    own = Browser()
    telephone, _codes = enrol(own, "lan")
    desk = administrator()
    link = link_on(desk.post(page_of(lan), invite="1"))
    assert not own.is_in
    assert not SecondFactor.objects.filter(user=lan).exists()
    assert Browser().password("lan").status_code == 200
    browser, answer = redeem(link)
    assert answer.headers["Location"] == APP
    assert Telephone(browser.get(APP)).secret != telephone.secret
    row = AuditEntry.objects.get(action="signin.reset")
    assert (row.subject, row.actor_name, row.detail) == (f"account:{lan.pk}", "quantri", {"had_factor": True})


def test_administrator_signs_somebody_out_everywhere(settings: Any) -> None:
    settings.REQUIRE_MFA = False
    lan = account(username="lan")
    browsers = [Browser(), Browser()]
    for browser in browsers:
        browser.password("lan")
    desk = administrator()
    desk.post(page_of(lan), out="1")
    assert [browser.is_in for browser in browsers] == [False, False]
    assert desk.is_in
    row = AuditEntry.objects.get(action="signin.forced_out")
    assert (row.actor_name, row.detail) == ("quantri", {"sessions": 2})


def test_nobody_invites_himself_or_types_the_password_of_somebody_else() -> None:
    desk = administrator()
    own = User.objects.get(username="quantri")
    desk.post(page_of(own), invite="1")
    assert not Invitation.objects.exists()
    assert desk.is_in
    lan = account(username="lan")
    assert desk.get(f"/quan-tri/accounts/user/{lan.pk}/password/").status_code == 404
    for page in (f"/quan-tri/accounts/user/{lan.pk}/change/", "/quan-tri/accounts/user/add/"):
        text = desk.get(page).content.decode()
        assert 'name="password' not in text
        assert "md5$" not in text


def test_only_who_may_edit_accounts() -> None:
    lan, boss = account(username="lan"), account(username="truong", is_superuser=True)
    clerk = account(username="tiepnhan")
    browser = Browser()
    browser.client.force_login(clerk)
    for values in ({"invite": "1"}, {"out": "1"}):
        assert browser.post(page_of(lan), **values).status_code == 403
    editor = account(username="sua")
    editor.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    browser.client.force_login(editor)
    assert browser.get(page_of(lan)).status_code == 200
    assert browser.post(page_of(boss), invite="1").status_code == 403
    assert not Invitation.objects.exists()


def test_link_of_one_province_is_nothing_in_another(other_province: ProvinceRecord) -> None:
    link = invitations.invite(UserFactory(username="lan"))
    assert redeem(link, host="dongnai.localhost")[1].status_code == 404
    assert redeem(link)[1].status_code == 302


def test_operators_are_invited_alike(settings: Any) -> None:
    settings.REQUIRE_MFA = False
    with public_context():
        link = invitations.invite(UserFactory(username="vanhanh", is_superuser=True))
        assert link.startswith("http://localhost:8000/van-hanh/loi-moi/")
        browser = Browser(host="localhost")
        answer = browser.post(link.removeprefix("http://localhost:8000"), password=PASSWORD, again=PASSWORD)
        assert answer.headers["Location"] == "/van-hanh/"
    with province_context("daklak"):
        assert not User.objects.filter(username="vanhanh").exists()


def test_who_works_nowhere_yet_is_told_so(settings: Any) -> None:
    settings.REQUIRE_MFA = False
    link = invitations.invite(UserFactory(username="lan"))
    browser, _answer = redeem(link)
    page = browser.client.get("/quan-tri/", follow=True)
    assert page.status_code == 200
    assert "chưa được phân công" in page.content.decode()


@pytest.mark.parametrize("change", [{"password": "có rồi"}, {"is_active": False}])
def test_who_waits_no_longer_is_left_alone(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]) -> None:
    for name in ("an", "binh"):
        UserFactory(username=name, password="!")
    real = invitations.invite

    def meanwhile(user: User) -> str:
        User.objects.filter(username="binh").update(**change)
        return real(user)

    monkeypatch.setattr(invitations, "invite", meanwhile)
    assert [one.username for one in staff.renew_invitations()] == ["an"]
    assert User.objects.filter(username="binh", **change).exists()
