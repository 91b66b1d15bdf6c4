"""Bỏ một tỉnh: xuất toàn bộ dữ liệu, hai người thống nhất, lưu trữ; hết thời gian chờ mới xóa."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import refuse_bad_slug
from tenants.isolation import province_cache, schemas
from tenants.isolation.models import Province
from tenants.lifecycle import offboard
from tenants.management import prompts
from tenants.management.terminal import Terminal
from tenants.operators_log.two_person_approval import Standing


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
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
    prompts.add_who(parser)


def run(
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
        offboard.withdraw(slug, actor=prompts.who(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif propose:
        _agree(terminal, slug, wait, by)
    elif not export:
        terminal.refuse(_("Hãy nêu việc: --export THƯ_MỤC, --propose, --withdraw hoặc --drop."))


def _agree(terminal: Terminal, slug: str, days: int, by: str) -> None:
    now = offboard.standing(slug)
    if now is not None and now.waits:
        actor = prompts.second(terminal, now, _change(slug, now), _handed_over(slug), by=by)
        offboard.confirm(slug, actor=actor, proposal=now.entry.pk)
        when = offboard.drop_on(slug)
        assert when is not None
        text = _("%(slug)s: đã lưu trữ. Dữ liệu còn nguyên, xóa được từ %(at)s.")
        terminal.line(text % {"slug": slug, "at": _at(when)})
        return
    offboard.may_propose(slug, days)
    offboard.propose(slug, actor=prompts.who(terminal, by), days=days)
    said = offboard.standing(slug)
    assert said is not None
    text = _("%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này trước %(until)s.")
    terminal.line(text % {"slug": slug, "until": prompts.until(said)})


def _change(slug: str, said: Standing) -> str:
    record = province_cache.by_slug(slug)
    names = {
        "name": record.name,
        "slug": slug,
        "present": Province.State(record.state).label,
        "target": Province.State.ARCHIVED.label,
        "days": offboard.wait_of(said).days,
    }
    text = _(
        "%(name)s (%(slug)s) chuyển từ “%(present)s” sang “%(target)s”; sau %(days)d ngày thì xóa được mọi dữ liệu."
    )
    return text % names


def _handed_over(slug: str) -> str:
    entry = offboard.last_export(slug)
    assert entry is not None, "nobody proposes before an export"
    names = {"at": _at(entry.at), "rows": entry.detail["rows"], "folder": entry.detail["folder"]}
    return _("Bản xuất gần nhất: %(at)s, %(rows)d dòng, ở %(folder)s.") % names


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"
