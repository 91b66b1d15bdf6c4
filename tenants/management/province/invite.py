"""Mời lại cán bộ: in liên kết của một người, hoặc làm phiếu cho từng cơ quan."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.folder import invitation_sheets
from tenants.folder.completeness import require_whole
from tenants.folder.invitation_sheets import Invited
from tenants.isolation.context import province_context
from tenants.management.terminal import Terminal
from tenants.organisation_folder import invite
from tenants.signin import invitations


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("username", nargs="?", default="", help="tên đăng nhập của người được mời")
    parser.add_argument(
        "--pending", action="store_true", help="mọi người chưa đặt mật khẩu: mỗi cơ quan một phiếu"
    )
    parser.add_argument("--agency", default="", metavar="MÃ", help="như --pending, của một cơ quan")


def run(terminal: Terminal, slug: str, username: str, pending: bool, agency: str, **options: Any) -> None:
    with province_context(require_whole(slug)):
        if pending or agency:
            invited = invite.renew(agency)
            if not invited:
                terminal.line(_("%(slug)s: ai cũng đã đặt mật khẩu.") % {"slug": slug})
            hand_out(terminal, slug, invited)
            return
        user = User.objects.filter(username=username).first()
        if user is None:
            terminal.refuse(_("%(slug)s chưa có tài khoản “%(name)s”.") % {"slug": slug, "name": username})
        _show(terminal, invite.described([user], [invitations.invite(user)]))


def hand_out(terminal: Terminal, slug: str, invited: Sequence[Invited]) -> None:
    """Write the sheets and say where; where none can be written the links are shown, for nobody sees them again."""
    if not invited:
        return
    try:
        sheets = invitation_sheets.write(slug, invited)
    except OSError as error:
        terminal.line(_("! Không ghi được phiếu lời mời: %(error)s") % {"error": error.strerror or error})
        _show(terminal, invited)
        return
    names = {
        "people": len(invited),
        "sheets": len(sheets),
        "folder": sheets[0].parent,
        "until": f"{min(one.until for one in invited).astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}",
    }
    text = _(
        "    %(people)d lời mời trong %(sheets)d phiếu, mỗi cơ quan một tệp, hết hạn lúc %(until)s: %(folder)s. "
        "Giao xong thì xóa."
    )
    terminal.line(text % names)


def _show(terminal: Terminal, invited: Sequence[Invited]) -> None:
    for one in invited:
        names = {"person": one.name, "username": one.username, "link": one.link}
        terminal.line(_("Lời mời của %(person)s (%(username)s), dùng một lần: %(link)s") % names)
