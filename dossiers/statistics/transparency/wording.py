"""Numbers and sentences of the transparency page, in the reader's language."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.lifecycle.models import Dossier
from dossiers.statistics.periods import Period
from dossiers.statistics.results import Counts
from dossiers.statistics.transparency.disclosure_control import PublishedGroup
from dossiers.statistics.transparency.report import Report, Span, Term
from procedures.catalogue.formats.terms import term_text

NO_BREAK = "\N{NO-BREAK SPACE}"
_TENTH = Decimal("0.1")


def count(number: int) -> str:
    """1.250.000"""
    return number_format(number, use_l10n=True, force_grouping=True)


def share(part: int, whole: int) -> Decimal:
    """Per cent to a tenth. Neither all nor nothing is said of what is only nearly so."""
    rounded = (Decimal(100 * part) / whole).quantize(_TENTH, ROUND_HALF_UP)
    if 0 < part < whole:
        return min(max(rounded, _TENTH), 100 - _TENTH)
    return rounded


def on_time(group: PublishedGroup) -> Decimal | None:
    """The on-time rate to a tenth; None where it may not be published."""
    if group.counts is None or group.measure("on_time_rate") is None:
        return None
    return share(group.counts.on_time, group.counts.with_term)


def tenths(value: Decimal) -> str:
    """96,2"""
    return number_format(value, decimal_pos=1, use_l10n=True)


def percent(value: Decimal | None) -> str:
    """96,2 %; a dash for what may not be published."""
    if value is None:
        return "–"
    return (_("%(number)s %%") % {"number": tenths(value)}).replace(" ", NO_BREAK)


def days(value: Decimal) -> str:
    """4,5; 4 when it is whole."""
    rounded = value.quantize(_TENTH, ROUND_HALF_UP)
    return number_format(
        rounded, decimal_pos=0 if rounded == rounded.to_integral_value() else 1, use_l10n=True
    )


def period(chosen: Period) -> str:
    """Tháng 10/2026; in English October 2026"""
    year, month = chosen.start.year, chosen.start.month
    if chosen.unit == "year":
        return _("Năm %(year)s") % {"year": year}
    if chosen.unit == "quarter":
        return _("Quý %(quarter)s") % {"quarter": f"{month // 3 + 1}/{year}"}
    if get_language() == "en":
        return date_format(chosen.start, "F Y")
    return _("Tháng %(month)s") % {"month": f"{month}/{year}"}


def inside(chosen: Period) -> str:
    """The same in a sentence: tháng 10/2026"""
    name = period(chosen)
    is_name_of_month = chosen.unit == "month" and get_language() == "en"
    return name if is_name_of_month else name[:1].lower() + name[1:]


# Five working days a week of seven, and 22 a month: what a mark beside working days needs, not what the law counts.
_WORKING_DAYS_IN = {"working_day": 1, "calendar_day": 5 / 7, "month": 22, "hour": 1 / 8}


def working_days(term: Term | None) -> float | None:
    """A term in working days, nearly for one of calendar days, months or hours; None where none is known."""
    if term is None or not term.unit:
        return None
    if term.unit == "same_day":
        return 1.0
    return None if term.value is None else term.value * _WORKING_DAYS_IN[term.unit]


def limit_in_words(term: Term | None) -> str:
    """hạn 3 ngày; hạn 30 ngày lịch (khoảng 21 ngày làm việc)"""
    length = working_days(term)
    if term is None or length is None:
        return _("không quy định hạn")
    if term.unit == "working_day":
        return _("hạn %(n)s ngày") % {"n": term.value}
    words = {"term": term_text(term.value, term.unit).lower(), "n": round(length) or 1}
    return _("hạn %(term)s (khoảng %(n)s ngày làm việc)") % words


def limit(term: Term | None) -> str:
    """A term beside numbers of working days: 15; 30 ngày; a dash where none is known."""
    if term is None:
        return "–"
    if term.unit == "working_day":
        return str(term.value)
    return term_text(term.value, term.unit).lower() or "–"


def channel(key: str) -> str:
    """Trực tuyến"""
    label = str(Dossier.Channel(key).label)
    return label[:1].upper() + label[1:]


def of_all(counts: Counts) -> str:
    """4.512 trên 4.690 hồ sơ"""
    said = ngettext("%(part)s trên %(whole)s hồ sơ", "%(part)s trên %(whole)s hồ sơ", counts.with_term)
    return said % {"part": count(counts.on_time), "whole": count(counts.with_term)}


def trend(report: Report) -> str:
    """Whether it became better since the period before, by what both pages show; empty where that is unknown."""
    now = on_time(report.chosen.whole)
    before = on_time(report.before.whole) if report.before else None
    if report.before is None or now is None or before is None:
        return ""
    words = {"before": inside(report.before.period), "points": tenths(abs(now - before))}
    if now > before:
        return _("Tăng %(points)s điểm phần trăm so với %(before)s.") % words
    if now < before:
        return _("Giảm %(points)s điểm phần trăm so với %(before)s.") % words
    return _("Bằng %(before)s.") % words


def late(counts: Counts) -> str:
    """How many were late, and what became of them."""
    if not counts.late:
        return _("Không có hồ sơ nào trễ hẹn.")
    other = counts.late - counts.settled_late - counts.open_late
    parts = [
        (counts.settled_late, _("%(n)s xong sau ngày hẹn")),
        (counts.open_late, _("%(n)s chưa xong và đã quá hẹn")),
        (other, _("%(n)s tạm dừng hoặc kết thúc mà không có kết quả")),
    ]
    details = "; ".join(words % {"n": count(number)} for number, words in parts if number)
    said = ngettext("%(n)s hồ sơ trễ hẹn", "%(n)s hồ sơ trễ hẹn", counts.late) % {"n": count(counts.late)}
    return f"{said}: {details}."


def without_term(counts: Counts) -> str:
    if not counts.without_term:
        return ""
    return ngettext(
        "Không tính %(n)s hồ sơ không quy định thời hạn.",
        "Không tính %(n)s hồ sơ không quy định thời hạn.",
        counts.without_term,
    ) % {"n": count(counts.without_term)}


def running(span: Span) -> str:
    """That the period is not over; empty when it is."""
    if not span.is_running:
        return ""
    return _("Kỳ này chưa hết: số liệu tính đến %(when)s.") % {"when": wording.full(span.until)}


def updated(at: datetime) -> str:
    """Cập nhật lúc 02:00, thứ Năm 26/11/2026."""
    return _("Cập nhật lúc %(when)s.") % {"when": wording.full(at)}
