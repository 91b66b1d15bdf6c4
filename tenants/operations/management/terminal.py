"""An operator's terminal: lines, faults with their place, refusals with their exit code, and questions to operators."""

import getpass

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import login_flow
from tenants.folder.terminal import Terminal
from tenants.operations.golive.two_person_approval import Approval


def ask_operator(terminal: Terminal, by: str) -> User:
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


def ask_second_operator(terminal: Terminal, said: Approval, *change: str, by: str) -> User:
    """The second person, who reads what will change before anything is asked. Refuses as `ask_operator`."""
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
    return ask_operator(terminal, by)
