"""Một tỉnh đang ở đâu: trạng thái, bảng, sẵn sàng, diễn tập, việc của hai người, hai tuần đưa vào."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.folder import completeness
from tenants.folder.folder import refuse_bad_slug
from tenants.isolation import migration_status, province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.lifecycle import golive, offboard
from tenants.management.terminal import Terminal
from tenants.operators import board, onboarding_timeline
from tenants.operators_log import log, two_person_approval
from tenants.operators_log.two_person_approval import Standing
from tenants.readiness import checks
from tenants.readiness.checks import Level, State

_WORDS = {
    two_person_approval.PROPOSED: gettext_lazy("đề nghị"),
    two_person_approval.CONFIRMED: gettext_lazy("đã xác nhận"),
    two_person_approval.WITHDRAWN: gettext_lazy("đã rút"),
    two_person_approval.DONE: gettext_lazy("đã xong"),
}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def run(terminal: Terminal, slug: str, **options: Any) -> None:
    refuse_bad_slug(slug)
    record = province_cache.by_slug(slug)
    terminal.line(f"{record.name} ({slug}), {record.host}: {Province.State(record.state).label}")
    if text := completeness.lacking(record):
        terminal.line(f"  ! {text}")
        return
    with province_context(record):
        missing, backup = migration_status.missing_here(), board.last_backup()
    tables = _("thiếu %(count)d, chạy schemas migrate") % {"count": len(missing)} if missing else _("đủ")
    _fact(terminal, _("Bảng"), tables)
    report = checks.look(slug, Level.GOLIVE, outside=False)
    counts = {"blocked": report.count(State.BLOCKED), "warning": report.count(State.WARNING)}
    _fact(terminal, _("Sẵn sàng"), _("%(blocked)d chặn, %(warning)d cảnh báo ở mức golive") % counts)
    smoke = log.last(slug, "smoke")
    if smoke is not None:
        values = {"at": _at(smoke.at), "failed": smoke.detail.get("failed", 0)}
        _fact(terminal, _("Diễn tập"), _("%(at)s, %(failed)d không đạt") % values)
    for title, said in (
        (_("Phục vụ chính thức"), golive.standing(slug)),
        (_("Bỏ tỉnh"), offboard.standing(slug)),
    ):
        if said is not None:
            _fact(terminal, title, _agreed(said))
    _fact(terminal, _("Sao lưu"), _at(backup) if backup else _("chưa có"))
    if record.state in (Province.State.DRAFT, Province.State.PILOT):
        _fortnight(terminal, onboarding_timeline.of(report))


def _fortnight(terminal: Terminal, found: onboarding_timeline.Fortnight) -> None:
    names = {"day": found.today, "days": onboarding_timeline.DAYS, "done": found.done}
    _fact(terminal, _("Đưa vào"), _("ngày %(day)d/%(days)d, xong %(done)d việc") % names)
    for day in found.days:
        if day.state in ("late", "today"):
            terminal.line(
                f"  ! {day.milestone.day:>2} {day.milestone.title} ({day.milestone.owner.label}): {day.state_text}"
            )


def _agreed(said: Standing) -> str:
    return f"{_WORDS[said.word]} {_at(said.entry.at)} {said.entry.actor_name}".rstrip()


def _at(moment: Any) -> str:
    return f"{moment.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"


def _fact(terminal: Terminal, title: str, text: str) -> None:
    terminal.line(f"  {title}: {text}")
