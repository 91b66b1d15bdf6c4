"""Đưa tỉnh vào phục vụ chính thức: người thứ nhất đề nghị, người thứ hai xác nhận."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug
from tenants.isolation.models import Province
from tenants.lifecycle import golive
from tenants.management import prompts
from tenants.management.terminal import Terminal
from tenants.readiness import text as readiness_text
from tenants.readiness.checks import Level


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("--at", default="", metavar="LÚC", help="giờ Việt Nam, ví dụ '2026-12-01 07:30'")
    parser.add_argument(
        "--level",
        choices=[level.value for level in golive.LEVELS],
        default=Level.GOLIVE.value,
        help="web: chưa cần mẫu tin được kênh duyệt",
    )
    prompts.add_who(parser)


def run(terminal: Terminal, slug: str, at: str, level: str, by: str, withdraw: bool, **options: Any) -> None:
    refuse_bad_slug(slug)
    moment = prompts.moment(terminal, at)
    now = golive.standing(slug)
    if withdraw:
        golive.withdraw(slug, actor=prompts.who(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif now is not None and now.waits:
        _confirm(terminal, slug, now, by)
    else:
        golive.may_propose(slug, moment, Level(level))
        golive.propose(slug, actor=prompts.who(terminal, by), at=moment, level=Level(level))
        _proposed(terminal, slug)


def _confirm(terminal: Terminal, slug: str, now: golive.Standing, by: str) -> None:
    report = golive.look(slug, golive.level_of(now))
    names = {
        "name": report.province.name,
        "slug": slug,
        "present": Province.State(report.province.state).label,
        "target": Province.State.LIVE.label,
        "when": _when(now),
    }
    change = _("%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”, %(when)s.") % names
    actor = prompts.second(terminal, now, readiness_text.as_text(report), change, by=by)
    province = golive.confirm(slug, actor=actor, proposal=now.entry.pk)
    if province.state == Province.State.LIVE:
        terminal.line(f"{province.name}: {province.get_state_display()}")
    else:
        terminal.line(_("%(slug)s: đã xác nhận, phục vụ %(when)s.") % {"slug": slug, "when": _when(now)})


def _proposed(terminal: Terminal, slug: str) -> None:
    said = golive.standing(slug)
    assert said is not None
    text = _(
        "%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này, hoặc ở trang vận hành, trước %(until)s."
    )
    terminal.line(text % {"slug": slug, "until": prompts.until(said)})


def _when(said: golive.Standing) -> str:
    at = golive.time_of(said)
    return _("ngay") if at is None else f"{at.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"
