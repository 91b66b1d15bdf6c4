"""Somebody new at the desk: invited by the administrator, with a password and a telephone of their own."""

import base64
import time

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import Clerk, codes_in

pytestmark = pytest.mark.browser

PASSWORD = "ba con mèo ngủ trưa"


class Authenticator:
    """The application on somebody's telephone, from the QR code that its camera read."""

    def __init__(self, page: Page) -> None:
        (address,) = codes_in(page.locator(".mc-signin__qr").screenshot())
        assert address.startswith("otpauth://totp/")
        self.secret = address.partition("secret=")[2].partition("&")[0]

    def code(self, steps_ahead: int = 0) -> str:
        machine = TOTP(base64.b32decode(self.secret), 6, SHA1(), 30)
        return machine.generate(int(time.time()) + 30 * steps_ahead).decode()


def invite(administrator: Clerk, username: str, name: str) -> str:
    page = administrator.page
    page.goto(f"{administrator.province.staff_url}accounts/user/add/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=full_name]").fill(name)
    page.locator("[name=_save]").click()
    page.get_by_role("button", name="Tạo lời mời").click()
    return page.get_by_label("Liên kết").input_value()


def set_password(page: Page, link: str) -> None:
    """Follow the link and choose a password; the demonstration asks for no more."""
    page.goto(link)
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    page.wait_for_url("**/quan-tri/**")


def test_from_the_invitation_to_the_second_factor(visit: Visit, daklak: DemoProvince) -> None:
    administrator = Clerk(visit(), daklak)
    administrator.log_in("administrator")
    link = invite(administrator, "nguoimoi", "Người Mới Minh Họa")

    page = visit(phone=True)
    set_password(page, link)
    page.goto(f"{daklak.staff_url}tai-khoan/")
    page.get_by_role("link", name="Cài trên điện thoại").click()
    telephone = Authenticator(page)
    page.get_by_label("Mã xác nhận").fill(telephone.code())
    page.get_by_role("button", name="Xong").click()
    expect(page.locator(".mc-signin__codes li")).to_have_count(10)

    elsewhere = visit()
    elsewhere.goto(daklak.staff_url)
    elsewhere.get_by_label("Tên đăng nhập").fill("nguoimoi")
    elsewhere.get_by_label("Mật khẩu").fill(PASSWORD)
    elsewhere.get_by_role("button", name="Đăng nhập").click()
    elsewhere.get_by_label("Mã xác nhận").fill(telephone.code(steps_ahead=1))
    elsewhere.get_by_role("button", name="Xác nhận").click()
    elsewhere.goto(f"{daklak.staff_url}tai-khoan/")
    expect(elsewhere.locator("tbody tr")).to_have_count(2)
    elsewhere.get_by_role("button", name="Đăng xuất các nơi khác").click()
    expect(elsewhere.locator("tbody tr")).to_have_count(1)
    page.goto(f"{daklak.staff_url}tai-khoan/")
    expect(page.get_by_role("button", name="Đăng nhập")).to_be_visible()
