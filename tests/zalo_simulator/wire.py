"""Requests and answers as they cross the wire."""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

JSON = "application/json;charset=utf-8"
HTML = "text/html;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """`headers` have lower-case names."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def path(self) -> str:
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The first value of each name."""
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @cached_property
    def form(self) -> dict[str, str]:
        """The body as a form; {} when its type does not say so."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        pairs = parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    def below(self, prefix: str) -> "Request":
        """The same request as the host behind `prefix` sees it."""
        return replace(self, target=self.target.removeprefix(prefix) or "/")


@dataclass
class Answer:
    """`ending`: "" is a whole answer; "cut" closes the connection without a byte, "silent" never answers."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    latency: float = 0.0
    ending: str = ""

    def json(self) -> Any:
        """The content, or None when the body is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def dumps(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(content: Any, status: int = 200) -> Answer:
    return Answer(status, dumps(content), {"Content-Type": JSON})


def html_answer(page: str, status: int = 200) -> Answer:
    return Answer(status, page.encode(), {"Content-Type": HTML})


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", {"Location": location})
