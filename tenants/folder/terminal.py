"""An operator's terminal: lines, progress, faults with their place, refusals with their exit code."""

import os
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils.translation import gettext as _

from tenants import refusals
from tenants.folder.problems import ValidationProblem
from tenants.isolation.province_cache import UnknownProvince
from tenants.isolation.schemas import NotTheOwner

REFUSED = 2
BAR = 30
WORDS = 40


class Terminal:
    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self.out = out
        self.err = err
        self._tenth = 0

    def line(self, text: str) -> None:
        self.out.write(text)
        self.out.flush()

    def progress(self, text: str, share: float | None = None) -> None:
        """Show what is being done and how much of it, 0 to 1: a bar on a terminal, else a line for each tenth.

        Without `share` it is a line. On the second stream: a program may read what a command answers.
        """
        tenth = int((share or 0) * 10 + 1e-6)
        if share is None:
            self.err.write(text)
        elif self.err.isatty() and "NO_COLOR" not in os.environ:
            full = round(share * BAR)
            bar = f"{'█' * full}{'░' * (BAR - full)} {share:4.0%} {text[:WORDS]}"
            # The cursor returns to the beginning of the line, what stood there is wiped out.
            self.err.write(f"\r\x1b[K{bar if share < 1 else ''}", ending="")
        elif tenth != self._tenth:
            self._tenth = tenth
            self.err.write(f"{tenth * 10:3d} % {text}")
        self.err.flush()

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
