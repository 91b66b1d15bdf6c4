"""Requests through the real WSGI door, in this process.

Django's test client keeps the connection whatever happens to it; here each request begins and ends as under
a server: old connections are closed, kept ones are checked.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

_CSRF = "a" * 32


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


class Served(RequestFactory):
    """A browser at one host, perhaps signed in."""

    def __init__(self, host: str, session: str = "") -> None:
        super().__init__(headers={"host": host})
        self.cookies[settings.CSRF_COOKIE_NAME] = _CSRF
        if session:
            self.cookies[settings.SESSION_COOKIE_NAME] = session
        self._handler = WSGIHandler()

    def get(self, path: str, *arguments: Any, **named: Any) -> Answer:  # type: ignore[override]
        answer: Answer = super().get(path, *arguments, **named)
        return answer

    def post(self, path: str, data: dict[str, Any], **named: Any) -> Answer:  # type: ignore[override]
        answer: Answer = super().post(path, {**data, "csrfmiddlewaretoken": _CSRF}, **named)
        return answer

    def request(self, **request: Any) -> Answer:  # type: ignore[override]
        head: list[Any] = []
        answer = self._handler(
            self._base_environ(**request), lambda status, headers: head.extend((status, headers))
        )
        try:
            text = b"".join(answer).decode(errors="replace")
        finally:
            answer.close()
        return Answer(int(head[0].split()[0]), dict(head[1]), text)
