"""One demonstration and one Chromium for all stories; a fresh visitor, without cookies, for each page asked for.

Package-wide, not session-wide: while Playwright runs, Django refuses this process its database.
`*.localhost` is known to Chromium alone, so everything is fetched by pages.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    StorageState,
    expect,
    sync_playwright,
)

from tests.browser.chatting import OfficialAccount
from tests.browser.demonstration import Demonstration, DemoProvince
from tests.browser.people import Clerk
from tests.browser.places import World
from tests.browser.watching import watch
from tests.deep import DEEP

# The shell draws the same pages with half the processor: it has no windows, profiles or extensions.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
SWITCHES = (
    "--no-sandbox",  # the suite may run as root in a container
    "--font-render-hinting=none",  # the shell would set letters to whole pixels, wider than a window does
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 412, "height": 915}
# Of whom `make test` makes up a part.
FOLLOWERS = 5_000 if DEEP else 1_000
PATIENCE_MS = 15_000
"""For a machine that does other things besides."""

# Pictures are taken by `make walk` alone; other runs write no file.
WALK = bool(os.environ.get("WALK"))
PICTURES, GUESSING = "test_pictures.py", ("test_chat.py", "test_tasks.py")
collect_ignore = [] if WALK else [PICTURES]

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Pictures come first, before the stories fill lists and telephones; who guesses until stopped comes last."""
    items.sort(key=lambda item: (item.path.name != PICTURES, item.path.name in GUESSING))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, else the one that Playwright installed; without any, a skip or a failure."""
    own = playwright.chromium.executable_path
    path = next(filter(None, map(shutil.which, NAMES)), own if os.path.exists(own) else None)
    if path is None:
        missing = "không có Chromium: apt install chromium, hoặc playwright install chromium"
        if request.config.getoption("--require-browser"):
            pytest.fail(missing)
        pytest.skip(missing)
    browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def demo(chromium: Browser) -> Iterator[Demonstration]:
    """Runs until the last story is told, and must then stop cleanly."""
    running = Demonstration()
    try:
        yield running.until_up()
        code, left = running.stop()
        assert code == 0, "the demonstration stopped with an error"
        assert not left, "still running after the stop"
        assert not (running.data_dir / "demo.json").exists()
    finally:
        running.remove()


@pytest.fixture(scope="package")
def world(demo: Demonstration) -> World:
    """Đắk Lắk with a dossier in each state."""
    samples = demo.samples()
    return World(demo.province("daklak"), samples["slips"], samples["pages"], demo.national_url)


@pytest.fixture(scope="package")
def official_account(demo: Demonstration) -> OfficialAccount:
    """Đồng Nai's, with three people who may write to it and the crowd of its followers."""
    return OfficialAccount(demo, people=3, crowd=FOLLOWERS)


@pytest.fixture
def daklak(demo: Demonstration) -> DemoProvince:
    return demo.province("daklak")


@pytest.fixture
def dongnai(demo: Demonstration) -> DemoProvince:
    return demo.province("dongnai")


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """`visit()` is a page of somebody new at a desk, `visit(phone=True)` in somebody's hand.

    Whatever they did, no page may have asked another host, missed a file, broken the content policy or thrown.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def page(*, phone: bool = False, **options: Any) -> Page:
        size = PHONE if phone else DESK
        context = chromium.new_context(**{"viewport": size, "locale": "vi-VN", "has_touch": phone, **options})
        context.set_default_timeout(PATIENCE_MS)
        watch(context, complaints)
        contexts.append(context)
        return context.new_page()

    yield page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, demo: Demonstration) -> StorageState:
    """Cookies of Đắk Lắk's clerk after a log-in: who comes with them need not type the password again."""
    context = chromium.new_context()
    Clerk(context.new_page(), demo.province("daklak")).log_in()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def clerk(visit: Visit, daklak: DemoProvince, signed_in: StorageState) -> Clerk:
    return Clerk(visit(storage_state=signed_in), daklak)
