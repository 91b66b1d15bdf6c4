"""Sub-commands of a province's life: go-live, pause, resume, off-boarding."""

from pathlib import Path

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug
from tenants.folder.readiness import Level
from tenants.folder.terminal import Terminal
from tenants.isolation import province_cache, schemas
from tenants.isolation.models import Province
from tenants.operations.golive import golive, offboard
from tenants.operations.golive.two_person_approval import LASTS, Approval
from tenants.operations.management.province import BY, SLUG, WITHDRAW, argument, sub_command
from tenants.operations.management.terminal import ask_operator, ask_second_operator
from tenants.operations.readiness import text as readiness_text


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
        golive.withdraw(slug, actor=ask_operator(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif now is not None and now.waits:
        _confirm_golive(terminal, slug, now, by)
    else:
        golive.check_proposal(slug, moment, Level(level))
        entry = golive.propose(slug, actor=ask_operator(terminal, by), at=moment, level=Level(level))
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
    actor = ask_second_operator(terminal, now, readiness_text.as_text(report), change, by=by)
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
    entry = offboard.propose(slug, actor=ask_operator(terminal, by), days=days)
    text = _("%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này trước %(until)s.")
    terminal.line(text % {"slug": slug, "until": clock.in_words(entry.at + LASTS)})


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
