"""What the acts that need two people ask at a terminal: who sits there, and for when."""

import getpass
from argparse import ArgumentParser
from datetime import datetime

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.management.terminal import Terminal
from tenants.operators_log.two_person_approval import Standing
from tenants.signin import terminal_login as terminal_login


def add_who(parser: ArgumentParser) -> None:
    """The option that names the operator."""
    parser.add_argument(
        "--by", metavar="TÊN", default="", help="tên đăng nhập của người vận hành; không nêu thì hỏi"
    )
    parser.add_argument("--withdraw", action="store_true", help="rút lại điều đã đề nghị, đã ghi")


def who(terminal: Terminal, by: str) -> User:
    """The operator at this terminal, proved by password and second factor; refuses anybody else."""
    try:
        username = by or input(_("Tên đăng nhập người vận hành: ")).strip()
        return terminal_login.operator(
            username, lambda: getpass.getpass(_("Mật khẩu: ")), lambda: getpass.getpass(_("Mã xác nhận: "))
        )
    except terminal_login.NotProved as error:
        terminal.refuse(str(error))
    except (EOFError, KeyboardInterrupt):
        terminal.line("")
        terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))


def second(terminal: Terminal, said: Standing, *change: str, by: str) -> User:
    """The second person, who reads what will change before anything is asked. Refuses as `who`."""
    for line in change:
        terminal.line(line)
    names = {"person": said.entry.actor_name, "at": said.entry.at.astimezone(clock.VIETNAM)}
    text = _(
        "%(person)s đã đề nghị lúc %(at)s. Người thứ hai nhập mật khẩu của mình là xác nhận; Ctrl-C để thôi."
    )
    terminal.line(text % {**names, "at": f"{names['at']:%H:%M %d/%m/%Y}"})
    return who(terminal, by)


def moment(terminal: Terminal, text: str) -> datetime | None:
    """A moment in Viet Nam as people type it, “2026-12-01 07:30”; refuses anything else. "" is none."""
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text)
    except ValueError:
        terminal.refuse(
            _("“%(text)s” không phải thời điểm; viết dạng 2026-12-01 07:30.") % {"text": text[:40]}
        )
    return typed.replace(tzinfo=clock.VIETNAM) if typed.tzinfo is None else typed


def until(said: Standing) -> str:
    """Until when a second person can confirm."""
    return f"{said.until.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"
