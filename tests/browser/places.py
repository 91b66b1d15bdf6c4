"""Every page that a citizen can come to in Đắk Lắk, with its error and empty states, and how to get there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests import tables
from tests.browser.demonstration import DemoProvince
from tests.browser.filing import BIRTH, FORMS, MARITAL, Filer
from tests.browser.people import MARRIAGE, Applicant

NEVER_ISSUED = "H15.22.01-200102-9999"


@dataclass(frozen=True)
class World:
    """A running province, what its slips say, and what it would say in trouble."""

    province: DemoProvince
    slips: dict[str, dict[str, str]]
    pages: dict[str, str]
    national_url: str

    def url(self, path: str) -> str:
        return self.province.url + path


Go = Callable[[Page, World], Any]


def at(path: str) -> Go:
    """A page that has an address of its own."""
    return lambda page, world: page.goto(world.url(path))


def dossier(state: str, beneath: str = "") -> Go:
    """The page of a dossier in this state, or one beneath it."""
    return lambda page, world: page.goto(world.slips[state]["token_url"] + beneath)


def progress(state: str, query: str = "") -> Go:
    return lambda page, world: page.goto(world.url(f"ho-so/{world.slips[state]['code']}/{query}"))


def sent(path: str, **typed: str) -> Go:
    """A form, filled in and sent."""

    def go(page: Page, world: World) -> None:
        page.goto(world.url(path))
        fill_and_send(page, **typed)

    return go


def pressed(start: Go, button: str) -> Go:
    """Where a button of another page leads."""

    def go(page: Page, world: World) -> None:
        start(page, world)
        with page.expect_navigation():
            # With script the button that sends a photograph is hidden: choosing one sends it.
            page.locator(f"main {button}").first.evaluate("button => button.click()")

    return go


def said(name: str) -> Go:
    """An answer that a sound server does not give, at an address of the province so that its styles load."""

    def go(page: Page, world: World) -> None:
        address = world.url("tra-cuu/")
        page.route(
            address,
            lambda route: route.fulfill(
                status=200, content_type="text/html; charset=utf-8", body=world.pages[name]
            ),
        )
        page.goto(address)

    return go


def fill_and_send(page: Page, **typed: str) -> None:
    form = page.locator("main form[method=post]").first
    for name, value in typed.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(index=int(value))
        else:
            field.fill(value)
    with page.expect_navigation():
        form.locator("button[type=submit]").first.click()


def from_elsewhere(page: Page, world: World) -> None:
    """A form that another site sends here is refused."""
    form = f"<form method=post action='{world.url('tra-cuu/')}'><input name=code value=x><button>x</button></form>"
    page.goto(f"data:text/html,{form}")
    with page.expect_navigation():
        page.get_by_role("button").click()


def wrong_code(page: Page, world: World) -> None:
    """A code that does not fit, typed where one was asked for."""
    pressed(dossier("unnotified", "tin-bao/bat/"), "form button")(page, world)
    fill_and_send(page, ma="000000")


def kept_dossiers(page: Page, world: World) -> None:
    """The list of a device that keeps two dossiers; emptied before the visitor goes on."""
    page.goto(world.url("tra-cuu/"))
    kept = [
        {"code": world.slips[state]["code"], "name": name}
        for state, name in (("done", "Đăng ký kết hôn"), ("late", ""))
    ]
    page.evaluate("kept => localStorage.setItem('mot-cua.ho-so', JSON.stringify(kept))", kept)
    page.goto(world.url("ho-so-cua-toi/"))
    page.evaluate("localStorage.clear()")


@contextmanager
def in_vietnamese(page: Page, world: World) -> Iterator[None]:
    """What people do on their way to a place is told by Vietnamese buttons; at its end the chosen language is back."""
    chosen = [one for one in page.context.cookies() if one.get("name", "").endswith("ngon_ngu")]
    page.goto(world.url("tiep-can/?lang=vi"))
    yield
    page.context.clear_cookies(name="ngon_ngu")
    page.context.add_cookies(chosen)


_drafts: dict[str, tuple[str, list[Any]]] = {}


def begun(kind: str, begin: Callable[[Page, World], Any], place: str) -> Go:
    """A page of the draft of this kind in this browser, which is begun when it is first looked at."""

    def go(page: Page, world: World) -> None:
        if kind not in _drafts:
            with in_vietnamese(page, world):
                begin(page, world)
                page.wait_for_url("**/ban-nhap/**")
            name = page.url.partition("/ban-nhap/")[2].partition("/")[0]
            # Its address alone opens it in no other browser.
            cookies = [one for one in page.context.cookies() if "nhap-" in one.get("name", "")]
            _drafts[kind] = name, cookies
        name, cookies = _drafts[kind]
        page.context.add_cookies(cookies)
        page.goto(world.url(f"nop/ban-nhap/{name}/{place}"))

    return go


def draft(place: str, *, form: str = BIRTH, filed: bool = False) -> Go:
    """A page of a draft that is filled in, or filed."""

    def begin(page: Page, world: World) -> None:
        filer = Filer(page, world.province, Applicant.someone().phone, form=FORMS[form])
        filer.begin()
        filer.fill_all()
        if filed:
            filer.file()

    return begun(f"{form} {filed}", begin, place)


def supplement(place: str) -> Go:
    """A page on which missing papers are sent."""

    def begin(page: Page, world: World) -> None:
        slip = world.slips["supplement_required"]
        filer = Filer(page, world.province, slip["phone"])
        filer.open(f"{slip['token_url']}bo-sung/")
        filer.press("Gửi mã xác nhận")
        filer.type_code()

    return begun("supplement", begin, place)


def filing(step: Callable[[Filer], Any], *, answer: str = "", then: str = "") -> Go:
    """A page before there is a draft, as it is when it is opened again; with `then` the button that is pressed there,
    after an `answer`."""

    def go(page: Page, world: World) -> None:
        with in_vietnamese(page, world):
            step(Filer(page, world.province, Applicant.someone().phone))
        page.goto(page.url)
        if answer:
            page.locator(f"main {answer}").check()
        if then:
            with page.expect_navigation():
                page.locator(f"main {then}").first.click()

    return go


def to_eligibility(filer: Filer) -> None:
    filer.page.goto(f"{filer.province.url}nop/{BIRTH}/")
    filer.follow("Bắt đầu")


WAYS = {"at": at, "dossier": dossier, "progress": progress, "said": said, "sent": sent}
PLACES: dict[str, Go] = {
    **{name: WAYS[way](*rest) for name, way, *rest in tables.read(__file__, "places.yaml")},
    "national": lambda page, world: page.goto(world.national_url),
    "procedure": at(f"thu-tuc/{MARRIAGE}/"),
    "poster": at(f"thu-tuc/{MARRIAGE}/?in=poster"),
    "look-up no code": sent("tra-cuu/", code="abc", key="@@"),
    "look-up unknown": sent("tra-cuu/", code=NEVER_ISSUED),
    "progress unknown": at(f"ho-so/{NEVER_ISSUED}/"),
    "notices start code": pressed(dossier("unnotified", "tin-bao/bat/"), "form button"),
    "notices start wrong code": wrong_code,
    "my dossiers kept": kept_dossiers,
    "link code": pressed(dossier("in_progress", "nhan-tin/"), "form button"),
    "share made": pressed(dossier("received", "chia-se/"), "form:has([value=tao]) button"),
    "feedback sent": sent("phan-anh/", topic="1", text="Bảng giá dán ở quầy khó đọc (minh họa)."),
    "feedback look-up wrong": sent("phan-anh/tra-loi/", code="PA-261125-9999", key="BCGHKL"),
    "filing start": at(f"nop/{BIRTH}/"),
    "filing eligibility": pressed(at(f"nop/{BIRTH}/"), "a.mc-button"),
    "filing eligibility empty": pressed(pressed(at(f"nop/{BIRTH}/"), "a.mc-button"), "button"),
    "filing elsewhere": filing(to_eligibility, answer="input[value=nuoc_ngoai]", then="form button"),
    "filing telephone": filing(Filer.to_telephone),
    "filing code": filing(Filer.to_code),
    "filing code empty": filing(Filer.to_code, then="form button"),
    "filing tasks": draft("muc-luc/"),
    "filing choice": draft("quan-he/"),
    "filing person": draft("nguoi-yeu-cau/"),
    "filing address": draft("noi-dang-ky/"),
    "filing two questions": draft("dan-toc/"),
    "filing paper": draft("anh-chung-sinh/"),
    "filing paper missing": pressed(draft("giay-khac/"), "button[value^=gui]"),
    "filing desk": draft("noi-giai-quyet/"),
    "filing result": draft("nhan-ket-qua/"),
    "filing check": draft("kiem-tra/"),
    "filing declaration empty": pressed(draft("cam-doan/?da_xem=0"), "button"),
    "filing resume": draft("tiep-tuc/"),
    "filed": draft("da-nop/", filed=True),
    "filed copy": draft("da-nop/ban-sao/", filed=True),
    "prepared": draft("da-nop/", form=MARITAL),
    "prepared tasks": draft("muc-luc/", form=MARITAL),
    "supplement list": supplement("muc-luc/"),
    "supplement paper": supplement("giay-1/"),
    "supplement paper missing": pressed(supplement("giay-1/"), "button[value^=gui]"),
    "error 403": from_elsewhere,
}
ANSWERS = tables.read(__file__, "place_answers.yaml")
"""The statuses of those that do not answer with 200; what is made up comes with 200."""
ONE_LANGUAGE = frozenset(
    {"national", "interface", "error 400", "error 403", "error 429", "error 500", "error 503"}
)
"""Of another host, for programmers, drawn before the visit, or sent from another site, without the cookie of a choice."""
MADE_UP = frozenset({"error 400", "error 403", "error 429", "error 500", "error 503"})
"""Not answered by a server to a plain question, so their weight on the wire says nothing."""
