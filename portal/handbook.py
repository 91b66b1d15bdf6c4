"""The staff's handbook: a page for each task, opened from the screen where it is done, printed on A5.

The texts are files of `docs/can-bo/`, the pictures of `docs/img/`; both go with the portal.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
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


class Page(NamedTuple):
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
    body = re.sub(r"\]\(\.\./img/([a-z0-9-]+\.png)\)", _address("handbook-picture"), body)
    body = re.sub(r"\]\(([a-z0-9-]+)\.md\)", _address("handbook-page"), body)
    # The texts are ours; HTML in them is shown as text all the same.
    from markdown_it import MarkdownIt  # slow to import

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Page(title.strip(), mark_safe(markdown.render(body)))  # noqa: S308


def _address(view: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"]({reverse(view, args=[found[1]])})"


@cache
def names() -> frozenset[str]:
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
    return reverse("handbook-page", args=[name]) if name in names() else reverse("handbook")


def text_page(request: HttpRequest, name: str = INDEX) -> HttpResponse:
    """One task; without a name the table of contents."""
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


def picture(request: HttpRequest, name: str) -> FileResponse:
    path = PICTURES / name
    if not _PICTURE.match(name) or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), content_type="image/png")
