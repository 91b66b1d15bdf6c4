"""Announcements as plain data: what each page shows, already in words and in the reader's language."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dossiers import wording
from messaging import announcements
from messaging.models import Announcement
from tenants import clock

Context = dict[str, Any]
Kind = Announcement.Kind

OUTAGE_IN_FULL = timedelta(hours=48)
"""An outage that begins later is one line; from then on it says from when until when."""
ALERTS_SHOWN = 2
"""On a phone a third band would leave nothing of the page to see."""


def day(at: datetime) -> str:
    """Thứ Tư 25/11/2026"""
    weekday = wording.weekday(at)
    return f"{weekday[:1].upper()}{weekday[1:]}{wording.NO_BREAK}{wording.day(at)}"


def span(one: announcements.Brief) -> str:
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
        for one in announcements.alerts()
    ]
    others = [alert for alert in found if alert["url"] != path]
    more = 0 if path == reverse("announcements") else len(others) - ALERTS_SHOWN
    return {"shown": others[:ALERTS_SHOWN], "more": max(0, more)}


def _far_off(one: announcements.Brief) -> str:
    """Lịch bảo trì 13/12; empty for what is near, or no outage."""
    if one.kind != Kind.OUTAGE or one.starts_at is None or one.starts_at - clock.now() <= OUTAGE_IN_FULL:
        return ""
    return _("Lịch bảo trì %(day)s") % {"day": f"{wording.local(one.starts_at):%d/%m}"}


def latest() -> list[Context]:
    """The newest, for the first page."""
    return [row(one) for one in announcements.latest()]


def row(one: Announcement | announcements.Brief) -> Context:
    """An announcement in a list."""
    # Lists hold what is published.
    shown_at = one.publish_from or clock.now()
    return {
        **_named(one),
        "url": reverse("announcement", args=[one.pk]),
        "when": day(shown_at),
        "when_datetime": wording.local(shown_at).date().isoformat(),
        "note": _standing(one) if isinstance(one, Announcement) else "",
    }


def page(one: Announcement) -> Context:
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
        "blocks": announcements.blocks(one.body_en if english else one.body),
        "facts": [(label, value) for label, value in facts if value],
        "short_notice_reason": one.short_notice_reason if _was_short(one) else "",
        "over": _over(one),
        "corrected": wording.full(one.corrected_at) if one.corrected_at else "",
        "withdrawn": wording.full(one.withdrawn_at) if one.withdrawn_at else "",
        "withdrawn_reason": one.withdrawn_reason,
    }


def _issuer(one: Announcement) -> str:
    if one.issuer is None:
        return ""
    in_english = one.issuer.name_en if get_language() == "en" else ""
    return in_english or one.issuer.name


def _end(one: Announcement) -> str:
    if one.ends_at:
        text = wording.full(one.ends_at)
        return _("%(when)s (dự kiến)") % {"when": text} if one.kind == Kind.OUTAGE else text
    return _("Khi có thông báo mới") if one.starts_at else ""


def _named(one: Announcement | announcements.Brief) -> Context:
    """The title in the reader's language, and the language it is in where that is not the page's."""
    english = _is_english(one)
    return {
        "title": one.title_en if english else one.title,
        "lang": "vi" if get_language() == "en" and not english else "",
    }


def _is_english(one: Announcement | announcements.Brief) -> bool:
    return get_language() == "en" and bool(one.title_en)


def _was_short(one: Announcement) -> bool:
    notice = announcements.notice_of(one)
    return bool(notice and notice.is_short)


def _over(one: Announcement) -> bool:
    return one.publish_until is not None and one.publish_until <= clock.now()


def _standing(one: Announcement) -> str:
    if one.withdrawn_at:
        return _("Đã rút lại")
    return _("Đã kết thúc") if _over(one) else ""
