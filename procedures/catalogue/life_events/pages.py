"""The citizen's pages of life events: all of them, and one with its steps. Kept under the catalogue's version."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from procedures.catalogue.formats.terms import term_text
from procedures.catalogue.life_events import events
from procedures.catalogue.life_events.events import LifeEventFile, LifeEventStep
from procedures.catalogue.models import Procedure
from procedures.catalogue.wording import fee_in_list
from tenants.english import in_language
from tenants.organisation.kept_pages import kept_page

MOST_ON_HOME = 6


@kept_page("catalogue")
def overview(request: HttpRequest) -> HttpResponse:
    return render(request, "catalogue/life_events.html", {"events": cards()})


@kept_page("catalogue")
def life_event(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer GET /doi-song/<slug>/: four statements."""
    event = events.shown().get(slug)
    if event is None:
        raise Http404
    procedures = _procedures(linked.code for step in event.steps for linked in step.procedures)
    steps = [_step(step, procedures) for step in event.steps]
    return render(request, "catalogue/life_event.html", {"event": _card(slug, event), "steps": steps})


def cards(most: int | None = None) -> list[dict[str, Any]]:
    """The events as lists show them, the first `most` of them; one statement."""
    return [_card(slug, event) for slug, event in islice(events.shown().items(), most)]


def _card(slug: str, event: LifeEventFile) -> dict[str, Any]:
    english = event.english
    return {
        "url": reverse("life-event", args=[slug]),
        "picture": f"citizen/pictures/{event.picture}.svg",
        "title": _words(event.title, english.title if english else ""),
        "intro": _words(event.intro, english.intro if english else ""),
    }


def _step(step: LifeEventStep, procedures: dict[str, Procedure]) -> dict[str, Any]:
    """A step with those of its procedures that the province shows."""
    shown = [(linked, procedures[linked.code]) for linked in step.procedures if linked.code in procedures]
    return {
        "words": _words(step.text, step.english),
        "procedures": [
            {
                "url": reverse("procedure", args=[procedure.code]),
                "name": _words(procedure.short_name, linked.english or procedure.english_name),
                "official_name": procedure.short_name if linked.english and get_language() == "en" else "",
                "facts": list(_facts(procedure)),
            }
            for linked, procedure in shown
        ],
    }


def _procedures(codes: Iterable[str]) -> dict[str, Procedure]:
    found = Procedure.objects.filter(code__in=set(codes), current_version__isnull=False)
    found = found.exclude(state=Procedure.State.HIDDEN).order_by().select_related("current_version")
    columns = ("term_value", "term_unit", "term_note")
    found = found.only(
        *("code", "short_name", "english_name", "handled", "where_text"),
        *(f"current_version__{name}" for name in columns),
    )
    return {procedure.code: procedure for procedure in found.prefetch_related("current_version__fees")}


def _facts(procedure: Procedure) -> Iterator[str]:
    """Term and fee as far as they are known, and where one files what the province does not handle."""
    if (version := procedure.current_version) is None:
        return
    if term := term_text(version.term_value, version.term_unit):
        yield term
    elif version.term_note:
        yield _("Thời hạn tùy trường hợp") if ";" in version.term_note else in_language(version.term_note)[0]
    if fee := fee_in_list((fee.kind, fee.amount) for fee in version.fees.all()):
        yield fee
    if not procedure.handled:
        # The place is the province's text; readers of English find it on the page of the procedure.
        place = "" if get_language() == "en" else procedure.where_text
        place = place or _("không nộp tại cổng này")
        yield place[:1].upper() + place[1:]


def _words(vietnamese: str, english: str) -> dict[str, str]:
    text, lang = in_language(vietnamese, english)
    return {"text": text, "lang": lang}
