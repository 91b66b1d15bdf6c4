"""`manage.py deadline …`: a due date counted on the spot, with its explanation, on no dossier at all."""

from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import CUTOFF_RULES, CUTOFF_TIME, ZONE, WorkCalendar
from dossiers.deadlines.rules.deadlines import Deadline, Extension, Pause, Term, TermUnit, compute
from dossiers.deadlines.rules.explanation import explain_text
from dossiers.lifecycle.due_dates import national_calendar
from tenants.folder.terminal import Terminal
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import UnknownProvince
from tenants.refusals import Refused, RuleError
from tenants.text import fold
from tenants.validation import shown

UNITS = {
    **{fold(unit): unit for unit in TermUnit},
    **{f"{fold(unit)}s": unit for unit in TermUnit},
    "ngay lam viec": TermUnit.WORKING_DAY,
    "ngay": TermUnit.CALENDAR_DAY,
    "ngay lich": TermUnit.CALENDAR_DAY,
    "thang": TermUnit.MONTH,
    "gio": TermUnit.HOUR,
    "gio lam viec": TermUnit.HOUR,
    "trong ngay": TermUnit.SAME_DAY,
}


class Command(BaseCommand):
    help = (
        "Tính ngày hẹn trả kết quả và giải thích cách tính; không nêu tỉnh thì theo lịch nghỉ chung cả nước."
    )
    requires_system_checks: list[str] = []
    missing_args_message = "Hãy nêu lúc nhận, số và đơn vị: deadline 2026-11-16T14:10 15 working_day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("received", metavar="RECEIVED", help="lúc nhận, giờ Việt Nam: 2026-11-16T14:10")
        parser.add_argument("value", metavar="VALUE", help="số ngày, tháng hoặc giờ; same_day ghi 0")
        parser.add_argument(
            "unit", metavar="UNIT", nargs="+", help=f"{', '.join(TermUnit)}; hoặc: ngày làm việc, tháng…"
        )
        parser.add_argument("--province", default="", metavar="SLUG", help="theo lịch đang dùng của tỉnh này")
        parser.add_argument(
            "--pause", action="append", default=[], metavar="A/B", help="tạm dừng từ A đến B; A/ là chưa hết"
        )
        parser.add_argument("--cutoff", default="", help="quy định 15 giờ: transfer hoặc counts")
        parser.add_argument("--restart", default="", metavar="A", help="tính lại từ đầu từ lúc đủ giấy tờ")
        parser.add_argument("--extend", default="", metavar="A", help="đã hẹn lại đến ngày A")
        parser.add_argument("--reason", default="", help="lý do hẹn lại")
        parser.add_argument("--english", action="store_true", help="giải thích bằng tiếng Anh")

    def handle(self, *args: Any, **given: Any) -> None:
        refuse = Terminal(self.stdout, self.stderr).refuse
        with translation.override("en") if given["english"] else nullcontext():
            try:
                answer = _count(given)
            except Refused as error:
                refuse(str(error))
            except RuleError as error:
                refuse(_(error.message) % error.params)
            except UnknownProvince:
                refuse(_("Không có tỉnh “%(slug)s”.") % {"slug": shown(given["province"])})
            none = _("Đang tạm dừng, chưa có ngày hẹn trả.")
            self.stdout.write(f"{answer.due:%Y-%m-%dT%H:%M}" if answer.due else none)
            self.stdout.write(explain_text(answer, _))


def _count(given: Mapping[str, Any]) -> Deadline:
    calendar = _calendar(given["province"], given["cutoff"])
    restart, extend = given["restart"], given["extend"]
    received = _moment(given["received"], calendar)
    restarted = _moment(restart, calendar) if restart else None
    if restarted is not None and restarted < received:
        raise Refused(_("Lúc tính lại không thể trước lúc nhận."))
    if extend and not given["reason"].strip():
        raise Refused(_("Xin ghi lý do hẹn lại."))
    # Of a day its closing counts, so that no hour need be given.
    until = _moment(extend if "T" in extend else f"{extend}T00:00", calendar) if extend else None
    return compute(
        received,
        _term(given["value"], " ".join(given["unit"])),
        calendar,
        pauses=[_pause(text, calendar) for text in given["pause"]],
        restarted_at=restarted,
        extension=Extension(until, given["reason"]) if until else None,
    )


def _calendar(province: str, cutoff: str) -> WorkCalendar:
    """The calendar in force in the province, or the national one, under the 15:00 rule asked for."""
    calendar = national_calendar()
    if province:
        with province_context(province):
            newest = CalendarVersion.newest()
            if newest is None:
                raise Refused(_("Tỉnh này chưa có lịch làm việc."))
            calendar = newest.calendar
    if not cutoff:
        return calendar
    if cutoff not in CUTOFF_RULES:
        raise Refused(
            _("Quy định 15 giờ phải là transfer hoặc counts, không phải “%(rule)s”.")
            % {"rule": shown(cutoff)}
        )
    return replace(calendar, cutoffs=((date.min, cutoff, CUTOFF_TIME),))


def _term(value: str, unit: str) -> Term:
    known = UNITS.get(fold(unit))
    if known is None:
        raise Refused(
            _("Đơn vị “%(unit)s” không có; các đơn vị: %(known)s.")
            % {"unit": shown(unit), "known": ", ".join(TermUnit)}
        )
    if not value.removeprefix("-").isdecimal() or len(value) > 9:
        raise Refused(_("“%(value)s” không phải số nguyên.") % {"value": shown(value)})
    return Term(int(value), known)


def _moment(text: str, calendar: WorkCalendar) -> datetime:
    """A moment in the calendar's zone; the hour matters, so a day alone is not guessed to be midnight."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or len(text) <= len("2026-11-16"):
        raise Refused(
            _("“%(moment)s” không phải ngày giờ viết theo dạng 2026-11-16T14:10.") % {"moment": shown(text)}
        )
    return calendar.local(moment if moment.tzinfo else moment.replace(tzinfo=ZONE))


def _pause(text: str, calendar: WorkCalendar) -> Pause:
    start, slash, end = text.partition("/")
    if not slash:
        raise Refused(
            _("Khoảng tạm dừng “%(pause)s” phải viết theo dạng 2026-11-25T07:30/2026-12-01T07:30.")
            % {"pause": shown(text)}
        )
    pause = Pause(_moment(start, calendar), _moment(end, calendar) if end else None)
    if pause.end is not None and pause.end < pause.start:
        raise Refused(_("Khoảng tạm dừng “%(pause)s” kết thúc trước khi bắt đầu.") % {"pause": shown(text)})
    return pause
