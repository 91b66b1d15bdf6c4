"""The boxes about a person are filled from the identity card, on the device alone. The card and its person are invented."""

import io
from typing import Any

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.filing import ZALO, Filer, Form, photograph
from tests.browser.people import MARRIAGE, Applicant

pytestmark = pytest.mark.browser
COUPLE = Form(MARRIAGE, ("Phải", "Có", "Đã đủ", "Không"), {"nguoi-nop": ("Cho chính mình",)}, {})
NAME, BORN, NUMBER = "Nguyễn Thị Minh Họa", ("05", "06", "1994"), "075194000001"
ADDRESS = "Tổ 3, Phường Biên Hòa, Đồng Nai"
SCAN, PHOTOGRAPH = "Quét mã QR trên thẻ căn cước", "Chụp ảnh mã QR"
READER = "qr-reader"
NATIVE = f"""window.BarcodeDetector = class {{
  async detect() {{ return [{{ rawValue: "{NUMBER}||{NAME}|05061995|Nữ|{ADDRESS}|" }}]; }}
}}"""
"""A browser that reads codes itself: here of a woman whose number does not fit her year."""


def card(
    text: str = "|".join((NUMBER, "270000001", NAME, "".join(BORN), "Nữ", ADDRESS, "10012022")),
) -> bytes:
    """A photograph of a card, a little askew."""
    code = qrcode.make(text.encode(), box_size=6).get_image().convert("RGB")
    paper = Image.new("RGB", (1600, 1200), (190, 210, 205))
    paper.paste(code, (900, 260))
    file = io.BytesIO()
    paper.rotate(7, fillcolor=(90, 70, 50)).save(file, "JPEG", quality=80)
    return file.getvalue()


def at_first_person(visit: Visit, province: DemoProvince, **options: Any) -> Filer:
    filer = Filer(visit(phone=True, user_agent=ZALO), province, Applicant.someone().phone, form=COUPLE)
    if script := options.get("script"):
        filer.page.add_init_script(script)
    filer.begin()
    filer.fill_all(until="nguoi-thu-nhat")
    return filer


def take(page: Page, picture: bytes, button: str = SCAN) -> None:
    file: FilePayload = {"name": "the.jpg", "mimeType": "image/jpeg", "buffer": picture}
    with page.expect_file_chooser() as opened:
        page.get_by_role("button", name=button).click()
    opened.value.set_files(file)


def typed(page: Page) -> list[str]:
    """What stands in the boxes about the first person."""
    ends = ("name", "sex", "born-ngay", "born-thang", "born-nam", "id_number")
    values: list[str] = page.evaluate(
        "(names) => names.map((one) => document.querySelector(`[name=${names[0]}]`).form.elements[one].value)",
        [f"nguoi_thu_nhat-{end}" for end in ends],
    )
    return values


def test_a_photograph_of_the_card_fills_what_it_says_and_goes_nowhere(visit, dongnai):
    filer = at_first_person(visit, dongnai)
    page, status = filer.page, filer.page.locator("[data-filled]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.get_by_label("Họ, chữ đệm, tên").fill("Trần Minh Họa")

    assert asked == []
    for unreadable in (photograph(), card(f"12345||{NAME}|05061994|Nữ||")):
        take(page, unreadable)
        expect(status).to_contain_text("Chưa đọc được mã QR của thẻ.")
        assert typed(page) == ["Trần Minh Họa", "", "", "", "", ""]
    take(page, card())
    expect(status).to_contain_text("Đã điền theo thẻ căn cước.")
    assert typed(page) == [NAME, "nu", *BORN, NUMBER]
    assert [one for one in asked if READER not in one] == []
    assert len(asked) == 1

    page.get_by_label("Họ, chữ đệm, tên").fill("Nguyễn Thị Sửa")
    filer.press("Tiếp tục")
    expect(status).to_contain_text("Đã điền theo địa chỉ trên thẻ căn cước.")
    expect(page.locator("select")).to_have_value("phường Biên Hòa")
    expect(page.get_by_label("Số nhà, đường")).to_have_value("Tổ 3")
    filer.press("Tiếp tục")
    assert filer.place == "tinh-trang-thu-nhat"


def test_a_browser_that_reads_codes_needs_no_reader_and_what_it_read_is_checked(visit, dongnai):
    """Its camera cannot be opened: then it is asked for a photograph."""
    filer = at_first_person(visit, dongnai, script=NATIVE)
    page, status = filer.page, filer.page.locator("[data-filled]")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name=SCAN).click()
    expect(status).to_contain_text("Không mở được máy ảnh ở đây.")
    take(page, card(), PHOTOGRAPH)
    expect(status).to_contain_text("Đã điền theo thẻ căn cước.")
    assert asked == []
    filer.press("Tiếp tục")
    expect(page.get_by_role("alert")).to_contain_text("Số định danh này không phải của người sinh năm ấy.")
