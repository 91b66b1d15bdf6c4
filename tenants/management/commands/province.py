"""`manage.py province …`: the operators' door to onboarding."""

import json
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from tenants import records
from tenants.accounts.models import User
from tenants.context import province_context
from tenants.models import Province
from tenants.onboarding import readiness, readiness_text
from tenants.onboarding.apply import ApplyReport, apply_province, validate_province
from tenants.onboarding.folder import refuse_bad_slug, slugs_with_folder
from tenants.onboarding.problems import Problem, Refused, blocking, summary
from tenants.onboarding.states import pause_province, resume_province
from tenants.schemas import NotTheOwner
from tenants.signin import invitations

REFUSED = 2
ACTIONS = ("apply", "validate", "check", "list", "pause", "resume", "invite")


class Command(BaseCommand):
    help = "Đưa một tỉnh vào hoạt động từ thư mục provinces/<slug>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", help=", ".join(ACTIONS))
        parser.add_argument("slug", nargs="?", default="", help="tên gọi tắt của tỉnh, ví dụ daklak")
        parser.add_argument(
            "username", nargs="?", default="", help="invite: tên đăng nhập của người được mời"
        )
        parser.add_argument("--yes", action="store_true", help="không hỏi lại trước khi áp dụng")
        parser.add_argument(
            "--level",
            choices=[level.value for level in readiness.Level],
            help="check: mức phải đạt; không nêu thì theo trạng thái của tỉnh",
        )
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="check: cách in kết quả"
        )
        parser.add_argument("--pilot", action="store_true", help="resume: phục vụ trở lại ở mức chạy thử")

    def handle(self, *args: Any, action: str, slug: str, **options: Any) -> None:
        if action not in ACTIONS:
            known = ", ".join(ACTIONS)
            self._refuse(
                _("Không có lệnh con “%(action)s”. Các lệnh: %(known)s.") % {"action": action, "known": known}
            )
        if not slug and action != "list":
            self._refuse(_("Hãy nêu tên gọi tắt của tỉnh: province %(action)s <slug>.") % {"action": action})
        try:
            getattr(self, f"_{action}")(slug, **options)
        except Refused as refusal:
            self._show(refusal.problems)
            self._refuse(
                _("Từ chối, chưa có gì thay đổi: %(summary)s") % {"summary": summary(refusal.problems)}
            )
        except NotTheOwner as error:
            self._refuse(str(error))

    def _apply(self, slug: str, yes: bool, **options: Any) -> None:
        if not yes and sys.stdin.isatty():
            answer = input(_("Áp dụng provinces/%(slug)s? [c/K] ") % {"slug": slug})
            if answer.strip().lower() not in ("c", "có", "co"):
                self._refuse(_("Đã dừng, chưa có gì thay đổi."))
        self._report(apply_province(slug, self._line))

    def _validate(self, slug: str, **options: Any) -> None:
        problems = validate_province(slug)
        self._show(problems)
        if blocking(problems):
            self._refuse(summary(problems))
        self._line(_("%(slug)s: hợp lệ.") % {"slug": slug})

    def _check(self, slug: str, level: str | None, format: str, **options: Any) -> None:
        refuse_bad_slug(slug)
        try:
            report = readiness.look(slug, readiness.Level(level) if level else None)
        except records.UnknownProvince:
            self._refuse(_("Chưa có tỉnh %(slug)s; xem `province list`.") % {"slug": slug})
        if format == "json":
            self._line(json.dumps(readiness_text.as_data(report), ensure_ascii=False, indent=2))
        else:
            self._line(readiness_text.as_text(report))
        sys.exit(report.exit_code)

    def _list(self, slug: str, **options: Any) -> None:
        known = {record.slug: record for record in records.all_records()}
        for name in sorted({*known, *slugs_with_folder()}):
            record = known.get(name)
            if record is None:
                self._line(f"{name:<16} {_('có thư mục, chưa áp dụng')}")
            else:
                state = Province.State(record.state).label
                self._line(f"{name:<16} {record.agency_code:<5} {state:<15} {record.host:<30} {record.name}")

    def _pause(self, slug: str, **options: Any) -> None:
        self._state(pause_province(slug))

    def _resume(self, slug: str, pilot: bool, **options: Any) -> None:
        self._state(resume_province(slug, pilot=pilot))

    def _invite(self, slug: str, username: str, **options: Any) -> None:
        refuse_bad_slug(slug)
        try:
            with province_context(slug):
                user = User.objects.filter(username=username).first()
                if user is None:
                    self._refuse(
                        _("%(slug)s chưa có tài khoản “%(name)s”.") % {"slug": slug, "name": username}
                    )
                link = invitations.invite(user)
        except records.UnknownProvince:
            self._refuse(_("Chưa có tỉnh %(slug)s; xem `province list`.") % {"slug": slug})
        names = {"person": user.get_full_name(), "username": user.username, "link": link}
        self._line(_("Lời mời của %(person)s (%(username)s), dùng một lần: %(link)s") % names)

    def _state(self, province: Province) -> None:
        self._line(f"{province.name}: {province.get_state_display()}")

    def _report(self, report: ApplyReport) -> None:
        self._show(report.remarks)
        if report.created:
            self._line(_("Đã tạo tỉnh mới."))
        for change in report.row_changes:
            self._line(f"  {change}")
        for step, done in report.steps:
            counts = f"+ {done.added}  ~ {done.changed}  - {done.hidden}  = {done.unchanged}"
            self._line(f"  {step.title}: {counts}")
            for note in (*done.notes, *done.invitations):
                self._line(f"    {note}")
        self._line(_("%(slug)s: %(count)d thay đổi") % {"slug": report.slug, "count": report.changes})

    def _show(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        for problem in problems:
            mark = "✗" if problem.blocks else "!"
            self.stderr.write(f"{mark} {problem}")

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _refuse(self, text: str) -> NoReturn:
        self.stderr.write(text)
        sys.exit(REFUSED)
