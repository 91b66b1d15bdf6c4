"""The staff's handbook: a page for each task, opened from the screen where it is done, printed on A5.

The texts are files of `docs/can-bo/`, the pictures of `docs/img/`; both go with the portal.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tenants.organisation.staff_site.sites import province_site

PAGES: Path = settings.BASE_DIR / "docs" / "can-bo"
PICTURES: Path = settings.BASE_DIR / "docs" / "img"
INDEX = "README"
_PICTURE = re.compile(r"\A[a-z0-9-]+\.png\Z")

OF_SCREEN = {
    "login": "dang-nhap", "account": "dang-nhap", "today": "viec-hom-nay",
    "dossiers_dossier_add": "tiep-nhan", "scan": "quet-ma", "dossiers_dossier_changelist": "danh-sach",
    "dossier-bulk": "nhieu-ho-so", "dossier-handover": "nhieu-ho-so", "dossiers_dossier_change": "ho-so",
    "dossier-act": "ho-so", "dossier-transition": "chuyen-buoc", "dossier-decide": "chuyen-buoc",
    "reports": "bao-cao", "calls": "goi-dien", "call": "goi-dien",
    "feedback_feedback_changelist": "khieu-nai", "dossiers_decision_changelist": "khieu-nai",
    "procedure-draft": "soan-thu-tuc", "procedure-draft-difference": "soan-thu-tuc",
    "procedures_blankform_changelist": "to-khai", "procedures_blankform_add": "to-khai",
    "procedures_blankform_change": "to-khai", "procedure-draft-import": "soan-thu-tuc", "procedures_procedure_change": "soan-thu-tuc",
    "broadcasts_publication_changelist": "thong-bao", "broadcasts_publication_add": "thong-bao",
}  # fmt: skip
"""Name of a screen's address → its page. A screen that is not named leads to the table of contents."""

STEP = {"require_supplement": "yeu-cau-bo-sung", "return_filing": "yeu-cau-bo-sung", "return": "tra-ket-qua"}
ACT = {"xin-loi": "xin-loi", "thu-hoi": "thu-hoi", "dieu-chinh": "thu-hoi"}
"""Steps and acts that have a page of their own."""


@dataclass(frozen=True)
class Page:
    """One page, as HTML."""

    name: str
    title: str
    body: SafeString


@cache
def page(name: str) -> Page | None:
    """The page of this name; None where there is none. Read once: the texts change with the installation."""
    if name not in names() and name != INDEX:
        return None
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    title, _rest, body = text.removeprefix("# ").partition("\n")
    # Addresses are given here: what the file names is beside it, and opens in a browser of files too.
    body = re.sub(
        r"\]\(\.\./img/([a-z0-9-]+\.png)\)",
        lambda one: f"]({reverse_or_empty('handbook-picture', one[1])})",
        body,
    )
    body = re.sub(
        r"\]\(([a-z0-9-]+)\.md\)", lambda one: f"]({reverse_or_empty('handbook-page', one[1])})", body
    )
    # The texts are ours; HTML in them is shown as text all the same.
    from markdown_it import MarkdownIt  # slow to import

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Page(name, title.strip(), mark_safe(markdown.render(body)))  # noqa: S308


@cache
def names() -> frozenset[str]:
    """The pages there are."""
    return frozenset(path.stem for path in PAGES.glob("*.md") if path.stem != INDEX)


def address_for(request: HttpRequest) -> str:
    """Where the page about the screen of this request stands; empty where the handbook was not installed."""
    if page(INDEX) is None or request.resolver_match is None:
        return ""
    screen, values = request.resolver_match.url_name or "", request.resolver_match.kwargs
    own = (
        STEP.get(str(values.get("code")))
        if screen == "dossier-transition"
        else ACT.get(str(values.get("name")))
    )
    name = own or OF_SCREEN.get(screen, "")
    return reverse_or_empty("handbook-page", name) if name in names() else reverse_or_empty("handbook")


def index_page(request: HttpRequest) -> HttpResponse:
    """The table of contents."""
    return _shown(request, INDEX)


def text_page(request: HttpRequest, name: str) -> HttpResponse:
    """One task."""
    if name not in names():
        raise Http404(_("Sổ tay không có trang này."))
    return _shown(request, name)


def picture(request: HttpRequest, name: str) -> FileResponse:
    """A picture of the handbook."""
    path = PICTURES / name
    if not _PICTURE.match(name) or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/png")


def _shown(request: HttpRequest, name: str) -> HttpResponse:
    shown = page(name)
    if shown is None:
        raise Http404(_("Sổ tay không có trang này."))
    context = {
        **province_site.each_context(request),
        "title": shown.title,
        "page": shown,
        "contents": name == INDEX,
        "is_fullwidth": "1",
    }
    return render(request, "desk/handbook.html", context)


def reverse_or_empty(name: str, *values: str) -> str:
    """The address of this name, "" where the host has none."""
    try:
        return reverse(name, args=values)
    except NoReverseMatch:
        return ""
