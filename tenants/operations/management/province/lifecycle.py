"""Sub-commands of a province's life, most by an operator who is asked for a password: confirmations, go-live, pause, leaving."""

import getpass
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import login_flow
from tenants.folder.folder import refuse_bad_slug
from tenants.folder.readiness import Level
from tenants.folder.terminal import Terminal
from tenants.isolation import province_cache, schemas
from tenants.isolation.models import Province
from tenants.operations.golive import confirmations, golive, offboard
from tenants.operations.golive.two_person_approval import LASTS, Approval
from tenants.operations.management.province import BY, SLUG, WITHDRAW, argument, sub_command
from tenants.operations.readiness import text as readiness_text


def _operator(terminal: Terminal, by: str) -> User:
    """The operator at this terminal, proved by password and second factor; refuses any other account."""
    try:
        username = by or input(_("Tên đăng nhập người vận hành: ")).strip()
        return login_flow.operator_at_terminal(
            username, lambda: getpass.getpass(_("Mật khẩu: ")), lambda: getpass.getpass(_("Mã xác nhận: "))
        )
    except login_flow.NotProved as error:
        terminal.refuse(str(error))
    except (EOFError, KeyboardInterrupt):
        terminal.line("")
        terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))


def _second_operator(terminal: Terminal, said: Approval, *change: str, by: str) -> User:
    """The second person, who reads what will change before anything is asked. Refuses as `_operator`."""
    for line in change:
        terminal.line(line)
    names = {
        "person": said.entry.actor_name,
        "at": f"{said.entry.at.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}",
    }
    text = _(
        "%(person)s đã đề nghị lúc %(at)s. Người thứ hai nhập mật khẩu của mình là xác nhận; Ctrl-C để thôi."
    )
    terminal.line(text % names)
    return _operator(terminal, by)


_CODES = ", ".join(one.code for one in confirmations.CONFIRMATIONS)


@sub_command(
    "confirm",
    SLUG,
    argument("code", nargs="+", help=f"một hay nhiều mục: {_CODES}"),
    argument("--person", default="", metavar="AI", help="họ tên, chức vụ người đã thấy tận mắt"),
    BY,
    WITHDRAW,
)
def confirm(terminal: Terminal, slug: str, code: list[str], person: str, by: str, withdraw: bool) -> None:
    """Ghi ai đã xác nhận điều máy không thấy được, ví dụ giấy hẹn đã in ra giấy."""
    refuse_bad_slug(slug)
    actor = _operator(terminal, by)
    record = confirmations.withdraw if withdraw else partial(confirmations.confirm, person=person)
    with transaction.atomic():
        for one in code:
            record(slug, one, actor=actor)
    text = _("%(slug)s: đã rút xác nhận.") if withdraw else _("%(slug)s: đã ghi xác nhận.")
    terminal.line(text % {"slug": slug})


@sub_command(
    "golive",
    SLUG,
    argument("--at", default="", metavar="LÚC", help="giờ Việt Nam, ví dụ '2026-12-01 07:30'"),
    argument(
        "--level",
        choices=[level.value for level in golive.LEVELS],
        default=Level.GOLIVE.value,
        help="web: chưa cần mẫu tin được kênh duyệt",
    ),
    BY,
    WITHDRAW,
)
def go_live(terminal: Terminal, slug: str, at: str, level: str, by: str, withdraw: bool) -> None:
    """Đưa tỉnh vào phục vụ chính thức: người thứ nhất đề nghị, người thứ hai xác nhận."""
    refuse_bad_slug(slug)
    moment = golive.read_moment(slug, at)
    now = golive.approval_of(slug)
    if withdraw:
        golive.withdraw(slug, actor=_operator(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif now is not None and now.waits:
        _confirm_golive(terminal, slug, now, by)
    else:
        golive.check_proposal(slug, moment, Level(level))
        entry = golive.propose(slug, actor=_operator(terminal, by), at=moment, level=Level(level))
        text = _(
            "%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này, hoặc ở trang vận hành, trước %(until)s."
        )
        terminal.line(text % {"slug": slug, "until": clock.in_words(entry.at + LASTS)})


def _confirm_golive(terminal: Terminal, slug: str, now: Approval, by: str) -> None:
    report = golive.require_ready(slug, golive.agreed_level(now))
    names = {
        "name": report.province.name,
        "slug": slug,
        "present": Province.State(report.province.state).label,
        "target": Province.State.LIVE.label,
        "when": _golive_time(now),
    }
    change = _("%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”, %(when)s.") % names
    actor = _second_operator(terminal, now, readiness_text.as_text(report), change, by=by)
    province = golive.confirm(slug, actor=actor, proposal=now.entry.pk)
    if province.state == Province.State.LIVE:
        terminal.line(f"{province.name}: {province.get_state_display()}")
    else:
        terminal.line(
            _("%(slug)s: đã xác nhận, phục vụ %(when)s.") % {"slug": slug, "when": _golive_time(now)}
        )


def _golive_time(said: Approval) -> str:
    at = golive.agreed_time(said)
    return _("ngay") if at is None else clock.in_words(at)


@sub_command("pause", SLUG)
def pause(terminal: Terminal, slug: str) -> None:
    """Tạm dừng phục vụ: mọi trang của tỉnh trả lời đang bảo trì."""
    province = golive.pause_province(slug)
    terminal.line(f"{province.name}: {province.get_state_display()}")


@sub_command("resume", SLUG, argument("--pilot", action="store_true", help="phục vụ trở lại ở mức chạy thử"))
def resume(terminal: Terminal, slug: str, pilot: bool) -> None:
    """Cho một tỉnh đang tạm dừng phục vụ trở lại."""
    province = golive.resume_province(slug, pilot=pilot)
    terminal.line(f"{province.name}: {province.get_state_display()}")


@sub_command(
    "offboard",
    SLUG,
    argument("--export", metavar="THƯ_MỤC", default="", help="xuất toàn bộ dữ liệu vào thư mục mới này"),
    argument("--propose", action="store_true", help="đề nghị, hoặc xác nhận đề nghị của người khác"),
    argument(
        "--wait",
        type=int,
        default=offboard.WAIT.days,
        metavar="NGÀY",
        help=f"chờ bao nhiêu ngày mới được xóa, ít nhất {offboard.SHORTEST_DAYS}",
    ),
    argument("--drop", action="store_true", help="xóa, khi đã hết thời gian chờ; cần --export"),
    BY,
    WITHDRAW,
)
def leave(
    terminal: Terminal,
    slug: str,
    export: str,
    propose: bool,
    wait: int,
    drop: bool,
    by: str,
    withdraw: bool,
) -> None:
    """Bỏ một tỉnh: xuất toàn bộ dữ liệu, hai người thống nhất, lưu trữ; hết thời gian chờ mới xóa."""
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
        offboard.withdraw(slug, actor=_operator(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif propose:
        _agree_offboard(terminal, slug, wait, by)
    elif not export:
        terminal.refuse(_("Hãy nêu việc: --export THƯ_MỤC, --propose, --withdraw hoặc --drop."))


def _agree_offboard(terminal: Terminal, slug: str, days: int, by: str) -> None:
    now = offboard.approval_of(slug)
    if now is not None and now.waits:
        record, exported = province_cache.by_slug(slug), offboard.last_export(slug)
        assert exported is not None, "a proposal needs an export"
        change = _(
            "%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”; sau %(days)d ngày thì xóa được mọi dữ liệu."
        ) % {
            "name": record.name,
            "slug": slug,
            "present": Province.State(record.state).label,
            "target": Province.State.ARCHIVED.label,
            "days": offboard.agreed_wait(now).days,
        }
        handed_over = _("Bản xuất gần nhất: %(at)s, %(rows)d dòng, ở %(folder)s.") % {
            **exported.detail,
            "at": clock.in_words(exported.at),
        }
        actor = _second_operator(terminal, now, change, handed_over, by=by)
        offboard.confirm(slug, actor=actor, proposal=now.entry.pk)
        when = offboard.drop_on(slug)
        assert when is not None
        text = _("%(slug)s: đã lưu trữ. Dữ liệu còn nguyên, xóa được từ %(at)s.")
        terminal.line(text % {"slug": slug, "at": clock.in_words(when)})
        return
    offboard.check_proposal(slug, days)
    entry = offboard.propose(slug, actor=_operator(terminal, by), days=days)
    text = _("%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này trước %(until)s.")
    terminal.line(text % {"slug": slug, "until": clock.in_words(entry.at + LASTS)})
