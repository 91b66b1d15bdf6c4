"""Every task of a citizen, by the keys alone and without scripts, in Vietnamese and in English.

`make test` has one reader do each task, the next task by the next reader.
The last story uses up the budget for guesses of Đồng Nai, so it stays the last.
"""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dossiers.lookup import limited_lookup
from tests.browser.conftest import WALK, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.hands import Hands, Keys, somebody
from tests.browser.people import Applicant, Clerk
from tests.browser.places import NEVER_ISSUED, World
from tests.deep import share

pytestmark = [pytest.mark.browser, pytest.mark.sampled]

PERMIT = "1.013225"
OWNER = "Lê Thị Minh Họa"
WRONG_KEY = "BBBBBB"
READERS = (
    [("keys", "vi"), ("no script", "en"), ("keys", "en"), ("no script", "vi")]
    if WALK
    else [("keys", "vi"), ("no script", "en")]
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "reader" in metafunc.fixturenames:
        turn = list(vars(metafunc.module)).index(metafunc.function.__name__)
        readers = READERS if WALK else share(READERS, turn, len(READERS))
        metafunc.parametrize("reader", readers, ids=["-".join(one) for one in readers], indirect=True)


@pytest.fixture
def reader(request: pytest.FixtureRequest, visit: Visit) -> Hands:
    way, language = request.param
    return somebody(visit, way, language)


def look_up(reader: Hands, province: DemoProvince, code: str, key: str = "") -> None:
    reader.open(f"{province.url}tra-cuu/")
    reader.fill("Mã hồ sơ", code)
    reader.fill("Mã tra cứu", key)
    reader.press(reader.button("Xem hồ sơ"))


def shows_details(reader: Hands) -> None:
    expect(reader.page).to_have_url(re.compile(r"/h/[\w-]{20,}/(\?lang=en)?$"))
    reader.expects(OWNER)
    expect(reader.page.locator(".mc-ans__date")).to_be_visible()


def shows_progress_only(reader: Hands, code: str) -> None:
    expect(reader.page).to_have_url(re.compile(rf"/ho-so/{re.escape(code)}/"))
    reader.expects("Đã tiếp nhận")
    expect(reader.page.get_by_text(OWNER)).to_have_count(0)


def refuses_the_key(reader: Hands) -> None:
    reader.expects("Mã tra cứu chưa đúng. Xin xem 6 ký tự in dưới mã QR của giấy hẹn.")
    reader.expects("Đã tiếp nhận")
    expect(reader.page.get_by_text(OWNER)).to_have_count(0)


# --- Looking up


def test_permit_by_code_alone_then_with_its_key(reader, daklak, visit, signed_in):
    slip = Clerk(visit(storage_state=signed_in), daklak).receive(Applicant.someone(OWNER), PERMIT)
    look_up(reader, daklak, slip.code)
    shows_progress_only(reader, slip.code)
    reader.fill("Mã tra cứu", slip.key)
    reader.press(reader.button("Xem chi tiết"))
    shows_details(reader)


def test_permit_with_a_lost_key(reader, daklak, visit, signed_in):
    """The page says where to go; the desk looks at a paper and gives a new key; the old one opens nothing."""
    clerk = Clerk(visit(storage_state=signed_in), daklak)
    old = clerk.receive(Applicant.someone(OWNER), PERMIT)
    look_up(reader, daklak, old.code)
    reader.press(reader.page.locator("summary", has_text=reader.said("Mất giấy hẹn?")))
    expect(reader.page.locator("details[open]")).to_contain_text("0262 000 0000")

    new = clerk.replace(old, "Căn cước")
    assert new.key != old.key
    look_up(reader, daklak, old.code, old.key)
    refuses_the_key(reader)
    look_up(reader, daklak, new.code, new.key)
    shows_details(reader)


def test_complaint_with_its_key_and_nothing_without(reader, daklak, world):
    complaint = world.slips["complaint"]
    look_up(reader, daklak, complaint["code"], complaint["key"])
    expect(reader.page).to_have_url(re.compile("/h/"))
    reader.expects("Đơn đang ở bước nào")

    def refusal(code: str) -> str:
        look_up(reader, daklak, code)
        expect(reader.page.get_by_role("alert")).to_be_visible()
        return reader.page.locator("main").inner_text().replace(code, "…")

    assert refusal(complaint["code"]) == refusal(NEVER_ISSUED)


def test_mistakes_are_named_beside_the_field_and_what_was_typed_stays(reader, daklak):
    look_up(reader, daklak, "abc")
    summary = reader.page.get_by_role("alert")
    reader.press(summary.get_by_role("link"))
    expect(reader.field("Mã hồ sơ")).to_be_focused()
    expect(reader.field("Mã hồ sơ")).to_have_value("abc")


# --- Finding, reading, telling


def test_search_for_so_do_filter_and_read(reader: Hands, daklak: DemoProvince) -> None:
    reader.open(daklak.url)
    reader.fill("Tìm thủ tục", "sổ đỏ")
    reader.press(reader.button("Tìm"))
    first = reader.page.locator(".mc-res h3 a").first
    expect(first).to_contain_text(re.compile(r"quyền\s+sử\s+dụng\s+đất|land use right"))

    reader.choose("Cách nộp", 1)
    reader.press(reader.button("Lọc"))
    expect(reader.page).to_have_url(re.compile("cach-nop=[^&]"))
    expect(reader.field("Tìm thủ tục")).to_have_value("sổ đỏ")
    reader.press(reader.page.locator(".mc-res h3 a").first)
    expect(reader.page.locator(".mc-facts dt")).to_have_count(4)


def test_a_search_without_hits_leads_on(reader: Hands, daklak: DemoProvince) -> None:
    reader.open(f"{daklak.url}thu-tuc/?q=xyzxyz")
    reader.press(reader.page.locator(".mc-rows a").first)
    expect(reader.page.locator(".mc-res h3 a").first).to_be_visible()


def test_feedback_is_sent_and_looked_up(reader: Hands, daklak: DemoProvince) -> None:
    reader.open(f"{daklak.url}phan-anh/")
    reader.press(reader.button("Gửi"))
    expect(reader.page.get_by_role("alert")).to_be_visible()
    reader.choose("Ông/bà phản ánh về việc gì?", 1)
    reader.fill("Nội dung", "Bảng giá dán ở quầy khó đọc (minh họa).")
    reader.press(reader.button("Gửi"))
    reader.expects("Chúng tôi đã nhận phản ánh của ông/bà")
    code, key = reader.page.locator(".mc-ans__place").all_inner_texts()

    reader.open(f"{daklak.url}phan-anh/tra-loi/")
    reader.fill("Mã phản ánh", code)
    reader.fill("Mã tra cứu", key)
    reader.press(reader.page.locator("main form button").first)
    reader.expects("Đang xem xét")


def test_an_announcement_is_reached_from_the_band_on_top(reader: Hands, daklak: DemoProvince) -> None:
    reader.open(f"{daklak.url}tra-cuu/")
    reader.press(reader.page.locator(".mc-alert__link").first)
    expect(reader.page).to_have_url(re.compile(r"/thong-bao/\d+/$"))
    reader.expects("Áp dụng cho")


def test_figures_of_a_year_are_taken_away(reader: Hands, daklak: DemoProvince, tmp_path: Path) -> None:
    reader.open(f"{daklak.url}minh-bach/")
    years = reader.page.locator("optgroup").last.locator("option").first
    reader.choose("Thời gian", int(years.evaluate("one => one.index")))
    reader.press(reader.button("Xem"))
    expect(reader.page).to_have_url(re.compile("ky="))
    with reader.page.expect_download() as taken:
        reader.press(reader.page.locator("a[href^='/minh-bach.csv']"))
    assert re.fullmatch(r"minh-bach-daklak-\d{4}\.csv", taken.value.suggested_filename)
    taken.value.save_as(tmp_path / "figures.csv")
    rows = list(csv.DictReader((tmp_path / "figures.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) > 10

    with reader.page.expect_navigation() as came:
        reader.press(reader.page.locator("a[href^='/minh-bach.json']"))
    assert json.loads(came.value.text())["province"]


# --- On the page of a dossier


def test_a_dossier_is_shared_and_the_share_is_taken_back(reader: Hands, world: World, visit: Visit) -> None:
    reader.open(world.slips["in_progress"]["token_url"])
    reader.press(reader.link("Gửi trang này cho người thân"))
    reader.press(reader.page.locator("form:has([value=tao]) button"))
    address = reader.page.locator("textarea").first.input_value()
    relative = visit(phone=True)
    relative.goto(address)
    expect(relative.locator(".mc-ans")).to_be_visible()
    expect(relative.get_by_role("link", name="Gửi trang này cho người thân")).to_have_count(0)

    reader.press(reader.button("Thu hồi liên kết này"))
    reader.expects("Đã thu hồi. Liên kết ấy không mở được nữa.")
    gone = relative.reload()
    assert gone is not None
    assert gone.status == 404


def test_a_link_code_is_shown(reader: Hands, world: World) -> None:
    reader.open(world.slips["received"]["token_url"])
    reader.press(reader.page.locator("form[action$='/nhan-tin/'] button"))
    expect(reader.page.locator(".mc-ans__date")).to_have_text(re.compile(r"^[B-V2-9]{3}\s[B-V2-9]{3}$"))


def test_notices_are_seen(reader: Hands, world: World) -> None:
    reader.open(world.slips["in_progress"]["token_url"])
    reader.press(reader.link("Xem tin báo gửi đến đâu, thôi nhận hoặc nhận lại"))
    reader.expects("Tin báo về hồ sơ")


def test_a_result_is_rated_with_one_press(reader: Hands, world: World, request: Any) -> None:
    number = READERS.index(request.node.callspec.params["reader"])
    reader.open(world.slips[f"rated {number}"]["token_url"])
    reader.press(reader.button("Hài lòng"))
    reader.expects("Cảm ơn ông/bà đã đánh giá.")


def test_history_unfolds(reader: Hands, world: World) -> None:
    reader.open(world.slips["returned"]["token_url"])
    reader.press(reader.page.locator("summary").nth(1))
    expect(reader.page.locator(".mc-history li").first).to_be_visible()


def test_the_first_key_leads_past_the_head(visit: Visit, daklak: DemoProvince) -> None:
    keys = Keys(visit(), "vi")
    keys.open(daklak.url)
    keys.page.keyboard.press("Tab")
    skip = keys.page.locator(".govuk-skip-link")
    expect(skip).to_be_focused()
    keys.page.keyboard.press("Enter")
    keys.page.keyboard.press("Tab")
    assert keys.page.evaluate("document.activeElement.closest('main') !== null")


# --- Guessing

# The form on the page, sent once for each code; the page stays.
_SEND_EACH = """async codes => {
    const form = document.querySelector('main form[method=post]'), typed = new FormData(form), seen = []
    for (const code of codes) {
        typed.set('code', code)
        seen.push((await fetch(form.action, {method: 'POST', body: new URLSearchParams(typed)})).status)
    }
    return seen
}"""


def test_guessing_stops_and_harms_nobody_with_a_slip(visit: Visit, dongnai: DemoProvince) -> None:
    guesser = Hands(visit(phone=True))
    sample = dongnai.sample
    for _guess in range(limited_lookup.PER_CODE_HERE):
        look_up(guesser, dongnai, sample["code"], WRONG_KEY)
    look_up(guesser, dongnai, sample["code"], sample["key"])
    expect(guesser.page.get_by_role("heading", level=1)).to_have_text("Ông/bà đã thử nhiều lần")
    look_up(guesser, dongnai, sample["code"])
    expect(guesser.page).to_have_url(re.compile("/ho-so/"))

    others = [f"H19.08-200102-{guess:04d}" for guess in range(limited_lookup.PER_ADDRESS)]
    guesser.open(f"{dongnai.url}tra-cuu/")
    assert guesser.page.evaluate(_SEND_EACH, others) == [200] * len(others)
    look_up(guesser, dongnai, sample["code"])
    expect(guesser.page.get_by_role("heading", level=1)).to_have_text("Ông/bà đã thử nhiều lần")
    expect(guesser.page.locator("main a[href^='tel:']").first).to_be_visible()

    foreigner = Hands(visit(phone=True), "en")
    look_up(foreigner, dongnai, sample["code"])
    foreigner.expects("Ông/bà đã thử nhiều lần")
    foreigner.open(sample["token_url"])
    expect(foreigner.page.locator(".mc-ans")).to_be_visible()
