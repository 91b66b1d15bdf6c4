"""The staff's pages, on a telephone and at a desk: axe finds nothing, and no page is wider than its window."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser import eyes
from tests.browser.conftest import DESK, PHONE
from tests.browser.demonstration import DemoProvince

pytestmark = pytest.mark.browser

PAGES = {
    "today": "dossiers/dossier/hom-nay/",
    "counter": "dossiers/dossier/add/",
    "scan": "dossiers/dossier/quet/",
    "scan found": "dossiers/dossier/quet/?q=Minh+Hoa",
    "dossiers": "dossiers/dossier/",
    "overdue": "dossiers/dossier/?viec=qua-han",
    "dossier": "",
    "calls": "goi-dien/",
    "account": "tai-khoan/",
    "password": "password_change/",
}
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
            found[size["width"]] = [*eyes.violations(page), *eyes.too_wide(page)]
        return found

    return look


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_staff_page(seen: Seen, name: str) -> None:
    assert seen(name) == {PHONE["width"]: [], DESK["width"]: []}
