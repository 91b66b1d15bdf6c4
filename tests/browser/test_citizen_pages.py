"""What a citizen can do without an account, without JavaScript, on a narrow screen, in English."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import MARRIAGE, Citizen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

QUESTION = "Ông/bà cần làm gì hôm nay?"


def test_search_without_tone_marks_finds_marriage_first_and_its_page_tells_what_to_bring(
    visit: Visit, daklak: DemoProvince
) -> None:
    citizen = Citizen(visit(), daklak)
    citizen.search("dang ky ket hon")
    first = citizen.page.locator(".mc-res h3 a").first
    expect(first).to_have_text("Đăng ký kết hôn")

    first.click()
    expect(citizen.page).to_have_url(f"{daklak.url}thu-tuc/{MARRIAGE}/")
    expect(citizen.page.locator(".mc-facts dt")).to_have_text(["Thời hạn", "Lệ phí", "Nộp ở đâu", "Nhận gì"])
    expect(citizen.page.get_by_label("Tờ khai đăng ký kết hôn")).to_be_visible()


def test_everyday_word_finds_the_official_one(visit: Visit, daklak: DemoProvince) -> None:
    citizen = Citizen(visit(), daklak)
    citizen.search("sổ đỏ")
    first = citizen.page.locator(".mc-res h3 a").first
    expect(first).to_contain_text("quyền sử dụng đất")


def test_search_works_without_javascript(visit: Visit, daklak: DemoProvince) -> None:
    citizen = Citizen(visit(phone=True, java_script_enabled=False), daklak)
    citizen.search("dang ky ket hon")
    expect(citizen.page.locator(".mc-res h3 a").first).to_have_text("Đăng ký kết hôn")


def test_look_up_works_without_javascript(visit: Visit, daklak: DemoProvince) -> None:
    citizen = Citizen(visit(phone=True, java_script_enabled=False), daklak)
    citizen.look_up(daklak.sample["code"], daklak.sample["key"])
    expect(citizen.page).to_have_url(re.compile("/h/"))
    expect(citizen.page.locator(".mc-ans__date")).to_be_visible()


def test_english_is_switched_on_by_hand_and_stays(visit: Visit, daklak: DemoProvince) -> None:
    page = visit()
    page.goto(daklak.url)
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert_english(page)

    page.get_by_role("navigation").get_by_role("link").first.click()
    expect(page).to_have_url(f"{daklak.url}tra-cuu/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert_english(page)


def assert_english(page: Page) -> None:
    heading = page.get_by_role("heading", level=1).inner_text()
    assert heading
    assert heading.isascii(), heading


def test_browser_that_prefers_english_still_gets_vietnamese(visit: Visit, daklak: DemoProvince) -> None:
    page = visit(locale="en-US")
    page.goto(daklak.url)
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)
