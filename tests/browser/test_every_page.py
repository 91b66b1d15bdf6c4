"""What must hold on every page that a visitor of the demonstration can reach."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import Demonstration, DemoProvince
from tests.browser.people import MARRIAGE, Applicant, Clerk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MARK = "DỮ LIỆU MINH HỌA"
NARROW = {"width": 320, "height": 640}
CITIZEN_PAGES = {
    "home": "",
    "search": "thu-tuc/?q=dang+ky+ket+hon",
    "no hits": "thu-tuc/?q=xyzxyz",
    "procedure": f"thu-tuc/{MARRIAGE}/",
    "look-up": "tra-cuu/",
    "progress": "ho-so/{code}/",
    "status": "h/{token}/",
    "other province": "ho-so/H19.08-261109-0001/",
    "error 404": "khong-co-trang-nay/",
    "telephone": "dev/dien-thoai/",
    "log-in": "quan-tri/",
}
STAFF_PAGES = ("", "dossiers/dossier/", "dossiers/dossier/add/")


def address(province: DemoProvince, path: str) -> str:
    token = province.sample["token_url"].removeprefix(f"{province.url}h/").strip("/")
    return province.url + path.format(code=province.sample["code"], token=token)


@pytest.mark.parametrize("path", CITIZEN_PAGES.values(), ids=CITIZEN_PAGES)
def test_page_says_that_its_data_are_invented(visit: Visit, daklak: DemoProvince, path: str) -> None:
    page = visit()
    page.goto(address(daklak, path))
    expect(page.get_by_text(MARK).first).to_be_visible()


def test_national_home_says_that_its_data_are_invented(visit: Visit, demo: Demonstration) -> None:
    page = visit()
    page.goto(demo.national_url)
    expect(page.get_by_text(MARK).first).to_be_visible()


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_staff_page_says_that_its_data_are_invented(clerk: Clerk, daklak: DemoProvince, path: str) -> None:
    clerk.page.goto(daklak.staff_url + path)
    expect(clerk.page.get_by_text(MARK).first).to_be_visible()


def test_dossier_on_the_desk_and_its_printed_slip_say_that_they_are_invented(clerk: Clerk) -> None:
    slip = clerk.receive(Applicant.someone())
    clerk.page.emulate_media(media="print")
    expect(clerk.page.locator(".slip").get_by_text(MARK)).to_be_visible()
    clerk.page.emulate_media(media="screen")
    clerk.open(slip)
    expect(clerk.page.get_by_text(MARK).first).to_be_visible()


@pytest.mark.parametrize("path", CITIZEN_PAGES.values(), ids=CITIZEN_PAGES)
def test_page_fits_the_narrowest_telephone(visit: Visit, daklak: DemoProvince, path: str) -> None:
    page = visit(phone=True, viewport=NARROW)
    page.goto(address(daklak, path))
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
