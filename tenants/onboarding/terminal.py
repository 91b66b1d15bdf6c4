"""What an operator at a terminal reads: lines, faults with their place, and refusals with their exit code."""

import sys
from collections.abc import Iterable
from typing import NoReturn

from django.core.management.base import OutputWrapper

from tenants.onboarding.problems import Problem

REFUSED = 2


class Terminal:
    """The two streams of a command."""

    def __init__(self, out: OutputWrapper, err: OutputWrapper) -> None:
        self.out = out
        self.err = err

    def line(self, text: str) -> None:
        """Say one thing, at once."""
        self.out.write(text)
        self.out.flush()

    def faults(self, problems: Iterable[Problem]) -> None:
        """Show faults and remarks, each with its place."""
        for problem in problems:
            mark = "✗" if problem.blocks else "!"
            self.err.write(f"{mark} {problem}")

    def refuse(self, text: str) -> NoReturn:
        """Say why nothing is done, and end with 2."""
        self.err.write(text)
        sys.exit(REFUSED)
