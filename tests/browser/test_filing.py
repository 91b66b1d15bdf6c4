"""Filing from the telephone, in Zalo's own browser, and the desk's part of it. People and numbers are invented."""

import http.client
import re
import select
import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chatting import Telephone
from tests.browser.conftest import PATIENCE_MS, WALK, Visit
from tests.browser.demonstration import DemoProvince
from tests.browser.filing import BIRTH, FORMS, MARITAL, ZALO, Filer, KeysFiler, photograph
from tests.browser.hands import Keys
from tests.browser.people import Applicant, Clerk, codes_in
from tests.browser.pictures import ALBUM
from tests.browser.sights import Witness
from tests.browser.test_counter import Keyboard

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}
PAPERS = {"anh-chung-sinh": 2, "giay-khac": 1}
HOLD_SECONDS = 120
"""So long a request for papers may be taken back before its notice leaves."""
MOST_SECONDS = 20
"""From the scan of a draft to its receipt."""


def witness(story: str) -> Witness:
    return Witness(ALBUM / story if WALK else None)


def test_a_birth_registration_with_three_photographs_is_filed_in_zalo(visit, daklak):
    filer = Filer(visit(phone=True, user_agent=ZALO), daklak, Applicant.someone().phone)
    page = filer.page
    page.goto(f"{daklak.url}thu-tuc/{BIRTH}/")
    filer.follow("Nộp hồ sơ tại đây")
    filer.begin()
    filer.fill_all(PAPERS)
    expect(page.locator("main")).to_contain_text("Kiểm tra câu trả lời")
    assert page.locator("main").inner_text().count("anh.jpg") == 3

    filer.file()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã nộp hồ sơ")
    code = page.locator(".mc-ans__code").first.inner_text()
    filer.follow("Xem hồ sơ đang ở đâu")
    expect(page).to_have_url(re.compile(r"/h/[\w-]{20,}/$"))
    expect(page.locator("main")).to_contain_text(code)
    assert other_cookies(page) == []


# --- From the chat to the result


@pytest.mark.deep
def test_a_birth_registration_goes_from_the_chat_to_its_result(official_account, dongnai, visit):
    """Filed from a button of the chat, sent back once with a list, supplemented, accepted, followed to the result."""
    seen, number = witness("filing"), Applicant.someone().phone
    chat = Telephone(visit(phone=True), official_account, official_account.people[2])
    chat.follow()
    chat.ask("nộp hồ sơ khai sinh", answered="nộp được ngay tại đây")
    begun = Filer(in_zalo(visit), dongnai, number, look=seen.look)
    begun.open(chat.button("Nộp hồ sơ"))
    begun.begin()
    begun.fill_all(until="chau")
    filer = lose_the_session(begun, in_zalo(visit))
    filer.fill_all(PAPERS)
    filer.file()
    code = filer.page.locator(".mc-ans__code").first.inner_text()
    filer.follow("Xem hồ sơ đang ở đâu")
    status_url = filer.page.url

    clerk, leader = (Clerk(visit(), dongnai) for _person in range(2))
    clerk.log_in("ward_clerk")
    ask_to_correct(clerk, code, seen)
    supplement(filer, code)
    compare_and_accept(clerk, code, seen)
    leader.log_in("ward_leader")
    leader.page.goto(clerk.page.url)
    act(leader, "Giải quyết ngay", seen)

    filer.open(status_url)
    expect(filer.page.locator(".mc-tag").first).to_have_text("Đã có kết quả")
    expect(filer.page.locator("main")).to_contain_text("Bản chính của giấy tờ đã gửi qua mạng")
    assert seen.found == []
    for page in (begun.page, filer.page):
        assert (page.context.pages, other_cookies(page)) == ([page], [])


def other_cookies(page: Page) -> list[str]:
    """The names of cookies that do not belong to a draft."""
    names = [str(one.get("name")) for one in page.context.cookies()]
    return [name for name in names if not name.startswith("nhap-")]


def in_zalo(visit: Visit) -> Page:
    """Zalo's own browser, opened anew."""
    return visit(phone=True, user_agent=ZALO)


def lose_the_session(begun: Filer, page: Page) -> Filer:
    """Cookies are cleared, which changes nothing; then all is gone but the address to go on, and a code opens it."""
    begun.page.context.clear_cookies()
    begun.fill_page()
    begun.follow("Về danh sách các phần")
    done = begun.page.locator(".mc-task--done").count()
    address = begun.page.get_by_label("Liên kết an toàn: giữ lâu").input_value()
    begun.page.goto("about:blank")
    filer = begun.moved_to(page)
    filer.open(address)
    filer.press("Gửi mã xác nhận")
    filer.type_code()
    expect(page.locator(".mc-task--done")).to_have_count(done)
    return filer


def ask_to_correct(clerk: Clerk, code: str, seen: Witness) -> None:
    """From the tile of the day to the list of what is to be corrected."""
    page = clerk.page
    seen.look_at_desk(page)
    for link in ("Nộp trực tuyến chờ kiểm tra", code):
        page.get_by_role("link", name=link).first.click()
        page.wait_for_load_state()
        seen.look_at_desk(page)
    clerk.choose("Yêu cầu sửa hồ sơ")
    page.get_by_text("Câu trả lời cần sửa").click()
    for wanted, fault in (
        ("Giấy chứng sinh", "bản chụp mờ"),
        ("Câu trả lời “Họ tên, giới tính, ngày sinh của cháu”", "khác với Giấy chứng sinh"),
    ):
        page.get_by_label(wanted, exact=True).check()
        page.get_by_label(f"Cần sửa gì: {wanted}", exact=True).fill(fault)
    page.get_by_label("Lý do").fill("Ảnh và ngày sinh chưa khớp.")
    seen.look_at_desk(page)
    assert clerk.confirm("Yêu cầu sửa hồ sơ").status == 302


def supplement(filer: Filer, code: str) -> None:
    """From the notice, once its hold is over, to what was sent: exactly what is missing is asked for."""
    page = filer.page
    filer.message_with(lambda words: f"{code} cần bổ sung" in words, HOLD_SECONDS + 30)
    filer.open(filer.link_of("cần bổ sung giấy tờ"))
    filer.follow("Bổ sung trực tuyến")
    filer.press("Gửi mã xác nhận")
    filer.type_code()
    expect(page.locator(".mc-tasks li")).to_have_count(2)
    expect(page.get_by_role("button", name="Gửi bổ sung")).to_have_count(0)
    filer.follow("Giấy chứng sinh")
    filer.send_photograph()
    filer.press("Tiếp tục")
    filer.follow("Câu trả lời")
    page.get_by_label("Ngày", exact=True).fill("13")
    filer.press("Tiếp tục")
    filer.press("Gửi bổ sung")
    filer.follow("Xem hồ sơ đang ở đâu")
    expect(page.locator(".mc-tag").first).to_have_text("Mới đăng ký")


def compare_and_accept(clerk: Clerk, code: str, seen: Witness) -> None:
    """Old beside new, then the filing is taken in."""
    page = clerk.page
    page.goto(f"{clerk.province.staff_url}dossiers/dossier/?viec=nop-truc-tuyen")
    page.get_by_role("link", name=code).first.click()
    changes = page.get_by_role("region", name="Trước và sau khi bổ sung").locator("tbody tr")
    expect(changes.nth(0)).to_contain_text(
        re.compile(r"ngày sinh của cháu.*12/03/2026.*13/03/2026", re.DOTALL)
    )
    expect(changes.nth(1).get_by_role("link", name="anh.jpg")).to_have_count(3)
    seen.look_at_desk(page, again=True)
    act(clerk, "Tiếp nhận", seen)


def act(person: Clerk, step: str, seen: Witness) -> None:
    person.choose(step)
    seen.look_at_desk(person.page)
    assert person.confirm(step).status == 302
    expect(person.page.locator("#main")).to_contain_text(f"Đã ghi: {step}")


@pytest.mark.deep
def test_what_was_begun_in_zalo_goes_on_elsewhere_without_script(visit: Visit, daklak: DemoProvince) -> None:
    begun = Filer(in_zalo(visit), daklak, Applicant.someone().phone)
    begun.begin()
    begun.fill_all(until="noi-dang-ky")

    elsewhere = begun.moved_to(visit(java_script_enabled=False))
    elsewhere.page.goto(begun.page.url)
    expect(elsewhere.page.get_by_role("heading", level=1)).to_have_text("Mở lại hồ sơ đang điền")
    elsewhere.press("Gửi mã xác nhận")
    elsewhere.type_code()
    assert elsewhere.place == "noi-dang-ky"
    elsewhere.fill_all()
    elsewhere.file()
    expect(elsewhere.page.get_by_role("heading", level=1)).to_have_text("Đã nộp hồ sơ")


# --- At the counter


def prepared(filer: Filer) -> bytes:
    """A picture of the sheet for the counter."""
    filer.begin()
    filer.fill_all()
    filer.follow("Lấy mã QR cho quầy")
    return filer.page.locator(".mc-qr").screenshot()


def filled_in(filer: Filer) -> bytes:
    """A picture of the code of a draft that could be filed online."""
    filer.begin()
    filer.fill_all()
    filer.follow("Quay lại")
    filer.page.get_by_text("Để sau, điền tiếp bằng máy khác hoặc tại quầy").click()
    return filer.page.locator(".mc-qr").screenshot()


@pytest.mark.deep
@pytest.mark.parametrize(("form", "at_home"), [(MARITAL, prepared), (BIRTH, filled_in)])
def test_a_draft_is_finished_at_the_counter_by_scan(visit, daklak, form, at_home, capsys):
    seen = witness(f"counter-{form}")
    picture = at_home(
        Filer(visit(phone=True), daklak, Applicant.someone().phone, form=FORMS[form], look=seen.look)
    )
    (address,) = codes_in(picture)
    clerk = Clerk(visit(), daklak)
    clerk.log_in("ward_clerk")
    page = clerk.page
    keyboard = Keyboard(page)
    keyboard.press("F7")
    keyboard.scan(address)
    page.wait_for_url("**/dossier/ban-nhap/**")
    keyboard.press("F9")
    page.wait_for_url("**/giay-hen/**")
    code = clerk.read_slip().code
    with capsys.disabled():
        print(f"\nfrom the scan to the receipt: {keyboard.seconds:.2f} s")  # noqa: T201
    assert (keyboard.keys, keyboard.scans, keyboard.seconds < MOST_SECONDS) == (2, 1, True)
    assert re.fullmatch(r"H15\.21\.01-\d{6}-\d{4}", code)
    assert seen.found == []


# --- By the keyboard

# Only first answers, and a paper that is needed.
BY_KEYS = replace(
    FORMS[MARITAL],
    chosen={**FORMS[MARITAL].chosen, "da-cap": ("Có",), "con-giay-cu": ("Có",)},
    photographs={"anh-giay-cu": 1},
)


@pytest.mark.deep
@pytest.mark.parametrize(
    "options", [{}, {"java_script_enabled": False, "viewport": NARROW}], ids=["412", "320"]
)
def test_marital_status_is_filled_in_by_the_keyboard_alone(visit, daklak, options):
    seen = witness("keys")

    def look(page: Page) -> None:
        Keys(page).walk()
        if not options:
            seen.look(page)

    filer = KeysFiler(
        visit(phone=True, **options), daklak, Applicant.someone().phone, form=BY_KEYS, look=look
    )
    filer.begin()
    filer.fill_all()
    filer.follow("Lấy mã QR cho quầy")
    expect(filer.page.get_by_role("heading", level=1)).to_have_text("Đã chuẩn bị xong")
    assert seen.found == []


# --- Large files


class Upload:
    """A photograph of three megabytes on its way to a page of a draft, over a connection of its own."""

    SIZE, FIRST = 3_000_000, 100_000

    def __init__(self, filer: Filer) -> None:
        where = urlsplit(filer.page.url)
        self._body = b"".join(
            (
                b'--anh\r\nContent-Disposition: form-data; name="tep-anh_tuy_than"; filename="anh.jpg"\r\n',
                b"Content-Type: image/jpeg\r\n\r\n",
                photograph().ljust(self.SIZE, b"\0"),
                b"\r\n--anh--\r\n",
            )
        )
        # No resolver but Chromium's knows the province's name.
        self._connection = http.client.HTTPConnection("127.0.0.1", where.port or 80, timeout=30)
        self._connection.putrequest("POST", where.path, skip_host=True)
        for name, value in {
            "Host": where.netloc,
            "Origin": f"{where.scheme}://{where.netloc}",
            "User-Agent": ZALO,
            "Content-Type": "multipart/form-data; boundary=anh",
            "Content-Length": str(len(self._body)),
        }.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(self._body[: self.FIRST])

    def fileno(self) -> int:
        """For `select`: readable once the server has answered."""
        return self._connection.sock.fileno()

    def send_rest(self) -> None:
        self._connection.send(self._body[self.FIRST :])

    def is_read(self) -> bool:
        """Whether the server reads it to its end."""
        try:
            self.send_rest()
            return self.status() != 429
        except OSError:
            # Refused, and the connection ended while the rest was on its way.
            return False

    def status(self) -> int:
        """The server's answer, after which the connection ends."""
        status = self._connection.getresponse().status
        self._connection.close()
        return status


def test_the_running_server_reads_one_large_file_of_a_number_at_a_time(visit, daklak):
    filer = Filer(in_zalo(visit), daklak, Applicant.someone().phone)
    filer.begin()
    filer.page.wait_for_url("**/muc-luc/**")
    filer.page.goto(filer.page.url.replace("muc-luc", "giay-khac"))
    sent = [Upload(filer) for _file in range(2)]
    refused, _writable, _faulty = select.select(sent, [], [], PATIENCE_MS / 1000)
    assert [one.status() for one in refused] == [429]
    (read,) = (one for one in sent if one not in refused)
    read.send_rest()
    assert read.status() == 303
    # The place is given back a moment after the answer, and the next one is stored too.
    end = time.monotonic() + PATIENCE_MS / 1000
    while not Upload(filer).is_read():
        assert time.monotonic() < end, "no place was given back"
    filer.page.reload()
    expect(filer.page.locator(".mc-files li")).to_have_count(2)
