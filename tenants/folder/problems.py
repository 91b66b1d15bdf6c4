"""What is wrong with a province's folder, told so that the person at the folder can repair it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import ngettext

from tenants import refusals


@dataclass(frozen=True, slots=True)
class ValidationProblem:
    """One fault with its place. `line` and `column` count from 1; 0 means the file, or the line, as a whole.

    The column of a table is that of its cell, which may have a name; elsewhere it is that of the letter.

    A problem that does not block is a remark: it is shown, and the folder is applied all the same.
    """

    file: str
    line: int
    message: str
    blocks: bool = True
    column: int = field(default=0, compare=False)
    column_name: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"

    @property
    def place(self) -> str:
        """“file:row:column”, as far as they are known."""
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


class Refused(refusals.Refused):
    """The folder is refused; nothing was changed. `problems` holds all that was found."""

    def __init__(self, problems: Iterable[ValidationProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(file: str, line: int, text: str) -> Refused:
    return Refused([ValidationProblem(file, line, text)])


def blocking(problems: Iterable[ValidationProblem]) -> list[ValidationProblem]:
    """Those problems that keep the folder from being applied."""
    return [problem for problem in problems if problem.blocks]


def in_order(problems: Iterable[ValidationProblem]) -> list[ValidationProblem]:
    """Each problem once, by file and line, as one would repair them."""
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line, problem.column))


def summary(problems: Iterable[ValidationProblem]) -> str:
    """How many places must be repaired, in one sentence."""
    count = len(blocking(problems))
    return ngettext("%(count)d chỗ phải sửa.", "%(count)d chỗ phải sửa.", count) % {"count": count}
