"""A scripted Zalo on this machine, under the addresses of the installation's settings."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from tenants import clock
from tenants.web import http
from tests.messaging.channels.zalo.making import NOON, Serve, by_path
from tests.messaging.scripted_server import ScriptedServer, serving


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
