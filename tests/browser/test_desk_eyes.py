"""The staff's pages, on a telephone and at a desk: axe finds nothing, and no page is wider than its window."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests import tables
from tests.browser import eyes
from tests.browser.conftest import DESK, PHONE
from tests.browser.demonstration import DemoProvince
from tests.browser.people import Clerk
from tests.browser.sights import REQUESTS

pytestmark = pytest.mark.browser

MOST_BYTES = 350_000
# Boxes of icons whose name is not one of the font's: they would show the beginning of a word.
_NO_ICON = """() => [...document.querySelectorAll('.material-symbols-outlined')].filter(one => one.checkVisibility()
    && one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.trim())"""
_IN_SIGHT = """() => [...document.querySelectorAll('#result_list .data-row')].filter(row => {
    const rim = row.getBoundingClientRect()
    return rim.top >= 0 && rim.bottom <= innerHeight && row.contains(document.elementFromPoint(rim.x + 40, rim.bottom - 4))
}).length"""
PAGES = tables.read(__file__, "desk_pages.yaml")
Seen = Callable[[str], dict[int, list[str]]]


@pytest.fixture(scope="module")
def page(chromium: Browser, signed_in: StorageState) -> Iterator[Page]:
    context = chromium.new_context(storage_state=signed_in, locale="vi-VN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def seen(page: Page, demo: object) -> Seen:
    """What axe and the eye found on a page, by the width of the window: one visit for each page."""
    daklak: DemoProvince = demo.province("daklak")  # type: ignore[attr-defined]

    @cache
    def look(name: str) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        address = f"{daklak.staff_url}{PAGES[name]}"
        if name == "dossier":
            page.goto(f"{daklak.staff_url}{PAGES['dossiers']}")
            href = page.locator("#result_list a[href*='/change/']").first.get_attribute("href")
            address = page.evaluate("path => new URL(path, location.href).href", href)
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            found[size["width"]] = [*eyes.violations(page), *eyes.too_wide(page), *page.evaluate(_NO_ICON)]
        return found

    return look


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_staff_page(seen: Seen, name: str) -> None:
    assert seen(name) == {PHONE["width"]: [], DESK["width"]: []}


def test_eight_dossiers_are_in_sight_in_a_small_window(clerk: Clerk) -> None:
    clerk.page.set_viewport_size({"width": 1280, "height": 720})
    clerk.page.goto(f"{clerk.province.staff_url}dossiers/dossier/")
    assert clerk.page.evaluate(_IN_SIGHT) >= 8


def test_the_first_page_of_the_desk_is_light_and_a_key_leads_to_the_queue(clerk: Clerk) -> None:
    page = clerk.page
    page.goto(clerk.province.staff_url, wait_until="networkidle")
    assert 0 < sum(size for _kind, size in page.evaluate(REQUESTS)) <= MOST_BYTES
    page.keyboard.press("Shift+F7")
    expect(page.locator("#queue")).to_be_focused()
