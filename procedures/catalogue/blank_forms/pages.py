"""The citizen's pages of forms: the list of all, and the sheet under an address that stays."""

from collections import defaultdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from procedures.catalogue.blank_forms.names import FormName, form_names
from procedures.catalogue.blank_forms.offers import offers, sheet_of
from procedures.catalogue.from_dossiers import Sheet
from procedures.catalogue.models import BlankForm, Procedure
from tenants.english import in_language
from tenants.files.inspection import EXTENSIONS
from tenants.organisation.kept_pages import kept_page
from tenants.text import sort_key

HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


@kept_page("catalogue")
def overview(request: HttpRequest) -> HttpResponse:
    """Answer GET /bieu-mau/: every form with a title that procedures name, or with a sheet. Two statements.

    Hundreds of others are known by their number alone: they would make the page heavy and help no reader.
    """
    return render(request, "catalogue/blank_forms.html", {"forms": _forms()})


@require_safe
def download(request: HttpRequest, key: str) -> HttpResponse:
    """Answer GET /bieu-mau/<key>/: the sheet, else its place in the list. One statement, two without a sheet."""
    sheet = sheet_of(key)
    if sheet is None:
        if not BlankForm.objects.filter(key=key).exists():
            raise Http404
        return redirect(f"{reverse('blank-forms')}#{key}")
    return sheet_response(request, sheet, key)


def sheet_response(request: HttpRequest, sheet: Sheet, name: str) -> HttpResponse:
    """The sheet as a file to keep, under our own name, or 304 for who has it."""
    etag = f'"{sheet.version[:32]}"'
    response = get_conditional_response(request, etag=etag) or HttpResponse(
        sheet.content, content_type=sheet.content_type
    )
    ending = EXTENSIONS[sheet.content_type][0]
    for header, value in {
        **HEADERS, "ETag": etag, "Content-Disposition": f'attachment; filename="{name}.{ending}"',
    }.items():  # fmt: skip
        response[header] = value
    return response


def _forms() -> list[dict[str, Any]]:
    users: dict[str, dict[str, Any]] = defaultdict(dict)
    names: dict[str, FormName] = {}
    shown = Procedure.objects.filter(state=Procedure.State.ACTIVE, current_version__documents__form__gt="")
    rows = shown.order_by("sort_key", "code").distinct()
    for code, short_name, english, text in rows.values_list(
        "code", "short_name", "english_name", "current_version__documents__form"
    ):
        for name in form_names(text or ""):
            names[name.key] = name
            said, lang = in_language(short_name, english)
            users[name.key][code] = {"url": reverse("procedure", args=[code]), "name": said, "lang": lang}
    forms = []
    for key, offer in offers(names.values(), with_sheets=True).items():
        if not (offer.title or offer.url):
            continue
        title, lang = in_language(offer.title or offer.code, offer.english)
        forms.append(
            {
                "offer": offer,
                "title": title,
                "lang": lang,
                "official": "" if title in (offer.title, offer.code) else offer.title,
                "names_itself": offer.title in ("", offer.code),
                "link": offer.link_text if offer.url else "",
                "procedures": list(users[key].values()),
            }
        )
    return sorted(forms, key=lambda form: (sort_key(form["title"]), form["offer"].key))
