"""Every citizen page, its errors and its empty states: readable by all, light, whole at any size.

`make walk` looks at them in English and at a desk's width too, and keeps pictures in reports/walk/.
"""

from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader

from procedures.catalogue.contents.national import EXPLAINED
from tests.browser.conftest import WALK
from tests.browser.filing import BIRTH
from tests.browser.pictures import ALBUM
from tests.browser.places import MADE_UP, PLACES, World
from tests.browser.sights import HEIGHT, PHONE, Sight, Visitor, first_paint
from tests.deep import share

pytestmark = pytest.mark.browser

LANGUAGES = ("vi", "en") if WALK else ("vi",)
SLOW = {"interface"}
"""Twice as many elements as all others: axe takes its time, so only `make walk` has it look."""
NAMES = [name for name in PLACES if WALK or name not in SLOW]
# `make test` visits every eighth place, `make test-deep` and `make walk` all of them.
VISITS = [(name, language) for language in LANGUAGES for name in (NAMES if WALK else share(NAMES, 0, 8))]
KILO = 1024
FILLED_FROM_A_CARD = ("filing person",)
MOST_TALL = 3500
"""Pixels of an explained procedure on a telephone."""
MOST_ELEMENTS = {"interface": 2000}
"""Programmers read this one, at a desk: every call and field on one page."""

_each_visit = pytest.mark.parametrize(("name", "language"), VISITS, ids=[f"{n}-{lang}" for n, lang in VISITS])


def every_place[Test: Callable[..., None]](test: Test) -> Test:
    """Run the test at each place of this run."""
    return pytest.mark.sampled(_each_visit(test))


@pytest.fixture(scope="module")
def sight(chromium: Browser, world: World) -> Iterator[Callable[[str, str], Sight]]:
    """What was seen at a place; the first to ask goes there."""
    visitor = Visitor(chromium, world, ALBUM if WALK else None)
    yield cache(visitor.look)
    visitor.leave()


Seen = Callable[[str, str], Sight]


@every_place
def test_it_is_the_place_that_was_asked_for(sight: Seen, name: str, language: str) -> None:
    assert sight(name, language).astray == []


@every_place
def test_axe_finds_nothing(sight: Seen, name: str, language: str) -> None:
    assert sight(name, language).violations == []


@every_place
def test_nothing_is_cut_when_small_enlarged_or_spaced(sight: Seen, name: str, language: str) -> None:
    assert sight(name, language).cut == []


@every_place
def test_words_stand_out_in_forced_colours(sight: Seen, name: str, language: str) -> None:
    assert sight(name, language).unreadable == []


@every_place
def test_nothing_is_missing_from_elsewhere_or_against_the_policy(sight, name, language):
    assert sight(name, language).complaints == []


@pytest.mark.sampled
@pytest.mark.parametrize(
    "name", [name for name, language in VISITS if language == "vi" and name not in MADE_UP]
)
def test_budgets_are_kept(sight: Seen, name: str) -> None:
    seen = sight(name, "vi")
    page_limit = 6 if name.startswith("status") else 14
    # A page that shows what was sent has one picture, which a browser fetches when it comes near it.
    pictures = int(name in ("filing paper", "filing check"))
    kept = {
        "page": seen.bytes_of("navigation") <= page_limit * KILO,
        "styles": seen.bytes_of("link") <= 16 * KILO,
        "no fonts or pictures": {kind for kind, _ in seen.requests}
        <= {"navigation", "link", "script", "other", *(["img"] * pictures)},
        "script": seen.bytes_of("script") <= (3 if name in FILLED_FROM_A_CARD else 2) * KILO,
        "requests, with the sign in the tab": len([kind for kind, _ in seen.requests if kind != "other"])
        < 5 + pictures,
        "elements": seen.elements < MOST_ELEMENTS.get(name, 800),
    }
    assert all(kept.values()), (kept, seen.requests, seen.elements)


@pytest.mark.skipif(not WALK, reason="a clock says little on a machine that runs other tests")
@pytest.mark.parametrize(
    "name", ["home", "search", "procedure", "look-up", "status in progress", "transparency"]
)
def test_something_is_seen_soon_on_a_slow_line(chromium: Browser, world: World, name: str) -> None:
    assert min(first_paint(chromium, world, name) for _try in range(3)) < 2.5


def test_explained_procedures_are_short_and_birth_fits_on_a_sheet(chromium: Browser, world: World) -> None:
    context = chromium.new_context(viewport={"width": PHONE, "height": HEIGHT})
    page, tall = context.new_page(), {}
    for code in share(sorted(one.stem for one in EXPLAINED.glob("*.yaml")), 0, 20):
        page.goto(world.url(f"thu-tuc/{code}/"))
        tall[code] = page.evaluate("document.documentElement.scrollHeight")
    page.goto(world.url(f"thu-tuc/{BIRTH}/"))
    sheets = len(PdfReader(BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages)
    context.close()
    assert ({code: height for code, height in tall.items() if height > MOST_TALL}, sheets) == ({}, 1)
