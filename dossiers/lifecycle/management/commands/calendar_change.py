"""`manage.py calendar_change <slug>`: what a new calendar does to running dossiers, and moving them over."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.deadlines.models import CalendarVersion
from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.lifecycle.actions import calendar_change
from dossiers.lifecycle.actions.calendar_change import Effect
from tenants.accounts.models import User
from tenants.folder.terminal import Terminal
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import UnknownProvince
from tenants.refusals import Refused, RuleError
from tenants.validation import shown

ROWS_SHOWN = 20
PROGRESS_EVERY = 500


class Command(BaseCommand):
    help = (
        "Cho xem lịch làm việc mới làm đổi ngày hẹn của hồ sơ đang giải quyết nào; "
        "với --apply thì đổi, mỗi hồ sơ một sự kiện có lý do. Mặc định lịch mới chỉ áp dụng cho hồ sơ mới."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
        parser.add_argument(
            "--file", default="", help="tệp lịch chưa áp dụng; bỏ trống: lịch mới nhất của tỉnh"
        )
        parser.add_argument("--apply", action="store_true", help="đổi ngày hẹn và báo cho người dân")
        parser.add_argument("--reason", default="", help="lý do, ghi vào hồ sơ và báo cho người dân")
        parser.add_argument("--actor", default="", help="tên đăng nhập của quản trị tỉnh quyết định việc này")

    def handle(self, *args: Any, slug: str, file: str, apply: bool, **options: Any) -> None:
        refuse = Terminal(self.stdout, self.stderr).refuse
        try:
            with province_context(slug):
                new = _calendar(file)
                self._show(calendar_change.effect_of(new))
                if apply:
                    self._apply(new, **options)
                else:
                    self.stdout.write(_("Chưa đổi hồ sơ nào. Muốn đổi, thêm --apply --reason “…”."))
        except UnknownProvince:
            refuse(_("Không có tỉnh “%(slug)s”.") % {"slug": shown(slug)})
        except RuleError as error:
            refuse(_(error.message) % error.params)
        except Refused as error:
            refuse(str(error))

    def _apply(self, new: WorkCalendar, *, reason: str, actor: str, **options: Any) -> None:
        applied = calendar_change.apply(
            new, actor=_person(actor) if actor else None, reason=reason, say=self._say
        )
        counts = {"moved": len(applied.moved), "skipped": len(applied.skipped)}
        self.stdout.write(
            _("Đã đổi ngày hẹn của %(moved)d hồ sơ; %(skipped)d hồ sơ không còn phải đổi.") % counts
        )

    def _show(self, effect: Effect) -> None:
        counts = {
            "examined": effect.examined,
            "moves": len(effect.moves),
            "later": effect.later,
            "earlier": effect.earlier,
        }
        self.stdout.write(
            _(
                "Đã xem %(examined)d hồ sơ đang giải quyết theo lịch khác: %(moves)d hồ sơ sẽ đổi ngày hẹn "
                "(%(later)d muộn hơn, %(earlier)d sớm hơn)."
            )
            % counts
        )
        for agency, count in effect.by_agency.items():
            self.stdout.write(f"  {count:>6}  {agency}")
        for move in effect.moves[:ROWS_SHOWN]:
            self.stdout.write(
                f"  {move.code}  {wording.moment(move.old_due)} → {wording.moment(move.new_due)}  {move.agency}"
            )
        if len(effect.moves) > ROWS_SHOWN:
            self.stdout.write(_("  … và %(count)d hồ sơ nữa.") % {"count": len(effect.moves) - ROWS_SHOWN})

    def _say(self, done: int, all_of_them: int) -> None:
        if done % PROGRESS_EVERY == 0 or done == all_of_them:
            self.stderr.write(f"{done}/{all_of_them}")


def _calendar(file: str) -> WorkCalendar:
    if not file:
        newest = CalendarVersion.newest()
        if newest is None:
            raise Refused(_("Tỉnh này chưa có lịch làm việc."))
        return newest.calendar
    try:
        return WorkCalendar.from_data(yaml.safe_load(Path(file).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise Refused(_("Không đọc được tệp lịch “%(file)s”.") % {"file": shown(file)}) from None


def _person(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise Refused(_("Không có người dùng “%(name)s” đang hoạt động.") % {"name": shown(username)})
    return found
