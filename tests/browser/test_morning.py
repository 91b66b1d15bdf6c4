"""One clerk's morning, with the colleagues it needs; its pictures stand in the handbook. People are invented."""

import re
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from dossiers.lifecycle.due_dates import national_calendar
from tests.browser import backlog
from tests.browser.conftest import WALK, Visit
from tests.browser.demonstration import Demonstration, DemoProvince
from tests.browser.people import MARRIAGE, Applicant, Clerk, Slip, codes_in
from tests.browser.pictures import DOCUMENTS, opened, save

pytestmark = pytest.mark.browser

LONG = "1.013225"
"""A procedure with days to settle it: the others of the morning are due today."""
HOLD_SECONDS = 120
PATIENCE_SECONDS = 10
WIDTH = 1000
HEIGHT = 1000


class Morning:
    """Who works today, and what was received."""

    def __init__(self, demo: Demonstration, province: DemoProvince, visit: Visit) -> None:
        self.demo, self.province = demo, province
        self.clerk, self.specialist, self.leader = (Clerk(visit(), province) for _person in range(3))
        self.telephone = visit(phone=True)
        self.people: dict[str, Applicant] = {}
        self.slips: dict[str, Slip] = {}

    def receive(self, name: str, procedure: str = MARRIAGE) -> None:
        """A dossier under this name, whose owner agreed to messages."""
        self.people[name] = Applicant.someone(f"Nguyễn Thị {name} (minh họa)")
        self.clerk.fill_in(self.people[name], procedure)
        if name == "Sáng Sớm":
            picture(self.clerk.page, "desk-counter")
        self.slips[name] = self.clerk.finish_intake()

    def act(self, person: Clerk, name: str, step: str, **fields: str) -> None:
        """Open the dossier, take the step with these values, and see that it was written."""
        self.fill(person, name, step, **fields)
        assert person.confirm(step).status == 302
        expect(person.page.locator("#main")).to_contain_text("Đã ghi")

    def fill(self, person: Clerk, name: str, step: str, **fields: str) -> None:
        person.open(self.slips[name])
        person.choose(step)
        for field, value in fields.items():
            place = person.page.locator(f"[name={field}]")
            if place.evaluate("one => one.tagName") == "SELECT":
                place.select_option(value)
            else:
                place.fill(value)

    def told(self, name: str, title: str) -> bool:
        """Whether the telephone shows a message with this in its title within a few seconds."""
        return self.bubbles(name, title, until=lambda found: found > 0) > 0

    def bubbles(self, name: str, title: str, until: Callable[[int], bool] = lambda found: True) -> int:
        """How many messages with this in their title the telephone shows."""
        end = time.monotonic() + PATIENCE_SECONDS
        wanted = self.telephone.locator(".bubble").filter(has_text=self.slips[name].code)
        while True:
            self.telephone.goto(f"{self.province.telephone_url}?so={self.people[name].phone}")
            found = wanted.filter(has_text=title).count()
            if until(found) or time.monotonic() > end:
                return found


def picture(page: Page, name: str) -> None:
    """The page from its top, for the handbook; other runs write no file."""
    if not WALK:
        return
    page.mouse.move(0, 0)
    page.evaluate("window.scrollTo(0, 0)")
    whole = opened(page.screenshot(full_page=True))
    shown = whole.crop((0, 0, whole.width, min(whole.height, HEIGHT)))
    save(shown.resize((WIDTH, round(shown.height * WIDTH / shown.width))), DOCUMENTS / f"{name}.png")


def day_after(days: int, written: str = "%d/%m/%Y") -> str:
    """An open day at least so many days from now, as it is typed."""
    return f"{national_calendar().first_open_day(date.today() + timedelta(days=days)):{written}}"


@pytest.mark.deep
def test_a_clerks_morning(demo: Demonstration, daklak: DemoProvince, visit: Visit) -> None:
    morning = Morning(demo, daklak, visit)
    waiting = demo.inside(backlog.__name__)
    morning.clerk.log_in("clerk")
    morning.specialist.log_in("specialist")
    morning.leader.log_in("leader")
    desk = f"{daklak.staff_url}dossiers/dossier/"

    morning.clerk.page.goto(f"{desk}hom-nay/")
    picture(morning.clerk.page, "desk-today")
    five_intakes(morning)
    three_scans(morning, desk)
    forty_forwarded(morning, desk, waiting)
    two_supplements(morning)
    recalled_before_it_left = one_recall_of_a_held_message(morning)
    one_recall_of_a_sent_message(morning)
    one_apology(morning)
    one_return(morning)
    # Longer than the hold: what was recalled would have arrived by now.
    if WALK:
        morning.telephone.wait_for_timeout(
            max(0.0, HOLD_SECONDS + PATIENCE_SECONDS - (time.monotonic() - recalled_before_it_left)) * 1000
        )
    assert morning.bubbles("Bấm Nhầm", "đã có kết quả") == 0


def five_intakes(morning: Morning) -> None:
    for name in ("Sáng Sớm", "Thiếu Giấy", "Bấm Nhầm", "Chuyển Nhầm"):
        morning.receive(name)
    morning.receive("Xây Nhà", LONG)
    assert len({slip.code for slip in morning.slips.values()}) == 5


def three_scans(morning: Morning, desk: str) -> None:
    page, slip = morning.clerk.page, morning.slips["Sáng Sớm"]
    page.goto(slip.address)
    (address,) = codes_in(page.screenshot(full_page=True))
    for scanned in (slip.code, address, slip.code[-4:]):
        page.goto(f"{desk}hom-nay/")
        page.keyboard.press("F7")
        page.keyboard.type(scanned)
        page.keyboard.press("Enter")
        page.wait_for_url("**/change/**")
        expect(page.locator("#main")).to_contain_text(slip.code)
    picture(page, "desk-dossier")
    page.goto(f"{desk}quet/?q=Minh+Hoa")
    picture(page, "desk-scan")


def forty_forwarded(morning: Morning, desk: str, waiting: str) -> None:
    page = morning.clerk.page
    page.goto(f"{desk}?q={waiting.split('(')[0].strip().replace(' ', '+')}")
    picture(page, "desk-list")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("act_on_many")
    page.locator("button[name=index], button[name=run]").first.click()
    page.wait_for_url("**/nhieu/**")
    expect(page.locator("#chosen")).to_contain_text(f"{backlog.DOSSIERS} hồ sơ đã chọn")
    page.locator("select[name=act]").select_option(label=f"Chuyển xử lý ({backlog.DOSSIERS} hồ sơ)")
    picture(page, "desk-bulk")
    page.keyboard.press("F9")
    expect(page.locator(".mc-note")).to_contain_text(
        f"{backlog.DOSSIERS} hồ sơ đã làm xong, 0 hồ sơ không làm được."
    )
    page.get_by_role("link", name="In phiếu bàn giao").click()
    expect(page.locator("tbody tr")).to_have_count(backlog.DOSSIERS)


def two_supplements(morning: Morning) -> None:
    name = "Thiếu Giấy"
    morning.fill(morning.clerk, name, "Chuyển xử lý")
    picture(morning.clerk.page, "desk-forward")
    assert morning.clerk.confirm("Chuyển xử lý").status == 302
    wanted = {
        "papers": "Bản sao giấy tờ tùy thân, rõ nét",
        "note": "Bản sao nộp kèm bị mờ, không đọc được số.",
    }
    morning.fill(morning.specialist, name, "Yêu cầu bổ sung", **wanted)
    form = morning.specialist.page
    form.locator("[name=fault_0]").fill("chưa có chữ ký")
    form.get_by_role("button", name="Giấy tờ đã nộp chưa có chữ ký hoặc chưa đúng mẫu.").click()
    expect(form.locator("[name=note]")).to_have_value(re.compile("số. Giấy tờ đã nộp chưa có chữ ký"))
    form.locator("[name=deadline]").fill("2027-01-15")
    expect(form.locator("[data-day-of]")).to_have_text("thứ Sáu 15/01/2027", ignore_case=True)
    form.locator("[name=deadline]").fill(day_after(14, "%Y-%m-%d"))
    morning.specialist.page.get_by_role("button", name="Xem trước tin").click()
    picture(morning.specialist.page, "desk-supplement")
    assert morning.specialist.confirm("Yêu cầu bổ sung").status == 302
    morning.act(morning.clerk, name, "Đã nhận đủ giấy tờ bổ sung")

    morning.fill(morning.specialist, name, "Yêu cầu bổ sung", **wanted)
    refused = morning.specialist.confirm("Yêu cầu bổ sung")
    assert refused.status == 422
    expect(morning.specialist.page.locator("#main")).to_contain_text("lãnh đạo")
    morning.specialist.open(morning.slips[name])
    expect(morning.specialist.page.locator("#main")).to_contain_text("Đang xử lý")


def one_recall_of_a_held_message(morning: Morning) -> float:
    """When it was recalled. The message waits two minutes, and is taken back before it leaves."""
    name = "Bấm Nhầm"
    morning.act(morning.clerk, name, "Chuyển xử lý")
    morning.act(morning.specialist, name, "Xử lý xong")
    morning.act(morning.specialist, name, "Thu hồi thao tác")
    expect(morning.specialist.page.locator("#main")).to_contain_text("Đang xử lý")
    assert morning.bubbles(name, "đã có kết quả") == 0
    return time.monotonic()


def one_recall_of_a_sent_message(morning: Morning) -> None:
    name = "Chuyển Nhầm"
    morning.act(morning.clerk, name, "Chuyển xử lý")
    assert morning.told(name, "đang được giải quyết")
    morning.fill(morning.clerk, name, "Thu hồi thao tác")
    picture(morning.clerk.page, "desk-recall")
    assert morning.clerk.confirm("Thu hồi thao tác").status == 302
    assert morning.told(name, "ính chính")


def one_apology(morning: Morning) -> None:
    name = "Xây Nhà"
    morning.act(morning.clerk, name, "Chuyển xử lý")
    morning.fill(
        morning.leader,
        name,
        "Xin lỗi và hẹn lại",
        new_due=day_after(90, "%Y-%m-%d"),
        cause="survey",
        reason="Phải đo đạc lại ngoài thực địa (minh họa)",
    )
    morning.leader.page.get_by_role("button", name="Xem trước tin").click()
    picture(morning.leader.page, "desk-apology")
    assert morning.leader.confirm("Xin lỗi và hẹn lại").status == 302
    assert morning.told(name, "Xin lỗi ông/bà")


def one_return(morning: Morning) -> None:
    name, page = "Sáng Sớm", morning.clerk.page
    morning.act(morning.clerk, name, "Chuyển xử lý")
    morning.act(morning.specialist, name, "Xử lý xong")
    page.goto(f"{morning.province.staff_url}dossiers/dossier/hom-nay/")
    page.keyboard.press("F7")
    page.keyboard.type(morning.slips[name].code)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/buoc/return/"))
    page.locator("[name=taken_by]").fill(morning.people[name].name)
    page.locator("[name=result]").fill("12/2026, ngày 25/11/2026")
    for box in page.locator("[name=checks]:is([value=identity], [value=fee])").all():
        box.check()
    picture(page, "desk-return")
    assert morning.clerk.confirm("Trả kết quả").status == 302
    expect(page.locator("#main")).to_contain_text("Đã trả kết quả")
