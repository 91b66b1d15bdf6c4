"""A pretended Zalo, and as many provinces as a test wants."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tenants.web import http
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage
from tests.simulators.zalo.process import ZaloSimulator

Staging = Callable[..., Stage]


@pytest.fixture(autouse=True)
def _noon() -> None:
    """Here the clock runs: it is Zalo's, ours and the database's together."""


@pytest.fixture
def staging(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Staging]:
    """`staging((("daklak", "chinh"), …), **settings)`: these accounts, each connected to an OA of its own."""
    with ExitStack() as stack:

        def begin(places: Sequence[tuple[str, str]] = (("daklak", "chinh"),), **played: Any) -> Stage:
            # Its two seconds are real ones, in which our door may wait for the processor: no test here is about speed.
            zalo = stack.enter_context(ZaloSimulator(**{"webhook_seconds": 30.0, **played}))
            settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", zalo.port)})
            settings.MESSAGING_CHANNELS = ["zalo", "mock"]
            settings.DATA_DIR = tmp_path
            for name in ("oauth", "openapi", "business"):
                setattr(settings, f"ZALO_{name.upper()}_URL", getattr(zalo.urls, name))
            stage = Stage(zalo, monkeypatch, places)
            stack.callback(stage.door.close)
            for office in stage.offices:
                office.take_tokens()
            return stage

        yield begin
        http.forget()


@pytest.fixture
def stage(staging: Staging) -> Stage:
    """One province, connected."""
    return staging()


@pytest.fixture
def office(stage: Stage) -> Office:
    """Its account, which has an approved form."""
    (only,) = stage.offices
    only.fetch_forms()
    return only


@pytest.fixture
def person(office: Office) -> Person:
    """Somebody who follows the OA and is known to us there."""
    return office.person()
