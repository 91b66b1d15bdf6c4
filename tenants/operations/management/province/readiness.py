"""Sub-commands that show how far provinces are: list, status, readiness, the smoke test."""

import json
import sys
from contextlib import closing

from django.utils.translation import gettext as _

from tenants import clock
from tenants.audit import operators_log
from tenants.folder.folder import missing_parts, refuse_bad_slug, slugs_with_folder
from tenants.folder.readiness import Level, State
from tenants.folder.terminal import Terminal
from tenants.isolation import province_cache, schema_migrations
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.operations.backup import history
from tenants.operations.board import onboarding_timeline
from tenants.operations.golive import golive, offboard
from tenants.operations.management.province import FORMAT, SLUG, argument, sub_command
from tenants.operations.onboarding import rehearsal
from tenants.operations.readiness import builtin_checks, text
from tenants.operations.readiness.all_checks import run_checks

FAILED, STOPPED = 1, 143


@sub_command("list")
def list_provinces(terminal: Terminal) -> None:
    """Các tỉnh đã có và các thư mục chưa áp dụng."""
    known = {record.slug: record for record in province_cache.all_records()}
    for name in sorted({*known, *slugs_with_folder()}):
        record = known.get(name)
        if record is None:
            terminal.line(f"{name:<16} {_('có thư mục, chưa áp dụng')}")
        else:
            state = Province.State(record.state).label
            terminal.line(f"{name:<16} {record.agency_code:<5} {state:<15} {record.host:<30} {record.name}")


@sub_command("status", SLUG)
def status(terminal: Terminal, slug: str) -> None:
    """Một tỉnh đang ở đâu: trạng thái, bảng, sẵn sàng, diễn tập, việc của hai người, hai tuần đưa vào."""
    refuse_bad_slug(slug)
    record = province_cache.by_slug(slug)
    terminal.line(f"{record.name} ({slug}), {record.host}: {Province.State(record.state).label}")
    if text := missing_parts(record):
        terminal.line(f"  ! {text}")
        return
    with province_context(record):
        missing, backup = schema_migrations.missing_here(), history.last(history.MADE)
    tables = _("thiếu %(count)d, chạy schemas migrate") % {"count": len(missing)} if missing else _("đủ")
    _fact(terminal, _("Bảng"), tables)
    report = run_checks(slug, Level.GOLIVE, outside=False)
    counts = {"blocked": report.count(State.BLOCKED), "warning": report.count(State.WARNING)}
    _fact(terminal, _("Sẵn sàng"), _("%(blocked)d chặn, %(warning)d cảnh báo ở mức golive") % counts)
    smoke = operators_log.last(slug, "smoke")
    if smoke is not None:
        values = {"at": clock.in_words(smoke.at), "failed": smoke.detail.get("failed", 0)}
        _fact(terminal, _("Diễn tập"), _("%(at)s, %(failed)d không đạt") % values)
    for title, said in (
        (_("Phục vụ chính thức"), golive.approval_of(slug)),
        (_("Bỏ tỉnh"), offboard.approval_of(slug)),
    ):
        if said is not None:
            words = f"{said.word.label} {clock.in_words(said.entry.at)} {said.entry.actor_name}"
            _fact(terminal, title, words.rstrip())
    _fact(terminal, _("Sao lưu"), clock.in_words(backup.at) if backup else _("chưa có"))
    if record.state in (Province.State.DRAFT, Province.State.PILOT):
        _fortnight(terminal, onboarding_timeline.timeline_of(report))


def _fortnight(terminal: Terminal, found: onboarding_timeline.Timeline) -> None:
    names = {"day": found.today, "days": onboarding_timeline.DAYS, "done": found.done}
    _fact(terminal, _("Đưa vào"), _("ngày %(day)d/%(days)d, xong %(done)d việc") % names)
    for day in found.days:
        if day.state in ("late", "today"):
            terminal.line(
                f"  ! {day.milestone.day:>2} {day.milestone.title} ({day.milestone.owner.label}): {day.state_text}"
            )


def _fact(terminal: Terminal, title: str, text: str) -> None:
    terminal.line(f"  {title}: {text}")


@sub_command(
    "check",
    SLUG,
    argument(
        "--level",
        choices=[level.value for level in Level],
        help="mức phải đạt; không nêu thì theo trạng thái của tỉnh",
    ),
    FORMAT,
)
def check(terminal: Terminal, slug: str, level: str | None, format: str) -> None:
    """Xem tỉnh đã sẵn sàng đến mức nào: 0 đạt, 1 có cảnh báo, 2 có mục chặn."""
    refuse_bad_slug(slug)
    report = run_checks(slug, Level(level) if level else None)
    data = json.dumps(text.as_data(report), ensure_ascii=False, indent=2)
    terminal.line(data if format == "json" else text.as_text(report))
    sys.exit(report.exit_code)


@sub_command("smoke", SLUG)
def smoke(terminal: Terminal, slug: str) -> None:
    """Diễn tập: đưa một hồ sơ thử qua mọi bước, trong một tỉnh thử dựng từ thư mục rồi bỏ đi."""
    seen: list[State] = []
    try:
        with closing(rehearsal.rehearse(slug)) as telling:
            for one in telling:
                seen.append(one.state)
                terminal.line(f" {text.MARKS[one.state]} {one.title}")
                if one.cause:
                    terminal.line(f"     {one.cause}")
    except rehearsal.Stopped:
        terminal.line(_("Đã dừng; tỉnh thử đã bỏ."))
        sys.exit(STOPPED)
    failed, passed = seen.count(State.BLOCKED), seen.count(State.OK)
    operators_log.record(builtin_checks.SMOKE, slug, passed=passed, failed=failed)
    counts = {"slug": slug, "passed": passed, "failed": failed}
    terminal.line(_("%(slug)s: %(passed)d đạt, %(failed)d không đạt. Tỉnh thử đã bỏ.") % counts)
    sys.exit(FAILED if failed else 0)
