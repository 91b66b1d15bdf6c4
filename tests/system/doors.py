"""What a page lets anybody send: its forms and the parameters of its links, read from the page itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from tests.filling import Page

MOST_PAGES = 8
# What makes a form go on to its next page, by a word in the name of a field; any other text is short.
PLAUSIBLE = {"phone": "0905000217", "so": "0905000217", "email": "a@example.vn", "code": "H15.08-261125-0001"}


@dataclass(frozen=True)
class Door:
    """One form, or the parameters of links to one page; `sent` goes with every field that is made long."""

    method: str
    address: str
    sent: dict[str, list[str]] = field(hash=False)
    uploads: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.address).path}"

    def send(self, client: Client, **more: Any) -> Any:
        """Answer of the page when this is sent, with `more` in place of what stood there."""
        data = {name: values for name, values in {**self.sent, **more}.items() if values not in ([], "")}
        return client.get(self.address, data) if self.method == "GET" else client.post(self.address, data)


def find_doors(client: Client, address: str) -> list[Door]:
    """The forms of a page and the parameters of its links, and those of the pages behind it with the same view."""
    return list(dict.fromkeys(_walk(client, address)))


def route(address: str) -> str:
    """The pattern behind an address of a province, "" for none."""
    try:
        return str(resolve(urlsplit(address).path).route)
    except Resolver404:
        return ""


def _walk(client: Client, address: str) -> Iterator[Door]:
    waiting, seen = [address], set[str]()
    while waiting and len(seen) < MOST_PAGES:
        here = waiting.pop(0)
        if (kind := _kind(here)) in seen:
            continue
        seen.add(kind)
        answer = client.get(here)
        if answer.status_code in (301, 302, 303):
            waiting.append(urljoin(here, answer["Location"]))
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        page = Page(b"".join(answer).decode())
        for link in (urljoin(here, link) for link in page.links):
            asked = parse_qsl(urlsplit(link).query)
            if link.startswith("/") and asked:
                yield Door("GET", urlsplit(link).path, {name: [value] for name, value in asked})
            if link.startswith("/") and route(link) == route(address):
                waiting.append(link)
        for head, form in zip(page.heads, page.forms, strict=True):
            uploads = tuple(name for name in page.uploads if name in form)
            sent = {
                name: values if any(values) else [_plausible(name)]
                for name, values in form.items()
                if name not in uploads
            }
            to, method = urljoin(here, head.get("action") or here), (head.get("method") or "get").upper()
            door = Door(method, to, sent, uploads)
            yield door
            if method == "POST" and (led := door.send(client).headers.get("Location")):
                waiting.append(urljoin(here, led))


def _kind(address: str) -> str:
    """Pages that differ in what was sealed or counted alone are one."""
    asked = dict(parse_qsl(urlsplit(address).query))
    return f"{urlsplit(address).path} {asked.get('buoc')} {asked.get('cau')} {sorted(asked)}"


def _plausible(name: str) -> str:
    return next((value for word, value in PLAUSIBLE.items() if word in name), "abc")
