"""Publications in words: what each page shows, in the reader's language; routes, counts, costs, progress."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lookup.words.history import channel_name
from messaging.broadcasts.audience import audiences
from messaging.broadcasts.audience.base import ARTICLE
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.queries import Brief, blocks
from messaging.broadcasts.queries import alerts as publications_alerts
from messaging.broadcasts.queries import latest as publications_latest
from messaging.broadcasts.sending.statistics import Progress, Result
from messaging.broadcasts.sending.statistics import progress as publications_progress
from tenants import clock
from tenants.text import grouped

Context = dict[str, Any]
Kind = Publication.Kind

OUTAGE_IN_FULL = timedelta(hours=48)
"""An outage that begins later is one line; from then on it says from when until when."""
ALERTS_SHOWN = 2
"""On a phone a third band would leave nothing of the page to see."""


def day(at: datetime) -> str:
    """Thứ Tư 25/11/2026"""
    weekday = wording.weekday(at)
    return f"{weekday[:1].upper()}{weekday[1:]}{wording.NO_BREAK}{wording.day(at)}"


def span(one: Brief) -> str:
    """Từ 22:00, thứ Bảy 28/11/2026 đến 02:00, Chủ nhật 29/11/2026; empty when that is not known."""
    if one.starts_at is None or one.ends_at is None:
        return ""
    words = {"start": wording.full(one.starts_at), "end": wording.full(one.ends_at)}
    return _("Từ %(start)s đến %(end)s") % words


def alerts(path: str) -> Context:
    """What stands on top of a page of the province now: the first two, and how many more there are.

    A page does not announce itself, and the list of all needs no link to itself.
    """
    found = [
        {
            **_named(one),
            "url": reverse("announcement", args=[one.pk]),
            "urgent": one.kind == Kind.URGENT,
            "label": _("Thông báo khẩn") if one.kind == Kind.URGENT else _("Lịch bảo trì"),
            "when": span(one) if one.kind == Kind.OUTAGE else "",
            "line": _far_off(one),
        }
        for one in publications_alerts()
    ]
    others = [alert for alert in found if alert["url"] != path]
    more = 0 if path == reverse("announcements") else len(others) - ALERTS_SHOWN
    return {"shown": others[:ALERTS_SHOWN], "more": max(0, more)}


def _far_off(one: Brief) -> str:
    """Lịch bảo trì 13/12; empty for what is near, or no outage."""
    if one.kind != Kind.OUTAGE or one.starts_at is None or one.starts_at - clock.now() <= OUTAGE_IN_FULL:
        return ""
    return _("Lịch bảo trì %(day)s") % {"day": f"{wording.local(one.starts_at):%d/%m}"}


def latest() -> list[Context]:
    """The newest, for the first page."""
    return [row(one) for one in publications_latest()]


def row(one: Publication | Brief) -> Context:
    """An announcement in a list."""
    # Lists hold what is published.
    shown_at = one.publish_from or clock.now()
    return {
        **_named(one),
        "url": reverse("announcement", args=[one.pk]),
        "when": day(shown_at),
        "when_datetime": wording.local(shown_at).date().isoformat(),
        "note": _standing(one) if isinstance(one, Publication) else "",
    }


def page(one: Publication) -> Context:
    """One announcement as everybody reads it."""
    english, shown_at = _is_english(one), one.publish_from or clock.now()
    facts = [
        (_("Áp dụng cho"), one.area_en or one.area if english else one.area),
        (_("Từ"), wording.full(one.starts_at) if one.starts_at else ""),
        (_("Đến"), _end(one)),
        (_("Giờ làm việc"), one.issuer.hours if one.issuer else ""),
    ]
    return {
        **_named(one),
        "is_outage": one.kind == Kind.OUTAGE,
        "issuer": _issuer(one),
        "phone": one.issuer.phone if one.issuer else "",
        "when": f"{wording.weekday(shown_at)}{wording.NO_BREAK}{wording.day(shown_at)}",
        "when_datetime": wording.local(shown_at).isoformat(timespec="minutes"),
        "summary": one.summary_en if english else one.summary,
        "blocks": blocks(one.body_en if english else one.body),
        "facts": [(label, value) for label, value in facts if value],
        "over": _over(one),
        "corrected": wording.full(one.corrected_at) if one.corrected_at else "",
        "withdrawn": wording.full(one.withdrawn_at) if one.withdrawn_at else "",
        "withdrawn_reason": one.withdrawn_reason,
    }


def _issuer(one: Publication) -> str:
    if one.issuer is None:
        return ""
    in_english = one.issuer.name_en if get_language() == "en" else ""
    return in_english or one.issuer.name


def _end(one: Publication) -> str:
    if one.ends_at:
        text = wording.full(one.ends_at)
        return _("%(when)s (dự kiến)") % {"when": text} if one.kind == Kind.OUTAGE else text
    return _("Khi có thông báo mới") if one.starts_at else ""


def _named(one: Publication | Brief) -> Context:
    """The title in the reader's language, and the language it is in where that is not the page's."""
    english = _is_english(one)
    return {
        "title": one.title_en if english else one.title,
        "lang": "vi" if get_language() == "en" and not english else "",
    }


def _is_english(one: Publication | Brief) -> bool:
    return get_language() == "en" and bool(one.title_en)


def _over(one: Publication) -> bool:
    return one.publish_until is not None and one.publish_until <= clock.now()


def _standing(one: Publication) -> str:
    if one.withdrawn_at:
        return _("Đã rút lại")
    return _("Đã kết thúc") if _over(one) else ""


def page_state(publication: Publication) -> str:
    """Where the page stands."""
    if publication.withdrawn_at:
        return _("Đã rút lại")
    if not publication.published_at:
        return _("Bản nháp")
    if publication.publish_from and publication.publish_from > clock.now():
        return _("Chờ đăng")
    return _("Đã kết thúc") if _over(publication) else _("Đang đăng")


def is_sent(publication: Publication) -> bool:
    """Whether it goes, or is to go, to people, too, or through the hands of a second person."""
    return bool(publication.audiences) or publication.state != Publication.State.DRAFT


def sending_state(publication: Publication) -> str:
    """The state of the broadcast; empty where there is none. A finished one without readers is no success."""
    if not is_sent(publication):
        return ""
    if publication.state == Publication.State.DONE and publication.stopped_because:
        return _("đã xong, không đến được ai")
    if publication.state == Publication.State.DONE and not publication.audiences:
        return _("đã đăng trên web")
    if publication.state == Publication.State.DONE and any(
        one.state == PublicationArticle.State.FAILED for one in publication.articles.all()
    ):
        return _("đã xong, có bài viết không gửi được")
    return str(publication.get_state_display())


def audience_choices() -> list[tuple[str, Any]]:
    """The groups of people, as they are ticked."""
    return [
        (ARTICLE, gettext_lazy("Người quan tâm tài khoản Zalo của tỉnh (bài viết)")),
        *((code, audiences.get(code).label) for code in audiences.codes()),
    ]


def audience_label(code: str) -> str:
    """What an audience is called."""
    return str(dict(audience_choices()).get(code, code))


def audience_rows(publication: Publication) -> list[Context]:
    """Whom it goes to, each group with what was chosen of it."""
    rows = [{"label": _("Mọi người, trên trang web"), "detail": ""}]
    for code, _label in audience_choices():
        if code in publication.audiences:
            known = code in audiences.codes()
            detail = audiences.get(code).describe(publication.audiences[code]) if known else ""
            rows.append({"label": audience_label(code), "detail": detail})
    return rows


def counted(publication: Publication) -> list[Context]:
    """The count that approval is about, a row for each route; a chosen group that nobody is in has one too."""
    counts = {
        code: [one for one in publication.counted if one["audience"] == code]
        for code in publication.audiences
    }
    return [
        {
            "audience": label,
            "channel": channel_name(one["channel"]),
            "people": _("chưa biết số người quan tâm") if one["people"] is None else grouped(one["people"]),
        }
        if one
        # Empty, or all of them in a group before it, or no account may send to them now.
        else {
            "audience": label,
            "channel": _("không có ai gửi tới được lúc này, hoặc đã tính ở nhóm trên"),
            "people": "0",
        }
        for code, label in audience_choices()
        if code in counts
        for one in counts[code] or [None]
    ]


def progress(publication: Publication) -> Context:
    """How far it is, and what each route came to."""
    found: Progress = publications_progress(publication)
    return {
        "rows": [result(one) for one in found.results],
        "people": grouped(found.people),
        "dealt_with": grouped(found.dealt_with),
        "sent": grouped(found.sent),
        "percent": found.percent,
        "cost": money(found.cost),
        "articles": [_article(one, publication) for one in found.articles],
        "funnel": _funnel(found),
        "obstacles": [{"channel": channel_name(code), "why": why} for code, why in found.obstacles.items()],
    }


def _funnel(found: Progress) -> Context:
    """From the chosen people to those a message reached, and why not the others; chart and table have the same
    rows."""
    arrived = sum(one.arrived for one in found.results)
    steps = [
        (_("Được chọn"), found.people, ""),
        (_("Kênh đã nhận gửi"), found.sent, ""),
        (_("Biết chắc đã đến"), arrived, ""),
        (_("Còn chờ"), found.people - found.dealt_with, "soon"),
        *((why, count, "weak") for why, count in found.reasons),
    ]
    rows = [
        {
            "label": label,
            "value": 100 * count / found.people,
            "text": grouped(count),
            "note": f"{100 * count // found.people} %",
            "tone": tone,
        }
        for label, count, tone in steps
        if found.people and (count or not tone)
    ]
    title = _("%(people)s người được chọn, kênh đã nhận gửi đến %(sent)s, biết chắc đã đến %(arrived)s.") % {
        "people": grouped(found.people),
        "sent": grouped(found.sent),
        "arrived": grouped(arrived),
    }
    return {"chart": {"id": "chart-funnel", "title": title, "rows": rows}}


def result(one: Result) -> Context:
    """One line of a table of results."""
    names = ("people", "sent", "arrived", "waiting", "failed", "left_out")
    return {
        "audience": audience_label(one.audience),
        "channel": channel_name(one.channel),
        **{name: grouped(getattr(one, name)) for name in names},
        "cost": money(one.cost),
    }


def money(value: int) -> str:
    """So many đồng."""
    return _("%(amount)s đồng") % {"amount": grouped(value)}


def _article(one: PublicationArticle, publication: Publication) -> Context:
    stopped = publication.state == Publication.State.STOPPED
    return {
        "pk": one.pk,
        "account": str(one.account),
        "state": one.get_state_display(),
        "problem": one.problem,
        "tries": one.tries,
        "is_unknown": one.state == PublicationArticle.State.UNKNOWN,
        "may_try_again": one.state == PublicationArticle.State.FAILED and not stopped,
    }
