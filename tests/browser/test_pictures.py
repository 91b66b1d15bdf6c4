"""The picture of README, and those of the desk to look at. Collected by `make walk` only.

Their data are invented. What they show is what the other stories check.
"""

import pytest
from playwright.sync_api import Page

from tests.browser import eyes, pictures
from tests.browser.conftest import DESK, PHONE, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import MARRIAGE, Applicant, Clerk, Slip
from tests.browser.test_signing_in import invite, set_password

pytestmark = pytest.mark.browser

LAND = "1.013978"
PAPERS = "Đơn đăng ký đất đai theo mẫu\nBản vẽ thửa đất\nBản sao giấy tờ về quyền sử dụng đất"
SHARP = {"device_scale_factor": 2}
LISTS = {
    "people": "accounts/user/",
    "agencies": "organisation/agency/",
    "procedures": "procedures/procedure/?q=ket+hon",
    "messages": "messaging/message/",
    "log": "audit/auditentry/",
}


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """What stands on the screen, or the whole page, as reports/walk/<name>.png."""
    page.mouse.move(0, 0)
    pictures.save(pictures.opened(page.screenshot(full_page=whole)), pictures.ALBUM / f"{name}.png")


def handled_dossier(clerk: Clerk, applicant: Applicant) -> Slip:
    """Received and passed on, with both notices delivered; shown on the desk."""
    slip = clerk.receive(applicant, LAND, PAPERS)
    clerk.open(slip)
    clerk.choose("Chuyển xử lý")
    clerk.confirm("Chuyển xử lý")
    for _attempt in range(20):
        clerk.page.goto(f"{slip.desk_url}?tab=thong-bao")
        if clerk.page.locator(".mc-bubble", has_text="Đã đến").count() == 2:
            clerk.open(slip)
            return slip
    raise AssertionError("the notices were not delivered")


def test_telephone_beside_the_desk(visit, daklak, clerk, signed_in):
    slip = handled_dossier(clerk, Applicant.someone("Hoàng Văn Minh Họa"))
    hand = visit(phone=True, **SHARP, viewport={"width": 412, "height": 900})
    hand.goto(slip.token_url)
    desk = visit(**SHARP, viewport={"width": 1280, "height": 1120}, storage_state=signed_in)
    desk.goto(f"{daklak.staff_url}dossiers/dossier/")
    above_the_page_numbers = {"x": 0, "y": 0, "width": 1280, "height": 1040}
    window = desk.screenshot(clip=above_the_page_numbers)
    composed = pictures.compose(pictures.opened(hand.screenshot()), pictures.opened(window))
    pictures.save(composed, pictures.DOCUMENTS / "readme.png")


def test_setting_up_a_telephone(visit: Visit, daklak: DemoProvince) -> None:
    administrator = Clerk(visit(), daklak)
    administrator.log_in("administrator")
    page = visit()
    set_password(page, invite(administrator, "minhhoa", "Người Minh Họa"))
    page.goto(f"{daklak.staff_url}dang-nhap/ung-dung/")
    page.evaluate("document.activeElement.blur()")
    pictures.save(pictures.opened(page.screenshot()), pictures.DOCUMENTS / "sign-in-app.png")


def test_draft_of_a_procedure(visit: Visit, daklak: DemoProvince) -> None:
    """Written, read as citizens will, and sent once more after the session had ended."""
    administrator = Clerk(visit(), daklak)
    administrator.log_in("administrator")
    page = administrator.page
    page.goto(f"{daklak.staff_url}procedures/procedure/?q={MARRIAGE}")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.get_by_role("link", name="Soạn, xem trước, xin duyệt").click()
    editor = page.url
    page.locator("[name=mistakes]").fill("Quên mang ảnh (minh họa)")
    page.get_by_role("button", name="Ghi và xem như người dân").click()
    look(page, "draft-preview")
    page.goto(editor)
    look(page, "draft-editor")
    pictures.save(pictures.opened(page.screenshot()), pictures.DOCUMENTS / "desk-draft.png")
    look(page, "draft-difference", f"{editor}khac-nhau/")
    page.goto(editor)
    page.locator("[name=summary]").fill("Chữ gõ dở khi phiên hết (minh họa)")
    page.context.clear_cookies(name="phien")
    page.locator(".mc-bar").get_by_role("button", name="Ghi bản nháp").click()
    name, password = daklak.log_ins["administrator"]
    page.get_by_label("Tên đăng nhập").fill(name)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    look(page, "unsent-form")
    page.get_by_role("button", name="Gửi lại").click()
    assert page.locator("[name=summary]").input_value() == "Chữ gõ dở khi phiên hết (minh họa)"
    page.get_by_role("button", name="Bỏ bản nháp").click()


@pytest.mark.parametrize("name", LISTS)
def test_list_of_the_administrator(visit: Visit, daklak: DemoProvince, name: str) -> None:
    administrator = Clerk(visit(), daklak)
    administrator.log_in("administrator")
    look(administrator.page, f"list-{name}", f"{daklak.staff_url}{LISTS[name]}", whole=False)


def look(page: Page, name: str, address: str = "", *, whole: bool = True) -> None:
    """Pictures at both widths of a page, in which axe finds nothing and which no window cuts."""
    if address:
        page.goto(address)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        keep(page, f"{name}-{size['width']}", whole=whole)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert eyes.violations(page) == []
