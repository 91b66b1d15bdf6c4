"""A citizen who fills in a form from the telephone, page after page as each leads on."""

import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page

from tests import tables
from tests.browser.demonstration import DemoProvince
from tests.browser.hands import Keys

BIRTH, MARITAL = "1.001193", "1.004873"
ZALO = (
    "Mozilla/5.0 (Linux; Android 13; SM-A536E) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0 "
    "Mobile Safari/537.36 Zalo android/12110613 ZaloTheme/light ZaloLanguage/vi"
)


@dataclass(frozen=True)
class Form:
    """A form as it is filled in here: the answers before it that lead into it, and those chosen on its pages."""

    procedure: str
    before: Sequence[str]
    chosen: Mapping[str, Sequence[str]]
    photographs: Mapping[str, int]


FORMS = {
    BIRTH: Form(
        BIRTH,
        ("Sinh tại Việt Nam, cha mẹ là công dân Việt Nam, chưa đăng ký khai sinh lần nào",),
        {
            "quan-he": ("Mẹ",),
            "chau": ("Nữ",),
            "cha-me": ("Chưa xác định được cha, phần về cha để trống",),
            "loai-chung-sinh": ("Có bản giấy",),
            "nhan-ket-qua": ("Tại nơi tiếp nhận", "Có"),
        },
        {"anh-chung-sinh": 1},
    ),
    MARITAL: Form(
        MARITAL,
        ("Đăng ký kết hôn",),
        {
            "xin-cho": ("Cho chính tôi",),
            "tinh-trang": ("Chưa kết hôn với ai",),
            "da-cap": ("Không",),
        },
        {},
    ),
}
TYPED = tables.read(__file__, "typed.yaml")
"""What is typed into a box, by the end of its name."""
WARDS = {"daklak": "phường Buôn Ma Thuột", "dongnai": "phường Biên Hòa"}
"""The ward whose clerk the demonstration has."""
PATIENCE_SECONDS = 20


class Filer:
    """One with this telephone in the hand, at the pages of one draft. `look` is called at each page that they see."""

    def __init__(
        self,
        page: Page,
        province: DemoProvince,
        number: str,
        *,
        form: Form = FORMS[BIRTH],
        look: Callable[[Page], None] = lambda page: None,
    ) -> None:
        self.page, self.province, self.number, self.form, self._look = page, province, number, form, look
        self.known_codes: set[str] = set()

    def moved_to(self, page: Page) -> "Filer":
        """The same person at another page, of another browser."""
        moved = Filer(page, self.province, self.number, form=self.form, look=self._look)
        moved.known_codes = self.known_codes
        return moved

    @property
    def place(self) -> str:
        return self.page.url.partition("?")[0].rstrip("/").rpartition("/")[2]

    def open(self, address: str) -> None:
        self.page.goto(address)
        self._look(self.page)

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self._click(self.page.locator("main").get_by_role("button", name=name, exact=True).first)
        self._look(self.page)

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self._click(self.page.get_by_role("link", name=name).first)
        self._look(self.page)

    def choose(self, answer: str) -> None:
        self.page.get_by_label(answer, exact=True).check()

    def write(self, box: Locator, text: str) -> None:
        box.fill(text)

    def pick(self, box: Locator, name: str) -> None:
        """This name of a list."""
        box.select_option(name)

    def _click(self, target: Locator) -> None:
        target.click()

    def _choose_file(self, box: Locator, file: FilePayload) -> None:
        box.set_input_files(file)

    def to_telephone(self) -> None:
        """From the start through the questions before the form."""
        start = f"{self.province.url}nop/{self.form.procedure}/"
        if self.page.url != start:
            self.open(start)
        self.follow("Bắt đầu")
        for answer in self.form.before:
            self.choose(answer)
            self.press("Tiếp tục")

    def to_code(self) -> None:
        self.to_telephone()
        self.write(self.page.get_by_label("Số điện thoại di động"), self.number)
        self.press("Gửi mã xác nhận")

    def begin(self) -> None:
        """To the first page of a draft, with a code where one is asked for."""
        self.to_telephone()
        self.write(self.page.get_by_label("Số điện thoại di động"), self.number)
        if self.page.get_by_role("button", name="Gửi mã xác nhận").count():
            self.press("Gửi mã xác nhận")
            self.type_code()
        else:
            self.press("Tiếp tục")

    def type_code(self) -> None:
        self.write(self.page.get_by_label("Mã xác nhận"), self._new_code())
        self.press("Xác nhận")

    def _new_code(self) -> str:
        words = self.message_with(lambda found: self._codes_in(found) - self.known_codes)
        (code,) = self._codes_in(words) - self.known_codes
        self.known_codes.add(code)
        return code

    @staticmethod
    def _codes_in(words: str) -> set[str]:
        return set(re.findall(r"Mã xác nhận: ([0-9]{6})", words))

    def link_of(self, title: str) -> str:
        """Where the button of the newest message with this in its title leads."""
        browser = self.page.context.browser
        assert browser is not None
        telephone = browser.new_page()
        telephone.goto(f"{self.province.telephone_url}?so={self.number}")
        link = telephone.locator(".bubble").filter(has_text=title).first.get_by_role("link").first
        address = str(link.get_attribute("href"))
        telephone.close()
        return address

    def message_with(self, wanted: Callable[[str], object], seconds: float = PATIENCE_SECONDS) -> str:
        """What the messages on the telephone say, once they say what is wanted."""
        browser = self.page.context.browser
        assert browser is not None
        # Another device: what the telephone keeps is not in the browser that files.
        telephone = browser.new_page()
        end = time.monotonic() + seconds
        try:
            while True:
                telephone.goto(f"{self.province.telephone_url}?so={self.number}")
                words = "\n".join(telephone.locator(".bubble").all_inner_texts())
                if wanted(words):
                    return words
                assert time.monotonic() < end, words
                telephone.wait_for_timeout(200)
        finally:
            telephone.close()

    def fill_page(self, photographs: int = 0) -> None:
        """Answer what this page asks, send so many photographs to it, and go on."""
        for _photograph in range(photographs):
            self.send_photograph()
        for answer in self.form.chosen.get(self.place, ()):
            self.choose(answer)
        for choice in self.page.locator("main select").all():
            if not choice.input_value():
                self.pick(
                    choice, "kinh" if choice.locator("[value=kinh]").count() else WARDS[self.province.slug]
                )
        for box in self.page.locator("main form input[type=text]:visible").all():
            name = box.get_attribute("name") or ""
            self.write(box, next(text for end, text in TYPED if name.endswith(end)))
        self.press("Tiếp tục")

    def send_photograph(self) -> None:
        file: FilePayload = {"name": "anh.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
        box = self.page.locator("main input[type=file]").first
        has_script = self.page.evaluate("matchMedia('(scripting: enabled)').matches")
        # The browser's own words about the file stand there only where nobody else tells of it.
        assert (box.evaluate("box => box.offsetWidth") < 2) is has_script
        if has_script:
            # Chosen is sent.
            with self.page.expect_navigation():
                self._choose_file(box, file)
            assert self.page.get_by_role("button", name="Gửi ảnh này").count() == 0
        else:
            self._choose_file(box, file)
            self.press("Gửi ảnh này")
        self._look(self.page)

    def fill_all(self, photographs: Mapping[str, int] | None = None, *, until: str = "kiem-tra") -> None:
        """All pages up to the check of the answers, or another; `photographs` by page."""
        wanted = self.form.photographs if photographs is None else photographs
        while self.place != until:
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


class KeysFiler(Filer):
    """The same with Tab, Enter and Space, beside the letters that are typed; in a list with the arrow."""

    def __init__(self, page: Page, *others: Any, **options: Any) -> None:
        super().__init__(page, *others, **options)
        # One listener for good: with none before, a key may come before Chromium holds its dialogue back.
        page.on("filechooser", lambda opened: None)

    def choose(self, answer: str) -> None:
        """This answer, the first of its question: to the others the arrows lead."""
        self._go_to(self.page.get_by_label(answer, exact=True))
        self.page.keyboard.press("Space")

    def write(self, box: Locator, text: str) -> None:
        self._go_to(box)
        self.page.keyboard.type(text)

    def pick(self, box: Locator, name: str) -> None:
        self._go_to(box)
        while box.input_value() != name:
            self.page.keyboard.press("ArrowDown")

    def _click(self, target: Locator) -> None:
        self._go_to(target)
        self.page.keyboard.press("Enter")

    def _choose_file(self, box: Locator, file: FilePayload) -> None:
        self._go_to(box)
        with self.page.expect_file_chooser() as opened:
            self.page.keyboard.press("Space")
        opened.value.set_files(file)

    def _go_to(self, target: Locator) -> None:
        Keys(self.page).go_to(target)


_taken = 0


def photograph() -> bytes:
    """A photograph as a telephone takes it, each another one: the same paper sent twice is kept once."""
    global _taken
    _taken += 1
    file = io.BytesIO()
    paper = Image.new("RGB", (1200, 1600), (230, 230, 220))
    # Neighbouring shades may become the same JPEG: a line tells one from another.
    paper.paste((30, 30, 30), (100, 8 * _taken % 1500, 1100, 8 * _taken % 1500 + 40))
    paper.save(file, "JPEG", quality=90)
    return file.getvalue()
