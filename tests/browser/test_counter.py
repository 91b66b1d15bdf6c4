"""A clerk takes dossiers in without touching the mouse. People and numbers are invented."""

import io
import time
from dataclasses import dataclass, field

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, Route, StorageState, expect

from tests.browser.conftest import WALK, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import Applicant, Clerk

pytestmark = pytest.mark.browser

CARD = "066194003814|240000001|Nguyễn Thị Minh Họa|14031994|Nữ|12 Đường Minh Họa, Phường Tân Lập|20052021"
MOST_KEYS, MOST_SCANS, MOST_SECONDS = 14, 2, 60
A_KEY = 0.18 if WALK else 0.0
"""Seconds that a clerk takes for a key; a story that is only checked need not wait for them."""


@dataclass
class Keyboard:
    """Counts what is pressed and scanned beyond what must be typed anyway."""

    page: Page
    keys: int = 0
    scans: int = 0
    begun: float = field(default_factory=time.monotonic)

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key, delay=A_KEY * 1000)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text, delay=A_KEY * 1000)

    def scan(self, text: str) -> None:
        """A scanner types at once and ends with Enter."""
        self.scans += 1
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def focused(self, name: str) -> None:
        expect(self.page.locator(f"[name={name}]:focus")).to_have_count(1)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun


@pytest.fixture
def desk(visit: Visit, daklak: DemoProvince, signed_in: StorageState) -> Page:
    page = visit(storage_state=signed_in)
    # Printers at desks ask nothing: the page is told at once that it was printed.
    page.add_init_script("window.print = () => window.dispatchEvent(new Event('afterprint'))")
    page.goto(f"{daklak.staff_url}dossiers/dossier/hom-nay/")
    return page


def test_intake_by_keyboard_alone(desk: Page) -> None:
    clerk = Keyboard(desk)
    clerk.press("F2")
    clerk.focused("procedure")
    clerk.type("dkkh")
    clerk.press("Enter")
    # A marriage is a commune's, and this is the desk of the province.
    clerk.focused("competent_agency")
    clerk.type("UBND x")
    clerk.press("Enter")
    clerk.focused("owner_id_number")
    clerk.scan(CARD)
    clerk.focused("owner_phone")
    expect(desk.locator("[name=owner_name]")).to_have_value("Nguyễn Thị Minh Họa")
    expect(desk.locator(".mc-promise__due")).to_be_visible()
    clerk.type("0905123217")
    clerk.press("Tab")
    clerk.press("Space")
    expect(desk.locator("[name=consents][value=mock]")).to_be_checked()
    clerk.press("F8")
    clerk.press("F9")
    desk.wait_for_url("**/add/")
    clerk.focused("procedure")
    code = desk.locator(".mc-note--ok strong").inner_text()
    clerk.press("F7")
    clerk.scan(code)
    desk.wait_for_url("**/change/")
    expect(desk.locator(".mc-idstrip__code")).to_contain_text(code)
    assert (clerk.keys <= MOST_KEYS, clerk.scans <= MOST_SCANS) == (True, True)
    assert clerk.seconds < MOST_SECONDS


def test_last_procedures_are_digits(desk: Page) -> None:
    clerk = Keyboard(desk)
    clerk.press("F2")
    clerk.focused("procedure")
    name = desk.locator(".mc-recent__one").first.get_attribute("data-name")
    clerk.press("1")
    clerk.press("Enter")
    expect(desk.locator("[data-picked-name]")).to_have_text(str(name))
    clerk.press("F4")
    clerk.focused("procedure")
    expect(desk.locator("[name=procedure]")).to_have_value("")


def test_a_digit_typed_before_the_script_has_come_counts(desk: Page) -> None:
    held: list[Route] = []
    desk.route("**/counter*.js", lambda route: held.append(route))
    desk.goto(desk.url.replace("hom-nay/", "add/"), wait_until="commit")
    clerk = Keyboard(desk)
    name = desk.locator(".mc-recent__one").first.get_attribute("data-name")
    # Chromium drops keys until a page is first painted, and nobody types into what is not seen yet.
    desk.wait_for_function("performance.getEntriesByType('paint').length > 0")
    box = desk.locator("[name=procedure]")
    box.focus()
    clerk.press("1")
    expect(box).to_have_value("1")
    held[0].continue_()
    expect(desk.locator(".mc-recent__one").first).to_be_visible()
    clerk.press("Enter")
    expect(desk.locator("[data-picked-name]")).to_have_text(str(name))


def test_what_was_typed_is_not_dropped_unasked(desk: Page) -> None:
    clerk = Keyboard(desk)
    clerk.press("F2")
    clerk.focused("procedure")
    desk.locator("[name=owner_name]").fill("Nguyễn Thị Minh Họa")
    desk.once("dialog", lambda dialog: dialog.dismiss())
    desk.get_by_role("link", name="Làm lại từ đầu").click()
    expect(desk.locator("[name=owner_name]")).to_have_value("Nguyễn Thị Minh Họa")


def test_what_the_counter_prints_is_one_receipt_with_both_codes(clerk: Clerk) -> None:
    """The sheet as a printer gets it, read by a camera and by the scanner of the desk."""
    slip = clerk.receive(Applicant.someone())
    clerk.page.goto(slip.address)
    pdf = pypdfium2.PdfDocument(io.BytesIO(clerk.page.pdf(prefer_css_page_size=True)))
    assert len(pdf) == 1
    sheet = pdf[0].render(scale=200 / 72).to_pil()
    read = {found.format: found.text for found in zxingcpp.read_barcodes(sheet)}
    wanted = {zxingcpp.BarcodeFormat.QRCode: slip.token_url, zxingcpp.BarcodeFormat.Code128: slip.code}
    assert read == wanted
    text = pdf[0].get_textpage().get_text_range()
    assert f"Số: {slip.code[-4:]}/TNHS" in text
    assert "tháng" in text.partition("GIẤY TIẾP NHẬN")[0]


def test_from_the_name_the_telephone_is_one_key_and_the_consent_the_next(desk, daklak):
    """At the usual desk screen all of it stands above the bar."""
    desk.set_viewport_size({"width": 1280, "height": 800})
    desk.goto(f"{daklak.staff_url}dossiers/dossier/add/")
    clerk = Keyboard(desk)
    clerk.type("dkkh")
    clerk.press("Enter")
    expect(desk.locator(".mc-promise__due")).to_be_visible()
    desk.locator("[name=owner_name]").focus()
    clerk.press("Tab")
    clerk.focused("owner_phone")
    clerk.press("Tab")
    clerk.focused("consents")
    bar = desk.locator(".mc-bar").bounding_box()
    consent = desk.locator("[name=consents][value=mock]").bounding_box()
    assert bar is not None
    assert consent is not None
    assert desk.evaluate("scrollY") == 0
    assert consent["y"] + consent["height"] < bar["y"]


def test_enter_takes_no_procedure_that_is_only_near(desk: Page, daklak: DemoProvince) -> None:
    desk.goto(f"{daklak.staff_url}dossiers/dossier/add/")
    clerk = Keyboard(desk)
    clerk.focused("procedure")
    address = "**/add/thu-tuc/?q=*"
    found = desk.evaluate("fetch('thu-tuc/?q=dkkh').then((answer) => answer.text())")
    near = found.replace("data-sure", "")
    desk.route(address, lambda route: route.fulfill(body=near))
    clerk.type("ket hom")
    expect(desk.locator("[role=option]").first).to_be_visible()
    chosen = desk.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(0)
    held: list[Route] = []
    desk.unroute(address)
    desk.route(address, lambda route: held.append(route))
    with desk.expect_request(address):
        clerk.press("Enter")
    clerk.press("ArrowDown")
    with desk.expect_response(address):
        held.pop().fulfill(body=near)
    expect(desk.locator("[data-picked]")).to_be_hidden()
    expect(chosen).to_have_count(1)
    desk.unroute(address)
    desk.route(address, lambda route: route.fulfill(body=near))
    clerk.press("Enter")
    expect(desk.locator("[data-picked]")).to_be_visible()
