"""A citizen at the account of Đồng Nai, and a clerk at the desk. People are invented."""

import pytest
from playwright.sync_api import Page, expect

from messaging.inbound.chat.dossiers import PER_READER
from tests.browser.chatting import Telephone
from tests.browser.people import Applicant, Clerk, Slip

pytestmark = pytest.mark.browser


def test_follow_ask_guess_link_hear_ask_stop_and_return(official_account, dongnai, visit):
    clerk, browser = Clerk(visit(), dongnai), visit(phone=True)
    clerk.log_in()
    clerk.fill_in(Applicant.someone("Nguyễn Thị Trò Chuyện (minh họa)"))
    clerk.consent.uncheck()
    slip = clerk.finish_intake()
    citizen, guesser = (
        Telephone(visit(phone=True), official_account, person) for person in official_account.people[:2]
    )

    citizen.follow()
    citizen.shows("Kính chào ông/bà")
    citizen.ask(f"cho hoi ho so {slip.code.lower()} den dau roi", answered=f"{slip.code}: Đã tiếp nhận")
    expect(citizen.bubbles("Hẹn trả kết quả")).to_have_count(0)

    # Who holds no key guesses until nothing is looked up for them any more.
    for number in range(PER_READER):
        guesser.write(f"{slip.code} 22222{number % 8 + 2}")
    guesser.shows("Mã tra cứu chưa đúng", times=PER_READER)
    guesser.ask(f"{slip.code} 222233", answered="Ông/bà đã thử nhiều lần")
    expect(guesser.bubbles("Hẹn trả kết quả")).to_have_count(0)

    citizen.ask(link_code(browser, slip), answered=f"Đã nối với hồ sơ {slip.code}")
    clerk.open(slip)
    clerk.choose("Chuyển xử lý")
    clerk.confirm("Chuyển xử lý")
    citizen.shows("đang được giải quyết")
    citizen.ask(slip.code, answered="Hẹn trả kết quả")

    citizen.ask("hộ kinh doanh", answered="/thu-tuc/")
    expect(citizen.bubbles("Thời hạn:")).not_to_have_count(0)

    citizen.ask("TẮT TIN", answered="Đã tắt tin")
    citizen.ask(link_code(browser, slip), answered=f"Đã nối với hồ sơ {slip.code}", times=2)


def link_code(browser: Page, slip: Slip) -> str:
    """The code that the dossier's page gives who holds the slip."""
    browser.goto(slip.token_url)
    browser.get_by_role("button", name="Nhận tin qua Zalo").click()
    return browser.locator(".mc-ans__date.mc-code").inner_text()
