"""The ten minutes of `docs/van-hanh/trinh-dien.md`, step by step. People are invented."""

import os
import re
import signal

import pytest
from playwright.sync_api import expect

from tests.browser import third_province
from tests.browser.conftest import Visit
from tests.browser.demonstration import PROJECT, Demonstration, DemoProvince
from tests.browser.people import Applicant, Citizen, codes_in
from tests.browser.test_morning import Morning

pytestmark = pytest.mark.browser

TEXT = PROJECT / "docs" / "van-hanh" / "trinh-dien.md"
NAME = "Trình Diễn"


@pytest.mark.deep
def test_ten_minutes_before_the_leaders(demo: Demonstration, daklak: DemoProvince, visit: Visit) -> None:
    show = Morning(demo, daklak, visit)
    for person, role in ((show.clerk, "clerk"), (show.specialist, "specialist")):
        person.log_in(role)
    citizen = Citizen(visit(phone=True), daklak)

    # 1, 2: receive, and scan the slip with a telephone
    show.people[NAME] = Applicant.someone(f"Nguyễn Thị {NAME} (minh họa)")
    slip = show.slips[NAME] = show.clerk.receive(show.people[NAME])
    (scanned,) = codes_in(show.clerk.page.screenshot(full_page=True))
    citizen.page.goto(scanned)
    expect(citizen.page.locator(".mc-tag")).to_have_text("Đã tiếp nhận")

    # 3: move it on; page and telephone follow
    show.act(show.clerk, NAME, "Chuyển xử lý")
    citizen.page.reload()
    expect(citizen.page.locator(".mc-tag")).to_have_text("Đang xử lý")
    assert show.told(NAME, "đang được giải quyết")

    # 4: a supplement by mistake, taken back before it is told
    wrong = {"papers": "Nhầm hồ sơ", "note": "Nhầm hồ sơ"}
    show.act(show.specialist, NAME, "Yêu cầu bổ sung", **wrong)
    show.act(show.specialist, NAME, "Thu hồi thao tác")
    assert show.bubbles(NAME, "cần bổ sung") == 0

    # 5: the worker is killed, and nothing is lost
    os.kill(demo.pid("worker"), signal.SIGKILL)
    show.receive("Sau Sự Cố")
    assert show.told("Sau Sự Cố", "Đã tiếp nhận")

    # 6, 7: search; the other province
    citizen.search("so do")
    expect(citizen.page.locator(".mc-res h3 a").first).to_contain_text("quyền sử dụng đất")
    elsewhere = Citizen(visit(phone=True), demo.province("dongnai"))
    elsewhere.look_up(slip.code)
    expect(elsewhere.page.get_by_role("heading", level=1)).to_have_text("Mã này thuộc tỉnh Đắk Lắk")

    # 8: a third province
    assert re.search(rf"{third_province.SLUG}: \d+ thay đổi", demo.inside(third_province.__name__))
    newcomer = visit()
    newcomer.goto(daklak.url.replace("daklak", third_province.SLUG))
    expect(newcomer.locator("body")).to_contain_text("Lào Cai")

    # 9: the board of the morning
    show.clerk.page.goto(f"{daklak.staff_url}dossiers/dossier/hom-nay/")
    expect(show.clerk.page.locator(".mc-tile")).to_have_count(6)


def test_the_text_tells_these_steps() -> None:
    """What is shown to leaders and what is played are the same, in the same order."""
    steps = re.findall(r"^## (\d+)\. (.+)$", TEXT.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _title in steps] == list(range(1, 10))
    assert "province init laocai" in TEXT.read_text(encoding="utf-8")
