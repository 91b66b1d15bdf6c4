"""A passkey from the account page to the next sign-in, on an authenticator that Chromium pretends."""

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser import eyes
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import Clerk
from tests.browser.test_signing_in import PASSWORD, Authenticator, invite, set_password

pytestmark = pytest.mark.browser


class VirtualKey:
    """A device with a fingerprint reader, plugged into this page."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = made["authenticatorId"]

    def recognises_its_owner(self, does: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})

    def credentials(self) -> list[str]:
        """The hosts of the keys in it."""
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return [one["rpId"] for one in found["credentials"]]


def newcomer(visit, page, province, username):
    """Somebody new of this province, signed in on the page with a telephone; and the recovery codes."""
    administrator = Clerk(visit(), province)
    administrator.log_in("administrator")
    set_password(page, invite(administrator, username, "Người Có Khóa Minh Họa"))
    page.goto(f"{province.staff_url}dang-nhap/ung-dung/")
    telephone = Authenticator(page)
    page.get_by_label("Mã xác nhận").fill(telephone.code())
    page.get_by_role("button", name="Xong").click()
    expect(page.locator(".mc-signin__codes li")).to_have_count(10)
    return telephone, page.locator(".mc-signin__codes li").all_inner_texts()


def add_passkey(page: Page, province: DemoProvince, code: str) -> None:
    page.goto(f"{province.staff_url}tai-khoan/")
    page.get_by_role("link", name="Thêm khóa").click()
    look(page)
    page.get_by_label("Mã xác nhận").fill(code)
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_label("Tên của khóa").fill("máy ở quầy số 2")
    page.get_by_role("button", name="Thêm khóa trên máy này").click()


def sign_out(page: Page, province: DemoProvince) -> None:
    page.goto(f"{province.staff_url}tai-khoan/")
    page.evaluate("document.querySelector('form[action$=\"/logout/\"]').submit()")
    page.wait_for_url("**/login/**")


def look(page: Page) -> None:
    """Axe finds nothing, in the hand and at the desk, and the page is no wider than its window."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert eyes.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def give_password(page: Page, username: str) -> None:
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/dang-nhap/ma/**")


def test_added_used_and_removed(visit: Visit, daklak: DemoProvince, dongnai: DemoProvince) -> None:
    page = visit()
    key = VirtualKey(page)
    _telephone, codes = newcomer(visit, page, daklak, "cokhoa")
    add_passkey(page, daklak, codes[0])
    expect(page.locator("tbody tr")).to_contain_text("máy ở quầy số 2")
    assert key.credentials() == ["daklak.localhost"]
    look(page)
    # The device knows that it has one already.
    page.get_by_label("Tên của khóa").fill("lần nữa")
    page.get_by_role("button", name="Thêm khóa trên máy này").click()
    expect(page.get_by_text("máy này đã có khóa của tài khoản")).to_be_visible()

    sign_out(page, daklak)
    give_password(page, "cokhoa")
    key.recognises_its_owner(False)
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    expect(page.get_by_text("Chưa dùng được khóa")).to_be_visible()
    look(page)
    key.recognises_its_owner(True)
    page.get_by_role("button", name="Dùng khóa truy cập").click()
    page.wait_for_url(re.compile(r"/quan-tri/(tai-khoan/)?$"))
    page.goto(f"{daklak.staff_url}tai-khoan/")
    expect(page.locator("#khoa ~ table tbody tr")).not_to_contain_text("chưa dùng")
    look(page)

    # The same name in another province, in the same browser with the same device.
    there = page.context.new_page()
    _telephone, codes_there = newcomer(visit, there, dongnai, "cokhoa")
    sign_out(there, dongnai)
    give_password(there, "cokhoa")
    expect(there.get_by_role("button", name="Dùng khóa truy cập")).to_have_count(0)
    there.get_by_label("Mã xác nhận").fill(codes_there[0])
    there.get_by_role("button", name="Xác nhận").click()
    there.goto(f"{dongnai.staff_url}tai-khoan/")
    expect(there.get_by_text("Chưa có khóa truy cập nào")).to_be_visible()

    page.goto(f"{daklak.staff_url}tai-khoan/khoa/")
    page.get_by_label("Mã xác nhận").fill(codes[1])
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_role("button", name=re.compile("Gỡ.*máy ở quầy số 2")).click()
    expect(page.get_by_text("Đã gỡ khóa truy cập")).to_be_visible()
    sign_out(page, daklak)
    give_password(page, "cokhoa")
    expect(page.get_by_role("button", name="Dùng khóa truy cập")).to_have_count(0)


@pytest.mark.deep
def test_without_script_the_code_works(visit: Visit, daklak: DemoProvince) -> None:
    page = visit()
    VirtualKey(page)
    _telephone, codes = newcomer(visit, page, daklak, "khongscript")
    add_passkey(page, daklak, codes[0])
    expect(page.locator("tbody tr")).to_contain_text("máy ở quầy số 2")
    plain = visit(java_script_enabled=False)
    plain.goto(daklak.staff_url)
    give_password(plain, "khongscript")
    expect(plain.get_by_role("button", name="Dùng khóa truy cập")).to_be_hidden()
    plain.get_by_label("Mã xác nhận").fill(codes[1])
    plain.get_by_role("button", name="Xác nhận").click()
    plain.goto(f"{daklak.staff_url}tai-khoan/")
    expect(plain.get_by_text("máy ở quầy số 2")).to_be_visible()
    plain.get_by_role("link", name="Thêm, gỡ khóa").click()
    plain.get_by_label("Mã xác nhận").fill(codes[2])
    plain.get_by_role("button", name="Xác nhận").click()
    expect(plain.get_by_text("đang tắt JavaScript")).to_be_visible()
