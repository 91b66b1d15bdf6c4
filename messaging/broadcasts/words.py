"""Publications in words: what each page shows, in the reader's language; states, counts, progress."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lookup.words.history import channel_name
from messaging.broadcasts import queries
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending.statistics import NUMBERS, Progress
from tenants import clock
from tenants.text import dong, grouped

Context = dict[str, Any]
Kind = Publication.Kind
State = Publication.State
Audience = Publication.Audience

OUTAGE_IN_FULL = timedelta(hours=48)
"""An outage that begins later is one line; from then on it says from when until when."""
ALERTS_SHOWN = 2
"""On a phone a third band would leave nothing of the page to see."""


def day(at: datetime) -> str:
    """Thứ Tư 25/11/2026"""
    weekday = wording.weekday(at)
    return f"{weekday[:1].upper()}{weekday[1:]}{wording.NO_BREAK}{wording.day(at)}"


def span(one: Publication) -> str:
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
        for one in queries.alerts()
    ]
    others = [alert for alert in found if alert["url"] != path]
    more = 0 if path == reverse("announcements") else len(others) - ALERTS_SHOWN
    return {"shown": others[:ALERTS_SHOWN], "more": max(0, more)}


def _far_off(one: Publication) -> str:
    """Lịch bảo trì 13/12; empty for what is near, or no outage."""
    if one.kind != Kind.OUTAGE or one.starts_at is None or one.starts_at - clock.now() <= OUTAGE_IN_FULL:
        return ""
    return _("Lịch bảo trì %(day)s") % {"day": f"{wording.local(one.starts_at):%d/%m}"}


def latest() -> list[Context]:
    return [row(one) for one in queries.latest()]


def row(one: Publication) -> Context:
    # Lists hold what is published.
    shown_at = one.publish_from or clock.now()
    state = page_state(one)
    return {
        **_named(one),
        "url": reverse("announcement", args=[one.pk]),
        "when": day(shown_at),
        "when_datetime": wording.local(shown_at).date().isoformat(),
        "note": "" if state == PAGE_STATES["dang"] else state,
    }


def page(one: Publication) -> Context:
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
        "blocks": queries.blocks(one.body_en if english else one.body),
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


def _named(one: Publication) -> Context:
    english = _is_english(one)
    return {
        "title": one.title_en if english else one.title,
        "lang": "vi" if get_language() == "en" and not english else "",
    }


def _is_english(one: Publication) -> bool:
    return get_language() == "en" and bool(one.title_en)


def _over(one: Publication) -> bool:
    return one.publish_until is not None and one.publish_until <= clock.now()


PAGE_STATES = {
    "nhap": gettext_lazy("Bản nháp"),
    "cho": gettext_lazy("Chờ đăng"),
    "dang": gettext_lazy("Đang đăng"),
    "qua": gettext_lazy("Đã kết thúc"),
    "rut": gettext_lazy("Đã rút lại"),
}
"""Where a page stands, by the code in the address of the list at the desk."""


def page_state(one: Publication) -> str:
    if one.withdrawn_at:
        code = "rut"
    elif not one.published_at:
        code = "nhap"
    elif one.publish_from and one.publish_from > clock.now():
        code = "cho"
    else:
        code = "qua" if _over(one) else "dang"
    return str(PAGE_STATES[code])


def is_sent(publication: Publication) -> bool:
    """Whether it goes, or is to go, to people, too, or through the hands of a second person."""
    return bool(publication.audiences) or publication.state != State.DRAFT


def sending_state(publication: Publication) -> str:
    """The state of the broadcast; empty where there is none. A finished one without readers is no success."""
    if not is_sent(publication):
        return ""
    if publication.state == State.DONE:
        if publication.stopped_because:
            return _("đã xong, không đến được ai")
        if not publication.audiences:
            return _("đã đăng trên web")
        if any(one.state == PublicationArticle.State.FAILED for one in publication.articles.all()):
            return _("đã xong, có bài viết không gửi được")
    return str(publication.get_state_display())


def counted(publication: Publication) -> list[Context]:
    """The count that approval is about, a row for each route; a chosen group without people has one too."""
    rows = []
    for code, label in Audience.choices:
        routes = [one for one in publication.counted if one["audience"] == code]
        for one in routes:
            people = _("chưa biết số người quan tâm") if one["people"] is None else grouped(one["people"])
            rows.append({"audience": label, "channel": channel_name(one["channel"]), "people": people})
        if code in publication.audiences and not routes:
            # Empty, or all of them in a group before it, or no account may send to them now.
            why = _("không có ai gửi tới được lúc này, hoặc đã tính ở nhóm trên")
            rows.append({"audience": label, "channel": why, "people": "0"})
    return rows


def progress(found: Progress) -> Context:
    """How far a broadcast is, what each route came to with the sum of all, and why some got nothing."""
    labels, total = dict(Audience.choices), found.total
    lines = [(str(labels[one.audience]), channel_name(one.channel), one) for one in found.results]
    dealt_with = total.people - total.waiting
    return {
        "rows": [
            {
                "audience": label,
                "channel": channel,
                **{name: grouped(getattr(one, name)) for name in NUMBERS},
                "cost": dong(one.cost),
            }
            for label, channel, one in ([*lines, (_("Cộng"), "", total)] if lines else [])
        ],
        "people": grouped(total.people),
        "dealt_with": grouped(dealt_with),
        "percent": 100 * dealt_with // total.people if total.people else 0,
        "articles": found.articles,
        "reasons": [(why, grouped(count)) for why, count in found.reasons],
        "obstacles": [(channel_name(code), why) for code, why in found.obstacles.items()],
    }
