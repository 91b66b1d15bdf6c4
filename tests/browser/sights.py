"""One visit to a page, and all that was seen there: several tests read what one load has shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser import eyes
from tests.browser.places import ANSWERS, ONE_LANGUAGE, PLACES, World
from tests.browser.watching import watch

NARROWEST = 320
PHONE = 412
DESK = 1280
HALF = (PHONE // 2, DESK // 2)
"""What is left of a window when its page is enlarged to 200 %."""
HEIGHT = 900
LARGE_TEXT = "html { font-size: 200% }"

# The page, then what it asked for; the sign in the tab is not among them.
REQUESTS = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(
    one => [one.initiatorType, one.encodedBodySize])"""

_ANSWER = """() => [performance.getEntriesByType('navigation')[0].responseStatus, document.documentElement.lang,
    [...document.querySelectorAll('h1')].map(one => one.textContent.trim())]"""

_FIRST_PAINT = """() => new Promise(tell => new PerformanceObserver(seen => {
    for (const one of seen.getEntries()) if (one.name === 'first-contentful-paint') tell(one.startTime)
}).observe({type: 'paint', buffered: true}))"""


@dataclass
class Sight:
    """What a place showed. Empty lists are good."""

    violations: list[str] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    astray: list[str] = field(default_factory=list)
    """Why this is not the place that was asked for."""
    elements: int = 0
    requests: list[tuple[str, int]] = field(default_factory=list)
    """What asked for it (navigation, link, script, img, css) and its bytes on the wire, for all that a visit loads."""

    def bytes_of(self, kind: str) -> int:
        return sum(size for of_kind, size in self.requests if of_kind == kind)


class Visitor:
    """Somebody new at each place, always in the same window.

    A new window reads styles and scripts anew, which takes three times as long as all the looking.
    """

    def __init__(self, browser: Browser, world: World, album: Path | None = None) -> None:
        self._world, self._album = world, album
        self._context = browser.new_context(viewport={"width": NARROWEST, "height": HEIGHT}, locale="vi-VN")
        self._context.set_default_timeout(15_000)
        self._complaints: list[str] = []
        watch(self._context, self._complaints)
        self._page = self._context.new_page()

    def look(self, name: str, language: str = "vi") -> Sight:
        """Go to a place and look at it; with an album also at a desk's width, and keep pictures."""
        sight, page, album = Sight(), self._page, self._album
        self._forget()
        if language == "en":
            page.goto(self._world.url("tiep-can/?lang=en"))
        self._complaints.clear()
        PLACES[name](page, self._world)
        sight.astray = _astray(page, name, language)
        sight.elements = page.evaluate("document.querySelectorAll('*').length")
        sight.requests = [(kind, size) for kind, size in page.evaluate(REQUESTS)]
        if album:
            _keep(page, album, f"{name.replace(' ', '-')}-{language}")
        eyes.unfold(page)
        for width in (NARROWEST, DESK) if album else (NARROWEST,):
            _resize(page, width)
            sight.violations += [f"at {width} px: {found}" for found in eyes.violations(page)]
        for width in (NARROWEST, *HALF, PHONE, DESK):
            _resize(page, width)
            sight.cut += [f"at {width} px: {found}" for found in eyes.cut_off(page)]
        for width in (NARROWEST, PHONE):
            for what, css in (("spaced", eyes.TEXT_SPACING), ("large text", LARGE_TEXT)):
                _resize(page, width)
                eyes.restyle(page, css)
                sight.cut += [f"{what}, at {width} px: {found}" for found in eyes.cut_off(page)]
        eyes.restyle(page, "")
        page.emulate_media(forced_colors="active")
        sight.unreadable = eyes.violations(page, eyes.CONTRAST)
        if album:
            page.screenshot(path=album / f"{name.replace(' ', '-')}-{language}-forced.png", full_page=True)
        sight.complaints = list(self._complaints)
        return sight

    def leave(self) -> None:
        self._context.close()

    def _forget(self) -> None:
        """Nothing stays of the place before, not even when its visit broke off."""
        self._context.clear_cookies()
        self._page.unroute_all()
        self._page.emulate_media(forced_colors="none")
        _resize(self._page, NARROWEST)


class Witness:
    """Sees the pages of a story, each title once, at a telephone's and at a desk's width; `found` should stay empty."""

    MOST_BYTES = 30 * 1024
    """Of a page for citizens at a first visit, with its styles and its script."""

    def __init__(self, album: Path | None = None) -> None:
        self.found: list[str] = []
        self._album, self._seen, self._pictures = album, set[str](), 0

    def look(self, page: Page) -> None:
        """Look at a page for citizens, which also opens no other window and weighs little."""
        title = page.title()
        if title in self._seen:
            return
        weight = sum(size for _kind, size in page.evaluate(REQUESTS))
        if weight > self.MOST_BYTES:
            self.found.append(f"{title}: {weight} bytes")
        if page.locator("[target]").count():
            self.found.append(f"{title}: opens another window")
        self._look(page, eyes.cut_off)

    def look_at_desk(self, page: Page, *, again: bool = False) -> None:
        """Look at a page of the staff, `again` where it shows something new under the same title."""
        if again or page.title() not in self._seen:
            self._look(page, eyes.too_wide)

    def _look(self, page: Page, sees: Callable[[Page], list[str]]) -> None:
        title, before = page.title(), page.viewport_size
        self._seen.add(title)
        self._pictures += 1
        for width in (PHONE, DESK):
            _resize(page, width)
            found = [*eyes.violations(page), *sees(page)]
            self.found += [f"{title} at {width} px: {one}" for one in found]
            if self._album:
                self._album.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=self._album / f"{self._pictures:02}-{width}.png", full_page=True)
        if before:
            page.set_viewport_size(before)


def _astray(page: Page, name: str, language: str) -> list[str]:
    """What is wrong with the status of the answer, its language, and the one heading that it must have."""
    status, lang, headings = page.evaluate(_ANSWER)
    found = [] if status == ANSWERS.get(name, 200) else [f"status {status}"]
    found += [] if lang == language or name in ONE_LANGUAGE else [f"lang {lang}"]
    return found if len(headings) == 1 and headings[0] else [*found, f"headings {headings}"]


def _resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})


def _keep(page: Page, album: Path, name: str) -> None:
    album.mkdir(parents=True, exist_ok=True)
    for width in (PHONE, DESK):
        _resize(page, width)
        page.screenshot(path=album / f"{name}-{width}.png", full_page=True)


def first_paint(browser: Browser, world: World, name: str) -> float:
    """Seconds until a new visitor sees something, on 400 kbit/s, 400 ms away, with a quarter of this machine."""
    context = browser.new_context(viewport={"width": PHONE, "height": HEIGHT})
    try:
        page = context.new_page()
        slowly = context.new_cdp_session(page)
        line = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
        slowly.send("Network.enable")
        slowly.send("Network.emulateNetworkConditions", line)
        slowly.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        PLACES[name](page, world)
        return float(page.evaluate(_FIRST_PAINT)) / 1000
    finally:
        context.close()
