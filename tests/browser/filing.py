"""A citizen who files a birth registration from the telephone, page after page as each leads on."""

import io
import re
import time

from PIL import Image
from playwright.sync_api import Page

from tests.browser.demonstration import DemoProvince

BIRTH = "1.001193"
ZALO = (
    "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0 "
    "Mobile Safari/537.36 Zalo android/12110613 ZaloTheme/light ZaloLanguage/vi"
)
BEFORE = ("Ở Việt Nam", "Chưa", "Phải", "Có mẹ, hoặc có cả cha và mẹ")
"""Answers before the form that lead into it."""
CHOSEN = {
    "nguoi-nop": ("Cho chính mình",),
    "quan-he": ("Mẹ",),
    "gioi-tinh-chau": ("Con gái",),
    "ghi-cha": ("Không",),
    "loai-chung-sinh": ("Có bản giấy",),
    "mang-thai-ho": ("Không",),
    "xin-ban-sao": ("Không",),
    "nhan-ket-qua": ("Tại nơi tiếp nhận", "Có"),
}
TYPED = (
    ("-born-nam", "1994"),
    ("-ngay", "12"),
    ("-thang", "3"),
    ("-nam", "2026"),
    ("-id_number", "066194000001"),
    ("-province", "Đắk Lắk"),
    ("-commune", "phường Buôn Ma Thuột"),
    ("", "Minh Họa"),
)
"""What is typed into a box, by the end of its name."""
PATIENCE_SECONDS = 20


class Filer:
    """One with this telephone in the hand, at the pages of one draft."""

    def __init__(self, page: Page, province: DemoProvince, number: str) -> None:
        self.page, self.province, self.number = page, province, number

    @property
    def place(self) -> str:
        """The code of the page where one stands."""
        return self.page.url.partition("?")[0].rstrip("/").rpartition("/")[2]

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=name).first.click()

    def to_telephone(self) -> None:
        """From the start through the questions before the form."""
        self.page.goto(f"{self.province.url}nop/{BIRTH}/")
        self.follow("Bắt đầu")
        for answer in BEFORE:
            self.page.get_by_label(answer, exact=True).check()
            self.press("Tiếp tục")

    def to_code(self) -> None:
        self.to_telephone()
        self.page.get_by_label("Số điện thoại di động").fill(self.number)
        self.press("Gửi mã xác nhận")

    def begin(self) -> None:
        """To the first page of a draft."""
        self.to_code()
        self.type_code()

    def type_code(self, known: str = "") -> str:
        code = self.code_on_telephone(other_than=known)
        self.page.get_by_label("Mã xác nhận").fill(code)
        self.press("Xác nhận")
        return code

    def code_on_telephone(self, other_than: str = "") -> str:
        """The digits in the newest message, once they have come."""
        browser = self.page.context.browser
        assert browser is not None
        # Another device: what the telephone keeps is not in the browser that files.
        telephone = browser.new_page()
        end = time.monotonic() + PATIENCE_SECONDS
        try:
            while True:
                telephone.goto(f"{self.province.telephone_url}?so={self.number}")
                words = telephone.locator("body").inner_text()
                codes = [code for code in re.findall(r"\b[0-9]{6}\b", words) if code != other_than]
                if codes:
                    return str(codes[0])
                assert time.monotonic() < end, words
                telephone.wait_for_timeout(200)
        finally:
            telephone.close()

    def fill_page(self, photographs: int = 0) -> None:
        """Answer what this page asks, send so many photographs to it, and go on."""
        for _photograph in range(photographs):
            self.send_photograph()
        for answer in CHOSEN.get(self.place, ()):
            self.page.get_by_label(answer, exact=True).check()
        for choice in self.page.locator("main select").all():
            if not choice.input_value():
                choice.select_option(index=1)
        for box in self.page.locator("main form input[type=text]").all():
            name = box.get_attribute("name") or ""
            box.fill(next(text for end, text in TYPED if name.endswith(end)))
        self.press("Tiếp tục")

    def send_photograph(self) -> None:
        self.page.locator("main input[type=file]").first.set_input_files(
            {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
        )
        self.page.locator("main button:disabled").first.wait_for(state="detached")
        self.press("Gửi ảnh này")

    def fill_all(self, photographs: dict[str, int] | None = None) -> None:
        """All pages up to the check of the answers; `photographs` by page."""
        wanted = photographs or {"anh-chung-sinh": 1}
        while self.place != "kiem-tra":
            before = self.place
            if before == "muc-luc":
                self.follow("Điền tiếp")
            else:
                self.fill_page(wanted.get(before, 0))
            assert self.place != before, (before, self.page.locator("main").inner_text())

    def file(self) -> None:
        self.follow("Đúng rồi, tiếp tục")
        self.page.get_by_role("checkbox").check()
        self.press("Nộp hồ sơ")


_taken = 0


def photograph() -> bytes:
    """A photograph as a telephone takes it, each another one: the same paper sent twice is kept once."""
    global _taken
    _taken += 1
    file = io.BytesIO()
    Image.new("RGB", (1200, 1600), (200, 200, _taken % 256)).save(file, "JPEG", quality=90)
    return file.getvalue()
