"""The page on which procedures are searched."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, TextChoices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures.catalogue.formats.base import base_code
from procedures.catalogue.life_events import pages as life_events
from procedures.catalogue.models import Channel, Level, Procedure, Sector
from procedures.catalogue.search import search
from procedures.catalogue.search.index import everyday_words
from procedures.catalogue.search.signposts import Signpost, signpost
from procedures.catalogue.wording import fee_in_list, level_line, term_line, ways_line
from tenants.english import in_language
from tenants.organisation.kept_pages import kept_page
from tenants.text import fold

MOST_EXPLAINED = 2
MOST_SECTORS, MOST_POPULAR = 12, 12


@kept_page("catalogue", unkept=("q", "linh-vuc", "cap", "cach-nop", "trang"))
def search_view(request: HttpRequest) -> HttpResponse:
    """Answer GET /thu-tuc/?q=&linh-vuc=&cap=&cach-nop=&trang=; without any of them, ways to begin."""
    if not any(request.GET.values()):
        context = {
            "popular": search.popular(MOST_POPULAR),
            "sectors": _sectors_to_choose(),
            "life_events": life_events.cards(),
        }
        return render(request, "catalogue/procedures_start.html", context)
    return render(request, "catalogue/procedure_search.html", search_context(request.GET))


def search_context(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the context of the search page for the query string *typed* (q, linh-vuc, cap, cach-nop, trang)."""
    query, level, channel = typed.get("q", ""), typed.get("cap", ""), typed.get("cach-nop", "")
    sector = fold(typed.get("linh-vuc", "")[: search.MAX_QUERY])
    level, channel = _one_of(level, Level), _one_of(channel, Channel)
    results = search.search(query, sector=sector, level=level, channel=channel, page=_page(typed))
    kept = {"q": results.query, "linh-vuc": sector.replace(" ", "-"), "cap": level, "cach-nop": channel}
    filtered = bool(sector or level or channel)
    return {
        "query": results.query,
        "results": [_result(hit) for hit in results.hits],
        "count_text": _count_text(results, filtered=filtered),
        "explained": _explained(results),
        "signpost": _signpost(signpost(query, results.hits)),
        "filters": {
            "sector": kept["linh-vuc"],
            "level": level,
            "channel": channel,
            "sectors": _sector_options(results, sector),
            "levels": _options(Level, results.levels, level),
            "channels": _options(Channel, results.channels, channel),
        },
        "without_filters": _without_filters(results) if filtered else None,
        "sectors": None if results.unfiltered else _sectors_to_choose(),
        "pagination": _pagination(results, kept),
    }


def _one_of(value: str, choices: type[TextChoices]) -> str:
    return value if value in choices.values else ""


def _options(choices: type[TextChoices], counts: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "count": counts.get(value, 0), "selected": value == chosen}
        for value, label in choices.choices
        if value == chosen or counts.get(value)
    ]


def _sector_options(results: search.SearchResults, chosen: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"value": folded.replace(" ", "-"), "label": name, "count": count, "selected": folded == chosen}
        for folded, name, count in results.sectors
    ]
    if chosen and not any(option["selected"] for option in found):
        name = Sector.objects.filter(folded=chosen).values_list("name", flat=True).first()
        lost = {"value": chosen.replace(" ", "-"), "label": name, "count": 0, "selected": True}
        found += [lost] if name else []
    return found


def _sectors_to_choose() -> dict[str, list[dict[str, Any]]]:
    """Return the fields to choose from where nothing was found or asked, each part in Vietnamese order, with counts.

    First those in which the province itself handles most, then all the others.
    """
    active = Q(procedures__state=Procedure.State.ACTIVE)
    counted = Sector.objects.filter(active).annotate(
        handled=Count("procedures", filter=active & Q(procedures__handled=True)),
        count=Count("procedures", filter=active),
    )
    sectors = list(counted.order_by("sort_key").values_list("folded", "name", "handled", "count"))
    fullest = {row[0] for row in sorted(sectors, key=lambda row: -row[2])[:MOST_SECTORS]}
    parts: dict[str, list[dict[str, Any]]] = {"first": [], "others": []}
    for folded, name, _handled, count in sectors:
        part = "first" if folded in fullest else "others"
        parts[part].append({"value": folded.replace(" ", "-"), "label": name, "count": count})
    return parts


def _explained(results: search.SearchResults) -> list[str]:
    """Return what the page says about how the question was understood."""
    sentences = [
        _("“%(everyday)s” là cách gọi thường ngày của “%(official)s”.")
        % {"everyday": everyday[:1].upper() + everyday[1:], "official": official}
        for everyday, official in results.synonyms
        if not base_code(official) and official not in everyday
    ]
    if results.near:
        return [_("Có phải ông/bà tìm:")]
    return sentences[:MOST_EXPLAINED]


def _signpost(post: Signpost | None) -> dict[str, str] | None:
    if post is None:
        return None
    said = {key: in_language(post[key], post[f"{key}_en"])[0] for key in ("name", "at")}
    return {**said, "code": post.get("code", "")}


def _without_filters(results: search.SearchResults) -> dict[str, str]:
    text = ngettext(
        "Bỏ lọc, xem cả %(count)d thủ tục", "Bỏ lọc, xem cả %(count)d thủ tục", results.unfiltered
    )
    address = f"{reverse('procedures')}?{urlencode({'q': results.query}, errors='replace')}"
    return {"text": text % {"count": results.unfiltered}, "url": address}


def _page(typed: Mapping[str, str]) -> int:
    text = typed.get("trang", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _result(hit: search.SearchHit) -> dict[str, Any]:
    where, where_lang = in_language(hit.where)
    return {
        **search.named(hit),
        "url": reverse("procedure", args=[hit.code]),
        "everyday": ", ".join(everyday_words(hit.everyday)[:1]),
        "sector": hit.sector,
        "level": level_line(hit.levels),
        "term": term_line(hit.term_value, hit.term_unit, hit.term_note),
        "fee": fee_in_list(hit.fees),
        "ways": ways_line(hit.channels),
        "handled": hit.handled,
        "where": where or ("" if hit.handled else _("không nộp tại cổng này")),
        "where_lang": where_lang,
    }


def _count_text(results: search.SearchResults, *, filtered: bool) -> str:
    if not results.count and filtered and results.unfiltered:
        return _("Không có thủ tục khớp “%(query)s” trong phần đã lọc.") % {"query": results.query}
    if not results.count:
        return _("Không có thủ tục khớp “%(query)s”.") % {"query": results.query}
    handled = ngettext(
        "%(count)d thủ tục làm tại tỉnh", "%(count)d thủ tục làm tại tỉnh", results.handled
    ) % {"count": results.handled}
    if not results.information_only:
        return handled
    other = ngettext(
        "%(count)d thủ tục nơi khác giải quyết, chỉ để xem",
        "%(count)d thủ tục nơi khác giải quyết, chỉ để xem",
        results.information_only,
    ) % {"count": results.information_only}
    return f"{handled}, {other}" if results.handled else other


def _pagination(results: search.SearchResults, kept: dict[str, str]) -> dict[str, str] | None:
    if results.pages == 1:
        return None
    kept = {name: value for name, value in kept.items() if value}

    def url(page: int) -> str:
        if not 1 <= page <= results.pages:
            return ""
        return f"{reverse('procedures')}?{urlencode({**kept, 'trang': page}, errors='replace')}"

    text = _("Trang %(page)d trên %(pages)d") % {"page": results.page, "pages": results.pages}
    return {"previous_url": url(results.page - 1), "next_url": url(results.page + 1), "text": text}
