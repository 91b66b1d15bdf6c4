"""Bỏ một tỉnh: xuất toàn bộ dữ liệu, hai người thống nhất, lưu trữ; hết thời gian chờ mới xóa."""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock, records, schemas
from tenants.onboarding import asking, offboard
from tenants.onboarding.folder import refuse_bad_slug
from tenants.onboarding.terminal import Terminal

LONGEST_WAIT = 3650


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument(
        "--export", metavar="THƯ_MỤC", default="", help="xuất toàn bộ dữ liệu vào thư mục mới này"
    )
    parser.add_argument(
        "--propose", action="store_true", help="đề nghị, hoặc xác nhận đề nghị của người khác"
    )
    parser.add_argument(
        "--wait", type=int, default=offboard.WAIT.days, metavar="NGÀY", help="chờ bao nhiêu ngày mới được xóa"
    )
    parser.add_argument("--drop", action="store_true", help="xóa, khi đã hết thời gian chờ; cần --export")
    asking.add_who(parser)


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
    try:
        records.by_slug(slug)
    except records.UnknownProvince:
        terminal.refuse(_("Chưa có tỉnh %(slug)s; xem `province list`.") % {"slug": slug})
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
        offboard.withdraw(slug, actor=asking.who(terminal, by))
        terminal.line(_("%(slug)s: đã rút đề nghị.") % {"slug": slug})
    elif propose:
        _agree(terminal, slug, timedelta(days=max(0, min(wait, LONGEST_WAIT))), by)
    elif not export:
        terminal.refuse(_("Hãy nêu việc: --export THƯ_MỤC, --propose, --withdraw hoặc --drop."))


def _agree(terminal: Terminal, slug: str, wait: timedelta, by: str) -> None:
    now = offboard.standing(slug)
    actor = asking.who(terminal, by)
    if now is not None and now.waits:
        offboard.confirm(slug, actor=actor)
        when = offboard.drop_on(slug)
        assert when is not None
        text = _("%(slug)s: đã lưu trữ. Dữ liệu còn nguyên, xóa được từ %(at)s.")
        terminal.line(text % {"slug": slug, "at": f"{when.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"})
        return
    offboard.propose(slug, actor=actor, wait=wait)
    said = offboard.standing(slug)
    assert said is not None
    text = _("%(slug)s: đã đề nghị. Một người vận hành khác xác nhận bằng cùng lệnh này trước %(until)s.")
    terminal.line(text % {"slug": slug, "until": asking.until(said)})
