"""An operator's terminal: lines, faults with their place, refusals with their exit code, and questions to operators."""

import getpass
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import datetime
from typing import NoReturn

from django.core.management.base import OutputWrapper
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.folder.problems import ValidationProblem
from tenants.folder.steps import Progress
from tenants.lifecycle.two_person_approval import Approval
from tenants.signin import login_flow

REFUSED = 2
BAR = 30
WORDS = 40


class Terminal:
    """The two streams of a command."""

    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self.out = out
        self.err = err
        self._tenth = 0

    def line(self, text: str) -> None:
        """Say one thing, at once."""
        self.out.write(text)
        self.out.flush()

    def progress(self) -> Progress:
        """Progress of the work: a bar on a terminal, else a line for each tenth. On the second stream,
        so that what a command answers can be read by a program."""
        return Progress(self._aside, self.draw)

    def draw(self, share: float, what: str) -> None:
        """Show how much, 0 to 1, of what is being done is done."""
        watched = self.err.isatty() and "NO_COLOR" not in os.environ
        (self._bar if watched else self._tenths)(share, what)

    def _aside(self, text: str) -> None:
        self.err.write(text)
        self.err.flush()

    def _bar(self, share: float, what: str) -> None:
        full = round(share * BAR)
        # The cursor returns to the beginning of the line, what stood there is wiped out.
        self.err.write(f"\r\x1b[K{'█' * full}{'░' * (BAR - full)} {share:4.0%} {what[:WORDS]}", ending="")
        if share >= 1:
            self.err.write("\r\x1b[K", ending="")
        self.err.flush()

    def _tenths(self, share: float, what: str) -> None:
        tenth = int(share * 10 + 1e-6)
        if tenth != self._tenth:
            self._tenth = tenth
            self._aside(f"{tenth * 10:3d} % {what}")

    def faults(self, problems: Iterable[ValidationProblem]) -> None:
        """Show faults and remarks, each with its place."""
        for problem in problems:
            mark = "✗" if problem.blocks else "!"
            self.err.write(f"{mark} {problem.place}: {problem.message}")

    def refuse(self, text: str) -> NoReturn:
        """Say why nothing is done, and end with 2."""
        self.err.write(text)
        sys.exit(REFUSED)


def add_operator_options(parser: ArgumentParser) -> None:
    """The options that name the operator and take a proposal back."""
    parser.add_argument(
        "--by", metavar="TÊN", default="", help="tên đăng nhập của người vận hành; không nêu thì hỏi"
    )
    parser.add_argument("--withdraw", action="store_true", help="rút lại điều đã đề nghị, đã ghi")


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
    names = {"person": said.entry.actor_name, "at": said.entry.at.astimezone(clock.VIETNAM)}
    text = _(
        "%(person)s đã đề nghị lúc %(at)s. Người thứ hai nhập mật khẩu của mình là xác nhận; Ctrl-C để thôi."
    )
    terminal.line(text % {**names, "at": f"{names['at']:%H:%M %d/%m/%Y}"})
    return ask_operator(terminal, by)


def parse_moment(terminal: Terminal, text: str) -> datetime | None:
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


def expiry_of(said: Approval) -> str:
    """Until when a second person can confirm."""
    return clock.in_words(said.until)
