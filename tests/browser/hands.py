"""Two ways to use a page without a mouse's luck: with the keys alone, and with scripts switched off.

Both find what they use by its name, as it is read aloud; the story does not know which of them it has.
"""

import gettext
from collections.abc import Callable
from functools import cache
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.demonstration import PROJECT

MOST_STOPS = 150


@cache
def _english() -> Callable[[str], str]:
    return gettext.translation("django", PROJECT / "locale", ["en"]).gettext


class Hands:
    """Somebody at a page in one language. What they look for is named in Vietnamese, as in the source."""

    def __init__(self, page: Page, language: str = "vi") -> None:
        self.page = page
        self.language = language

    def said(self, text: str) -> str:
        """These words as this reader's pages say them."""
        return text if self.language == "vi" else _english()(text)

    def open(self, url: str) -> Response | None:
        """Type an address. Who reads English switches first, by the link in the head of the page."""
        answer = self.page.goto(url)
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.get_by_role("link", name="English").click()
            expect(self.page.locator("html")).to_have_attribute("lang", self.language)
        return answer

    def field(self, label: str) -> Locator:
        fields = self.page.locator("main").locator("input, select, textarea")
        return fields.and_(self.page.get_by_label(self.said(label))).first

    def button(self, name: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=self.said(name), exact=True).first

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=self.said(name)).first

    def fill(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def choose(self, label: str, number: int) -> None:
        """The choice with this number in a list, from 0."""
        self.field(label).select_option(index=number)

    def press(self, target: Locator) -> None:
        target.click()

    def expects(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(self.said(text))


class Keys(Hands):
    """The keyboard alone: everything is reached by Tab, and where one stands is seen."""

    def go_to(self, target: Locator) -> None:
        for _stop in range(MOST_STOPS):
            if target.evaluate("one => one === document.activeElement"):
                assert target.evaluate(_SEEN), f"nobody sees where the keys are: {target}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the keys do not reach {target}")

    def walk(self) -> None:
        """Tab through the whole page: each stop is seen, and stands after the one before, in the source and to the eye."""
        stops = 0
        self.page.evaluate("window.first = window.before = null")
        while True:
            self.page.keyboard.press("Tab")
            fault = self.page.evaluate(f"({_STOP})({_SEEN})")
            if fault is None:
                break
            assert not fault, (self.page.url, fault)
            stops += 1
        assert stops > 1

    def fill(self, label: str, text: str) -> None:
        self.go_to(self.field(label))
        self.page.keyboard.press("ControlOrMeta+A")
        self.page.keyboard.type(text)

    def choose(self, label: str, number: int) -> None:
        self.go_to(self.field(label))
        self.page.keyboard.press("Home")
        for _step in range(number):
            self.page.keyboard.press("ArrowDown")

    def press(self, target: Locator) -> None:
        self.go_to(target)
        self.page.keyboard.press("Enter")


# What is wrong with the stop at which one stands; null after the last one.
_STOP = """isSeen => {
    const one = document.activeElement, before = window.before
    if (!one || one === document.body || one === window.first) return null
    window.first ??= one
    window.before = one
    const name = one.outerHTML.slice(0, 120)
    // The link past the head comes into sight by a transition of its own.
    if (!isSeen(one) && !one.matches('.govuk-skip-link')) return `not seen: ${name}`
    if (!before) return ''
    if (!(before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING)) return `out of order: ${name}`
    const is_higher = one.getBoundingClientRect().bottom < before.getBoundingClientRect().top
    return is_higher ? `goes up: ${name}` : ''
}"""

_SEEN = """one => {
    const style = getComputedStyle(one), label = one.matches(':focus-visible')
    const rim = one.getBoundingClientRect()
    const drawn = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        || style.boxShadow !== 'none'
    return label && drawn && rim.bottom > 0 && rim.top < innerHeight
}"""


def somebody(visit: Callable[..., Page], way: str, language: str, **options: Any) -> Hands:
    """A visitor with a phone in the hand: `keys` has a keyboard at it, `no script` a browser without."""
    page = visit(phone=True, java_script_enabled=way != "no script", **options)
    return (Keys if way == "keys" else Hands)(page, language)
