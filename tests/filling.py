"""Filling in the form on a page, as a browser would send it: with what already stands in it."""

from html.parser import HTMLParser
from typing import Any

Form = dict[str, list[str]]
PRESSED = ("submit", "button", "image", "reset", "file")
"""Inputs that are sent only by who presses them, or not as text."""


class Page(HTMLParser):
    """The forms of a page: each control by its name, with the values that it would send untouched.

    `heads` holds the attributes of each form, `uploads` the names of inputs that take files, `links` where the page leads.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.heads: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.uploads: list[str] = []
        self.sent: list[str] | None = None
        self.first: str | None = None
        self.inert, self.is_open, self.is_text, self.is_one = 0, False, False, False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "template":
            self.inert += 1
        elif tag == "form":
            self.forms.append({})
            self.heads.append(given)
            self.is_open = True
        elif tag == "a" and (link := given.get("href")):
            self.links.append(link)
        elif self.inert or not self.is_open or "disabled" in given:
            return
        elif tag == "option" and self.sent is not None:
            value = given.get("value") or ""
            self.first = value if self.first is None else self.first
            if "selected" in given:
                self.sent.append(value)
        elif (name := given.get("name")) and tag in ("input", "select", "textarea"):
            self._control(tag, given, self.forms[-1].setdefault(name, []))

    def _control(self, tag: str, given: dict[str, str | None], sent: list[str]) -> None:
        kind = given.get("type") or "text"
        if tag == "textarea":
            sent.append("")
            self.sent, self.is_text = sent, True
        elif tag == "select":
            self.sent, self.first, self.is_one = sent, None, "multiple" not in given
        elif kind in ("checkbox", "radio"):
            sent.extend([given.get("value") or "on"] if "checked" in given else [])
        elif kind == "file":
            self.uploads.append(given["name"] or "")
        elif kind not in PRESSED:
            sent.append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self.sent is not None and self.is_text:
            self.sent[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self.inert -= 1
        elif tag == "form":
            self.is_open = False
        elif self.sent is not None and tag == "textarea":
            self.sent[-1] = self.sent[-1].removeprefix("\r").removeprefix("\n")
            self.sent, self.is_text = None, False
        elif self.sent is not None and tag == "select":
            if self.is_one and not self.sent and self.first is not None:
                self.sent.append(self.first)
            self.sent = None


def filled(page: Any, **typed: str) -> dict[str, Any]:
    """What the form with these fields sends after somebody typed into them; no page has it twice."""
    (form,) = (one for one in Page(page.content.decode()).forms if typed.keys() <= one.keys())
    return {name: values for name, values in form.items() if values} | typed
