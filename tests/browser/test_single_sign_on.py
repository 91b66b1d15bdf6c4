"""Single sign-on from the account page to the next sign-in, by a pretended provider at another address."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.test_passkeys import look, newcomer, sign_out

pytestmark = pytest.mark.browser


def test_linked_used_and_unlinked(visit: Visit, daklak: DemoProvince) -> None:
    page = visit()
    _telephone, codes = newcomer(visit, page, daklak, "motlan")
    page.goto(f"{daklak.staff_url}tai-khoan/")
    page.get_by_role("link", name=re.compile("Nối.*Đăng nhập một lần")).click()
    page.get_by_label("Mã xác nhận").fill(codes[0])
    page.get_by_role("button", name="Xác nhận").click()
    look(page)
    page.get_by_role("link", name="Nối với SSO minh họa").click()
    expect(page.get_by_text("Đã nối. Lần sau")).to_be_visible()
    look(page)

    sign_out(page, daklak)
    look(page)
    page.get_by_role("link", name="Đăng nhập bằng SSO minh họa").click()
    page.get_by_label("Mã xác nhận").fill(codes[1])
    page.get_by_role("button", name="Xác nhận").click()
    page.wait_for_url(re.compile(r"/quan-tri/(tai-khoan/)?$"))

    page.goto(f"{daklak.staff_url}tai-khoan/sso/")
    page.get_by_label("Mã xác nhận").fill(codes[2])
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_role("button", name="Bỏ nối").click()
    expect(page.get_by_text("Đã bỏ nối, và đăng xuất các nơi khác.")).to_be_visible()
    sign_out(page, daklak)
    page.get_by_role("link", name="Đăng nhập bằng SSO minh họa").click()
    expect(page.get_by_text("chưa xác nhận được bạn")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Đến trang đăng nhập").click()
    expect(page.get_by_label("Mật khẩu")).to_be_visible()
