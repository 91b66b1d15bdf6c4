"""What a citizen does from home: dossiers that the device keeps, and notices started with a code from the telephone."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.places import World

pytestmark = pytest.mark.browser

KEEP, LIST = "Nhớ hồ sơ này trên máy này", "ho-so-cua-toi/"


def keep(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=KEEP).click()
    expect(page.get_by_text("Máy này đang nhớ hồ sơ này.")).to_be_visible()


def stored(page: Page) -> dict[str, str]:
    found: dict[str, str] = page.evaluate("({...localStorage})")
    return found


def test_a_device_keeps_codes_and_names_alone_and_tells_nobody(visit: Visit, world: World) -> None:
    page = visit(phone=True)
    first, second = world.slips["in_progress"], world.slips["done"]
    page.goto(first["token_url"])
    assert stored(page) == {}
    page.goto(world.url(LIST))
    expect(page.get_by_text("Máy này chưa nhớ hồ sơ nào.")).to_be_visible()

    keep(page, first["token_url"])
    name = page.get_by_role("heading", level=1).inner_text().replace("\N{NO-BREAK SPACE}", " ")
    keep(page, world.url(f"ho-so/{second['code']}/"))
    (kept,) = stored(page).values()
    assert json.loads(kept) == [{"code": second["code"], "name": ""}, {"code": first["code"], "name": name}]

    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.post_data}"))
    page.goto(world.url(LIST))
    rows = page.locator("[data-rows] li")
    expect(rows).to_have_count(2)
    assert asked
    assert not [one for one in asked if first["code"] in one or second["code"] in one]

    rows.filter(has_text=first["code"]).get_by_role("link").click()
    expect(page.locator("#id_code")).to_have_value(first["code"])
    page.go_back()
    rows.filter(has_text=second["code"]).get_by_role("button").click()
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("Đã bỏ khỏi máy này")
    page.get_by_role("button", name="Bỏ tất cả khỏi máy này").click()
    expect(page.get_by_text("Máy này chưa nhớ hồ sơ nào.")).to_be_visible()
    assert stored(page) == {}


def test_what_is_kept_is_shown_as_text(visit: Visit, world: World) -> None:
    """Whoever writes into the storage of this device writes into no page."""
    page = visit()
    page.goto(world.url(LIST))
    good = {"code": "H15-1234", "name": "<img src=x onerror=alert(1)>"}
    draft = {"code": f"/nop/ban-nhap/{'a' * 40}:b:c/", "name": "Đăng ký thử"}
    strange = [
        {"code": "javascript:1"},
        {"code": "/nop/ban-nhap/../../dang-xuat/"},
        7,
        None,
        {"code": {"toString": 1}},
    ]
    kept = [*strange, good, draft]
    page.evaluate("kept => localStorage.setItem('mot-cua.ho-so', JSON.stringify(kept))", kept)
    page.reload()
    rows = page.locator("[data-rows] li")
    expect(rows).to_have_text([re.compile("<img src=x"), re.compile("Đăng ký thử.*đang điền")])
    expect(rows.last.get_by_role("link")).to_have_attribute("href", draft["code"])
    assert json.loads(stored(page)["mot-cua.ho-so"]) == kept
    for broken in ("{", {"code": "H15-1234"}):
        page.evaluate("kept => localStorage.setItem('mot-cua.ho-so', JSON.stringify(kept))", broken)
        page.reload()
        expect(page.get_by_text("Máy này chưa nhớ hồ sơ nào.")).to_be_visible()


def test_without_a_script_nothing_is_offered_and_the_list_says_how_to_look_up(visit, world):
    page = visit(java_script_enabled=False)
    page.goto(world.slips["in_progress"]["token_url"])
    expect(page.get_by_role("button", name=KEEP)).to_have_count(0)
    page.goto(world.url(LIST))
    expect(page.get_by_text("Ông/bà vẫn tra cứu từng hồ sơ")).to_be_visible()
    page.locator("main").get_by_role("link", name="Tra cứu hồ sơ", exact=True).click()
    expect(page.locator("#id_code")).to_be_visible()


def test_a_complaint_is_not_kept(visit: Visit, world: World) -> None:
    page = visit()
    page.goto(world.slips["complaint"]["token_url"])
    expect(page.get_by_role("button", name=KEEP)).to_have_count(0)


def test_a_shared_link_goes_to_the_menu_of_the_device(visit: Visit, world: World) -> None:
    page = visit(phone=True)
    page.add_init_script("navigator.share = async (what) => { window.shared = what.url; }")
    page.goto(f"{world.slips['done']['token_url']}chia-se/")
    page.locator("form:has([value=tao]) button").click()
    page.get_by_role("button", name="Gửi bằng ứng dụng khác").first.click()
    assert page.evaluate("window.shared") == page.locator("textarea").first.input_value()


def test_notices_start_with_a_code_from_the_telephone(visit: Visit, world: World) -> None:
    slip = world.slips["silent"]
    page, telephone = visit(phone=True), visit()
    page.goto(f"{slip['token_url']}tin-bao/")
    page.get_by_role("link", name="Bật tin báo").click()
    page.get_by_role("button", name="Gửi mã xác nhận").click()
    field = page.get_by_label("Mã xác nhận")
    expect(field).to_be_visible()
    telephone.goto(world.url(f"dev/dien-thoai/?so={slip['phone']}"))
    message = telephone.get_by_text(re.compile(r"Mã xác nhận: \d{6}")).first
    for _look in range(20):
        if message.count():
            break
        telephone.wait_for_timeout(500)
        telephone.reload()
    found = re.search(r"\d{6}", message.inner_text())
    assert found
    field.fill(found[0])
    page.get_by_role("button", name="Xác nhận và bật tin báo").click()
    expect(page.get_by_text("Đã bật tin báo")).to_be_visible()
