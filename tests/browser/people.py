"""What clerks and citizens do in their browsers, in their words. No checks of its own: the stories check."""

import io
import re
from dataclasses import dataclass
from itertools import count

import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, Response

from tests.browser.demonstration import DemoProvince

MARRIAGE = "1.000894"
_numbers = count(1)


@dataclass(frozen=True)
class Applicant:
    """Somebody invented, with a telephone of their own."""

    name: str
    phone: str

    @classmethod
    def someone(cls, name: str = "Nguyễn Thị Minh Họa") -> "Applicant":
        """Nobody shares a telephone with another story."""
        return cls(name, f"0901{next(_numbers):06d}")


@dataclass(frozen=True)
class Slip:
    """What the printed slip says, and where the desk keeps the dossier."""

    code: str
    key: str
    token_url: str
    address: str
    desk_url: str

    @property
    def qr_url(self) -> str:
        return self.desk_url.replace("/change/", "/qr.png")


class Clerk:
    """Somebody at the counter, in one tab."""

    def __init__(self, page: Page, province: DemoProvince) -> None:
        self.page = page
        self.province = province
        # The slip prints itself and goes on; here it stays to be read.
        page.add_init_script("window.print = () => undefined")

    def log_in(self, role: str = "clerk") -> None:
        name, password = self.province.log_ins[role]
        self.page.goto(self.province.staff_url)
        self.page.get_by_label("Tên đăng nhập").fill(name)
        self.page.get_by_label("Mật khẩu").fill(password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        self.page.wait_for_url(re.compile(r"/quan-tri/(dossiers/.*)?$"))

    def new_tab(self) -> "Clerk":
        return Clerk(self.page.context.new_page(), self.province)

    def fill_in(self, applicant: Applicant, procedure: str = MARRIAGE, papers: str = "Tờ khai") -> None:
        self.page.goto(f"{self.province.staff_url}dossiers/dossier/add/")
        self.page.locator("[name=procedure]").fill(procedure)
        self.page.locator("[name=procedure]").press("Enter")
        self.page.locator("[data-part=promise] [data-code]").wait_for()
        if self.page.locator("[data-asks-competent]").count():
            settles = self.page.locator("[name=competent_agency]")
            settles.select_option(label=settles.locator("option", has_text="UBND xã").first.inner_text())
        self.page.locator("[name=owner_name]").fill(applicant.name)
        self.page.locator("[name=owner_phone]").fill(applicant.phone)
        self.page.get_by_text("Giấy tờ khác, bản quét").click()
        self.page.locator("[name=documents]").fill(papers)
        self.consent.check()

    @property
    def consent(self) -> Locator:
        return self.page.locator("[name=consents][value=mock]")

    def receive(self, applicant: Applicant, procedure: str = MARRIAGE, papers: str = "Tờ khai") -> Slip:
        """From the empty form to the slip, which is shown afterwards."""
        self.fill_in(applicant, procedure, papers)
        return self.finish_intake()

    def finish_intake(self) -> Slip:
        """Press the button of a filled-in form, and read the slip."""
        self.page.get_by_role("button", name="Tiếp nhận và in giấy hẹn").click()
        self.page.wait_for_url("**/giay-hen/**")
        return self.read_slip()

    def read_slip(self) -> Slip:
        return Slip(
            code=self.page.locator(".slip__code strong").inner_text(),
            key=self.page.locator(".slip__qr strong").inner_text(),
            token_url=str(self.page.get_by_role("link", name="Trang của người dân").get_attribute("href")),
            address=self.page.url.partition("?")[0],
            desk_url=self.page.url.partition("?")[0].replace("/giay-hen/", "/change/"),
        )

    def replace(self, slip: Slip, paper: str) -> Slip:
        """A new slip for a lost one, after a look at an identity paper."""
        self.page.goto(slip.desk_url.replace("/change/", "/cap-ma-moi/"))
        self.page.locator("[name=checked]").fill(paper)
        self.page.locator("main form button[type=submit], #main form button[type=submit]").first.click()
        self.page.wait_for_url("**/change/**")
        self.page.goto(slip.address)
        return self.read_slip()

    def open(self, slip: Slip) -> None:
        self.page.goto(slip.desk_url)

    def choose(self, step: str) -> None:
        """Press a step of the workflow, or an act beside it; its form opens."""
        link = self.page.get_by_role("link", name=step, exact=True)
        if not link.count():
            self.page.locator(".mc-others summary").click()
        link.first.click()
        self.page.get_by_role("button", name=step, exact=True).wait_for()

    def confirm(self, step: str) -> Response:
        """Press the form's button; the server's answer to it."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            self.page.get_by_role("button", name=step, exact=True).click()
        return answered.value


class Citizen:
    """Somebody with a slip, in a browser."""

    def __init__(self, page: Page, province: DemoProvince) -> None:
        self.page = page
        self.province = province

    def look_up(self, code: str, key: str = "") -> None:
        self.page.goto(f"{self.province.url}tra-cuu/")
        self.page.get_by_role("textbox", name="Mã hồ sơ").fill(code)
        self.page.get_by_role("textbox", name="Mã tra cứu").fill(key)
        self.page.get_by_role("button", name="Xem hồ sơ").click()

    def search(self, words: str) -> None:
        self.page.goto(self.province.url)
        self.page.get_by_label("Tìm thủ tục").fill(words)
        self.page.get_by_role("button", name="Tìm", exact=True).click()
        self.page.wait_for_url("**/thu-tuc/?*")


def codes_in(picture: bytes) -> set[str]:
    return {found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"))}
