"""A scripted Zalo on this machine, under the addresses of the installation's settings."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tenants import clock
from tenants.web import http
from tests.messaging.channels.zalo.making import NOON, Serve, by_path
from tests.messaging.channels.zalo.simulated import House
from tests.messaging.scripted_server import ScriptedServer, serving
from tests.simulators.zalo.process import ZaloSimulator


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def serve(settings: Any) -> Iterator[Serve]:
    """Answer what is asked, by path; all hosts are the same server."""
    with ExitStack() as stack:

        def start(answers: Mapping[str, Any]) -> ScriptedServer:
            server = stack.enter_context(serving(by_path(answers)))
            settings.OUTBOUND_ALLOW = frozenset({server.place})
            for host in ("OAUTH", "OPENAPI", "BUSINESS"):
                setattr(settings, f"ZALO_{host}_URL", server.url)
            return server

        yield start
        http.forget()


@pytest.fixture
def house(settings: Any) -> Iterator[House]:
    """An Official Account at a pretended Zalo."""
    with ZaloSimulator() as zalo:
        settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", zalo.port)})
        for name in ("oauth", "openapi", "business"):
            setattr(settings, f"ZALO_{name.upper()}_URL", getattr(zalo.urls, name))
        yield House(zalo)
        http.forget()
