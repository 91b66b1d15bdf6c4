"""Sub-commands of a province's life: go-live, pause, resume, off-boarding."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug
from tenants.folder.readiness import Level
from tenants.folder.terminal import Terminal
from tenants.isolation import province_cache, schemas
from tenants.isolation.models import Province
from tenants.operations.golive import golive, offboard
from tenants.operations.golive.golive import pause_province, resume_province
from tenants.operations.golive.two_person_approval import Approval
from tenants.operations.golive.two_person_approval import Approval as golive_Approval
from tenants.operations.management.province import SubCommand
from tenants.operations.management.terminal import (
    add_operator_options,
    ask_operator,
    ask_second_operator,
    expiry_of,
    parse_moment,
)
from tenants.operations.readiness import text as readiness_text


class GoLive(SubCommand):
    """Đưa tỉnh vào phục vụ chính thức: người thứ nhất đề nghị, người thứ hai xác nhận."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--at", default="", metavar="LÚC", help="giờ Việt Nam, ví dụ '2026-12-01 07:30'")
        parser.add_argument(
            "--level",
            choices=[level.value for level in golive.LEVELS],
            default=Level.GOLIVE.value,
            help="web: chưa cần mẫu tin được kênh duyệt",
        )
        add_operator_options(parser)

    def run(
        self, terminal: Terminal, slug: str, at: str, level: str, by: str, withdraw: bool, **options: Any
    ) -> None:
        refuse_bad_slug(slug)
        moment = parse_moment(terminal, at)
        now = golive.approval_of(slug)
        if withdraw:
            golive.withdraw(slug, actor=ask_operator(terminal, by))
            terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
        elif now is not None and now.waits:
            _confirm_golive(terminal, slug, now, by)
        else:
            golive.check_proposal(slug, moment, Level(level))
            golive.propose(slug, actor=ask_operator(terminal, by), at=moment, level=Level(level))
            _show_proposal(terminal, slug)


def _confirm_golive(terminal: Terminal, slug: str, now: golive_Approval, by: str) -> None:
    report = golive.require_ready(slug, golive.agreed_level(now))
    names = {
        "name": report.province.name,
        "slug": slug,
        "present": Province.State(report.province.state).label,
        "target": Province.State.LIVE.label,
        "when": _golive_time(now),
    }
    change = _("%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”, %(when)s.") % names
    actor = ask_second_operator(terminal, now, readiness_text.as_text(report), change, by=by)
    province = golive.confirm(slug, actor=actor, proposal=now.entry.pk)
    if province.state == Province.State.LIVE:
        terminal.line(f"{province.name}: {province.get_state_display()}")
    else:
        terminal.line(
            _("%(slug)s: đã xác nhận, phục vụ %(when)s.") % {"slug": slug, "when": _golive_time(now)}
        )


def _show_proposal(terminal: Terminal, slug: str) -> None:
    said = golive.approval_of(slug)
    assert said is not None
    text = _(
        "%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này, hoặc ở trang vận hành, trước %(until)s."
    )
    terminal.line(text % {"slug": slug, "until": expiry_of(said)})


def _golive_time(said: golive_Approval) -> str:
    at = golive.agreed_time(said)
    return _("ngay") if at is None else clock.in_words(at)


class Pause(SubCommand):
    """Tạm dừng phục vụ: mọi trang của tỉnh trả lời đang bảo trì."""

    def run(self, terminal: Terminal, slug: str, **options: Any) -> None:
        province = pause_province(slug)
        terminal.line(f"{province.name}: {province.get_state_display()}")


class Resume(SubCommand):
    """Cho một tỉnh đang tạm dừng phục vụ trở lại."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pilot", action="store_true", help="phục vụ trở lại ở mức chạy thử")

    def run(self, terminal: Terminal, slug: str, pilot: bool, **options: Any) -> None:
        province = resume_province(slug, pilot=pilot)
        terminal.line(f"{province.name}: {province.get_state_display()}")


class Offboard(SubCommand):
    """Bỏ một tỉnh: xuất toàn bộ dữ liệu, hai người thống nhất, lưu trữ; hết thời gian chờ mới xóa."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--export", metavar="THƯ_MỤC", default="", help="xuất toàn bộ dữ liệu vào thư mục mới này"
        )
        parser.add_argument(
            "--propose", action="store_true", help="đề nghị, hoặc xác nhận đề nghị của người khác"
        )
        parser.add_argument(
            "--wait",
            type=int,
            default=offboard.WAIT.days,
            metavar="NGÀY",
            help=f"chờ bao nhiêu ngày mới được xóa, ít nhất {offboard.SHORTEST_DAYS}",
        )
        parser.add_argument("--drop", action="store_true", help="xóa, khi đã hết thời gian chờ; cần --export")
        add_operator_options(parser)

    def run(
        self,
        terminal: Terminal,
        slug: str,
        export: str,
        propose: bool,
        wait: int,
        drop: bool,
        by: str,
        withdraw: bool,
        **options: Any,
    ) -> None:
        refuse_bad_slug(slug)
        schemas.require_owner()
        province_cache.by_slug(slug)
        if drop + withdraw + propose > 1:
            terminal.refuse(_("Mỗi lần chỉ nêu một việc: --propose, --withdraw hoặc --drop."))
        if drop:
            if not export:
                terminal.refuse(_("Xóa cần một bản xuất cuối: thêm --export THƯ_MỤC."))
            offboard.drop(slug, Path(export), terminal.line)
            terminal.line(_("%(slug)s: đã xuất lần cuối và xóa.") % {"slug": slug})
            return
        if export:
            offboard.export(slug, Path(export), terminal.line)
            terminal.line(_("%(slug)s: đã xuất vào %(folder)s.") % {"slug": slug, "folder": export})
        if withdraw:
            offboard.withdraw(slug, actor=ask_operator(terminal, by))
            terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
        elif propose:
            _agree_offboard(terminal, slug, wait, by)
        elif not export:
            terminal.refuse(_("Hãy nêu việc: --export THƯ_MỤC, --propose, --withdraw hoặc --drop."))


def _agree_offboard(terminal: Terminal, slug: str, days: int, by: str) -> None:
    now = offboard.approval_of(slug)
    if now is not None and now.waits:
        actor = ask_second_operator(terminal, now, _offboard_change(slug, now), _handed_over(slug), by=by)
        offboard.confirm(slug, actor=actor, proposal=now.entry.pk)
        when = offboard.drop_on(slug)
        assert when is not None
        text = _("%(slug)s: đã lưu trữ. Dữ liệu còn nguyên, xóa được từ %(at)s.")
        terminal.line(text % {"slug": slug, "at": clock.in_words(when)})
        return
    offboard.check_proposal(slug, days)
    offboard.propose(slug, actor=ask_operator(terminal, by), days=days)
    said = offboard.approval_of(slug)
    assert said is not None
    text = _("%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này trước %(until)s.")
    terminal.line(text % {"slug": slug, "until": expiry_of(said)})


def _offboard_change(slug: str, said: Approval) -> str:
    record = province_cache.by_slug(slug)
    names = {
        "name": record.name,
        "slug": slug,
        "present": Province.State(record.state).label,
        "target": Province.State.ARCHIVED.label,
        "days": offboard.agreed_wait(said).days,
    }
    text = _(
        "%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”; sau %(days)d ngày thì xóa được mọi dữ liệu."
    )
    return text % names


def _handed_over(slug: str) -> str:
    entry = offboard.last_export(slug)
    assert entry is not None, "a proposal needs an export"
    names = {"at": clock.in_words(entry.at), "rows": entry.detail["rows"], "folder": entry.detail["folder"]}
    return _("Bản xuất gần nhất: %(at)s, %(rows)d dòng, ở %(folder)s.") % names


COMMANDS = {"golive": GoLive(), "pause": Pause(), "resume": Resume(), "offboard": Offboard()}
