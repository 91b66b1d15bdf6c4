"""Filing from the telephone, in Zalo's own browser, and coming back to it in another."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.filing import BIRTH, ZALO, Filer
from tests.browser.people import Applicant

pytestmark = pytest.mark.browser
PAPERS = {"anh-chung-sinh": 2, "anh-tuy-than": 1}


def test_a_birth_registration_with_three_photographs_is_filed_in_zalo(
    visit: Visit, daklak: DemoProvince
) -> None:
    filer = Filer(visit(phone=True, user_agent=ZALO), daklak, Applicant.someone().phone)
    page = filer.page
    page.goto(f"{daklak.url}thu-tuc/{BIRTH}/")
    filer.follow("Nộp hồ sơ tại đây")
    filer.begin()
    filer.fill_all(PAPERS)
    expect(page.locator("main")).to_contain_text("Kiểm tra câu trả lời")
    assert page.locator("main").inner_text().count("anh.jpg") == 3

    filer.file()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã nộp hồ sơ")
    code = page.locator(".mc-ans__code").first.inner_text()
    filer.follow("Xem hồ sơ đang ở đâu")
    expect(page).to_have_url(re.compile(r"/h/[\w-]{20,}/$"))
    expect(page.locator("main")).to_contain_text(code)
    assert page.context.cookies() == []


@pytest.mark.deep
def test_what_was_begun_in_zalo_goes_on_elsewhere_without_script(visit: Visit, daklak: DemoProvince) -> None:
    number = Applicant.someone().phone
    begun = Filer(visit(phone=True, user_agent=ZALO), daklak, number)
    begun.to_code()
    first = begun.type_code()
    begun.fill_page()

    elsewhere = Filer(visit(java_script_enabled=False), daklak, number)
    elsewhere.page.goto(begun.page.url)
    expect(elsewhere.page.get_by_role("heading", level=1)).to_have_text("Mở lại hồ sơ đang điền")
    elsewhere.press("Gửi mã xác nhận")
    elsewhere.type_code(known=first)
    expect(elsewhere.page.locator("main")).to_contain_text("Đã xong 1 trên")
    elsewhere.fill_all()
    elsewhere.file()
    expect(elsewhere.page.get_by_role("heading", level=1)).to_have_text("Đã nộp hồ sơ")
