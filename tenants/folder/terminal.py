"""An operator's terminal: lines, progress, faults with their place, refusals with their exit code."""

import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _

from tenants import refusals
from tenants.folder.problems import ValidationProblem
from tenants.folder.steps import Progress
from tenants.isolation.province_cache import UnknownProvince
from tenants.isolation.schemas import NotTheOwner

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


class OperatorCommand(BaseCommand):
    """A command that ends with one sentence where it is refused, or its province is unknown."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        self.terminal = Terminal(self.stdout, self.stderr)
        try:
            return super().execute(*args, **options)
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": error}) from error
        except (refusals.Refused, NotTheOwner) as error:
            raise CommandError(str(error)) from error
