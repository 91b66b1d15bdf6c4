"""The menu of the staff pages opens at every width, also by the keys, and the way out is always in sight."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.hands import Keys
from tests.browser.people import Clerk
from tests.deep import share

pytestmark = pytest.mark.browser

WIDTHS = (360, 412, 699, 700, 1279, 1280, 1281, 1600)
STANDS_OPEN_FROM = 1281


def entry(page: Page) -> Locator:
    """What only the whole menu leads to."""
    return page.locator("#nav-sidebar").get_by_role("link", name="Sổ theo dõi hồ sơ")


@pytest.mark.sampled
@pytest.mark.parametrize("width", share(WIDTHS, 1, 3))
def test_the_menu_opens_and_closes_at_every_width(clerk: Clerk, width: int) -> None:
    page = clerk.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(clerk.province.staff_url)
    expect(entry(page)).to_be_visible(visible=width >= STANDS_OPEN_FROM)
    toggle = page.locator("header").get_by_role("button", name="Trình đơn")
    for _press in range(2):
        before = entry(page).is_visible()
        if before and width < STANDS_OPEN_FROM:
            page.locator("#nav-sidebar").get_by_role("button", name="Đóng trình đơn").click()
        else:
            toggle.click()
        expect(entry(page)).to_be_visible(visible=not before)


@pytest.mark.sampled
@pytest.mark.parametrize("width", share(WIDTHS, 1, 3))
def test_name_and_way_out_are_in_sight(clerk: Clerk, width: int) -> None:
    page = clerk.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(clerk.province.staff_url)
    strip = page.locator(".mc-strip")
    for one in (strip.locator(".mc-strip__me a"), strip.get_by_role("button", name="Đăng xuất")):
        expect(one).to_be_in_viewport(ratio=1)
        assert one.evaluate(_ON_TOP), one
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [412, 1280])
def test_the_menu_is_reached_by_the_keys(clerk: Clerk, width: int) -> None:
    page = clerk.page
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(clerk.province.staff_url)
    keys = Keys(page)
    name = "Tất cả" if width == 1280 else "Trình đơn"
    opener = page.get_by_role("button", name=name, exact=True)
    keys.press(opener)
    expect(opener).to_have_attribute("aria-expanded", "true")
    keys.press(entry(page))
    page.wait_for_url("**loai=so-theo-doi")
    keys.press(page.get_by_role("button", name=name, exact=True))
    expect(entry(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry(page)).to_be_hidden()
    expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()


def test_out_is_one_press(visit: Visit, daklak: DemoProvince) -> None:
    leaving = Clerk(visit(), daklak)
    leaving.log_in()
    leaving.page.locator(".mc-strip").get_by_role("button", name="Đăng xuất").click()
    expect(leaving.page).to_have_url(re.compile("/login/"))


_ON_TOP = """one => {
    const rim = one.getBoundingClientRect()
    return one.contains(document.elementFromPoint(rim.x + rim.width / 2, rim.y + rim.height / 2))
}"""
