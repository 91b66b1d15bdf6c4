"""Who speaks for Đồng Nai, and who approves it: a storm, and a mistake. The people are invented."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chatting import OfficialAccount, Telephone
from tests.browser.conftest import FOLLOWERS, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.people import Clerk

pytestmark = pytest.mark.browser

STORM = "Bão số 9 (minh họa): không ra đường từ 18:00"
MISTAKE = "Gửi nhầm (minh họa)"
ENOUGH = 40
PATIENCE_SECONDS = 60
LATER_MS = 4_000


class Office:
    """One person at the pages of broadcasts."""

    def __init__(self, page: Page, province: DemoProvince, role: str) -> None:
        self.page, self.list_url = page, f"{province.staff_url}broadcasts/publication/"
        Clerk(page, province).log_in(role)

    def write(self, title: str, summary: str, group: str) -> None:
        """A draft to one group, from the list."""
        self.page.goto(self.list_url)
        self.page.get_by_role("link", name="Soạn thông báo").click()
        self.page.locator("[name=title]").fill(title)
        self.page.locator("[name=summary]").fill(summary)
        self.page.locator(f"[name=groups_chosen][value={group}]").check()
        self.press("Ghi bản nháp")

    def find(self, title: str) -> None:
        self.page.goto(self.list_url)
        self.page.get_by_role("link", name=title).first.click()

    def press(self, name: str) -> None:
        # Each of these buttons sends a form: what is asked next is asked of the page that answers.
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def figures(self) -> dict[str, int]:
        """The only line of the table of results, by its headings."""
        self.page.reload()
        table = self.page.locator(".mc-table").first
        if not table.locator("tbody tr").count():
            return {}
        heads = table.locator("thead th").all_inner_texts()
        cells = table.locator("tbody tr").first.locator("th, td").all_inner_texts()
        row = dict(zip(heads, cells, strict=True))
        return {
            head: int(cell.replace(".", "")) for head, cell in row.items() if cell.replace(".", "").isdigit()
        }

    def wait_for(self, until: Callable[[dict[str, int]], bool], every_ms: int = 200) -> dict[str, int]:
        """Look at the figures again and again."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not until(found := self.figures()):
            assert time.monotonic() < end, self.page.locator("#main").inner_text()
            self.page.wait_for_timeout(every_ms)
        return found


@pytest.fixture
def officer(visit: Visit, dongnai: DemoProvince, official_account: OfficialAccount) -> Office:
    return Office(visit(), dongnai, "communications")


@pytest.fixture
def second(visit: Visit, dongnai: DemoProvince, official_account: OfficialAccount) -> Office:
    return Office(visit(), dongnai, "administrator")


def approved(officer: Office, second: Office, title: str, summary: str, group: str) -> None:
    """Written and asked for by the one, looked at and approved by the other."""
    officer.write(title, summary, group)
    officer.press("Xin duyệt")
    expect(officer.page.get_by_role("button", name="Duyệt", exact=True)).to_have_count(0)
    second.find(title)
    crowd = re.compile(rf"^{FOLLOWERS // 1_000}\.0\d\d$")
    people = second.page.locator(".mc-table--count").get_by_role("cell", name=crowd)
    expect(people).to_have_count(2)
    second.press("Duyệt")


@pytest.mark.deep
def test_a_storm_warning_reaches_all_who_follow_once_another_has_approved_it(
    officer: Office, second: Office, official_account: OfficialAccount, visit: Visit
) -> None:
    somebody = Telephone(visit(phone=True), official_account, official_account.follower)
    with official_account.by_day():
        approved(officer, second, STORM, "Ở yên trong nhà chắc chắn. Cần cứu giúp, gọi 112.", "article")
        officer.wait_for(lambda row: row.get("Đã gửi", 0) >= FOLLOWERS, every_ms=1_000)
    somebody.shows(STORM)
    expect(somebody.bubbles(STORM)).to_have_count(1)


@pytest.mark.deep
def test_a_mistake_is_stopped_halfway_and_reaches_nobody_after_and_nobody_twice(
    officer: Office, second: Office, official_account: OfficialAccount
) -> None:
    approved(officer, second, MISTAKE, "Câu này lẽ ra không gửi.", "news")
    second.wait_for(lambda row: row.get("Đã gửi", 0) >= ENOUGH)
    officer.find(MISTAKE)
    officer.page.locator("form[action$='/dung/'] [name=reason]").fill("Gửi nhầm nội dung")
    officer.press("Dừng hẳn")
    expect(officer.page.locator("#main")).to_contain_text("đã dừng hẳn")

    stopped = officer.wait_for(lambda row: not row["Còn chờ"])
    assert ENOUGH <= stopped["Đã gửi"] < FOLLOWERS
    assert stopped["Đã gửi"] + stopped["Không gửi"] == stopped["Số người"] >= FOLLOWERS
    told = official_account.told()
    assert 0 < len(told) == len(set(told)) <= stopped["Đã gửi"], "some are samples of the demonstration"
    officer.page.wait_for_timeout(LATER_MS)
    assert (official_account.told(), officer.figures()["Đã gửi"]) == (told, stopped["Đã gửi"])
