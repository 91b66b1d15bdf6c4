"""The package as an assistant starts it: a process of its own that is spoken to over stdio. A small portal answers it."""

import asyncio
import json
import os
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

mcp = pytest.importorskip("mcp")

SOURCE = Path(__file__).parents[1] / "src"
SCHEMA = Path(__file__).parents[3] / "docs" / "tich-hop" / "openapi.json"
KEY = "mc_khoathu_0000"
TOOLS = [
    ("look_up_dossier", {"code": "H15.08-261125-0042", "key": "K7PQ2M"}, "/api/v1/lookup/"),
    ("search_procedures", {"question": "khai sinh", "level": "commune"}, "/api/v1/procedures/?q=khai+sinh&level=commune"),
    ("read_procedure", {"code": "1.001193"}, "/api/v1/procedures/1.001193/"),
    ("list_desks", {}, "/api/v1/statistics/?by=agency"),
    ("read_figures", {"from_": "2026-10-01", "to": "2026-10-31", "by": "sector"}, "/api/v1/statistics/?by=sector&from=2026-10-01&to=2026-10-31"),
    ("read_events", {"after": 7}, "/api/v1/events/?after=7&limit=100"),
]  # fmt: skip


class Portal(HTTPServer):
    """Repeats what it was asked; says no to a dossier of another province."""

    asked: list[dict[str, Any]]


class _Door(BaseHTTPRequestHandler):
    server: Portal

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = {"path": self.path, "body": json.loads(sent or "null"), "key": self.headers["Authorization"]}
        self.server.asked.append(asked)
        refused = "H19" in sent.decode()
        answer = {"title": "Mã này của tỉnh khác", "detail": ""} if refused else {"path": self.path}
        if "statistics" in self.path:
            answer["until"] = "2026-10-31T23:59:59+07:00"
        self.send_response(404 if refused else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_POST = do_GET

    def log_message(self, *_anything: object) -> None:
        """Nothing is written."""


@pytest.fixture
def portal() -> Iterator[Portal]:
    server = Portal(("127.0.0.1", 0), _Door)
    server.asked = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def call(portal: Portal, calls: list[tuple[str, dict[str, Any]]], **environ: str) -> tuple[Any, list[Any]]:
    """The tools that the server offers, and what each of these calls got."""

    async def speak() -> tuple[Any, list[Any]]:
        started = mcp.StdioServerParameters(
            command=sys.executable,
            args=["-m", "mot_cua_mcp"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE),
                 "MOT_CUA_URL": f"http://127.0.0.1:{portal.server_port}", **environ},
        )  # fmt: skip
        async with mcp.Client(started, read_timeout_seconds=60) as client:
            offered = (await client.list_tools()).tools
            return offered, [await client.call_tool(name, given) for name, given in calls]

    return asyncio.run(speak())


def test_each_tool_only_reads_and_says_where_its_answer_is_from_and_of_when(portal: Portal) -> None:
    calls = [(name, given) for name, given, _path in TOOLS]
    offered, answers = call(portal, calls, MOT_CUA_KEY=KEY)
    assert [one.name for one in offered] == [name for name, _given in calls]
    assert all(one.annotations.read_only_hint and one.description for one in offered)
    for (name, _given, path), answer in zip(TOOLS, answers, strict=True):
        assert not answer.is_error, (name, answer)
        said = answer.structured_content
        assert said["source"] == f"http://127.0.0.1:{portal.server_port}{path}"
        assert said["answer"]["path"] == path
        assert said["as_of"] == said["answer"].get("until", said["as_of"])
        assert said["as_of"][10] == "T"
        assert said["as_of"].endswith("+07:00")
    assert portal.asked[0]["body"] == {"code": "H15.08-261125-0042", "key": "K7PQ2M"}
    assert [one["key"] for one in portal.asked] == [None] * 5 + [f"Bearer {KEY}"], "the key goes nowhere else"


def test_a_refusal_is_told_in_the_words_of_the_portal_and_events_want_a_key(portal: Portal) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("look_up_dossier", {"code": "H19.08-261125-0001"}),
        ("read_events", {}),
    ]
    _offered, (refused, without) = call(portal, calls)
    assert refused.is_error
    assert "Mã này của tỉnh khác" in refused.content[0].text
    assert without.is_error
    assert "MOT_CUA_KEY" in without.content[0].text
    assert len(portal.asked) == 1


@pytest.mark.parametrize("path", [path for _name, _given, path in TOOLS])
def test_what_is_asked_stands_in_the_schema_of_the_api(path: str) -> None:
    address, _, query = path.partition("?")
    paths = json.loads(SCHEMA.read_text("utf-8"))["paths"]
    (methods,) = [
        paths[one] for one in paths if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(one)), address)
    ]
    (operation,) = methods.values() if len(methods) == 1 else [methods["get"]]
    declared = {one["name"] for one in operation.get("parameters", ())}
    assert {name for name, _value in parse_qsl(query)} <= declared
