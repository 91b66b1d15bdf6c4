"""Small faults put into five subjects on purpose, to see that the suite notices them.

`python -m tests.mutants draw` writes `tests/mutants.tsv`: thirty faults drawn by a fixed seed, six per subject.
`python -m tests.mutants run [--deep] [NUMBER …]` puts each one into a copy of the tree and runs the suite there:
`make test` must fail. A fault that `make test` misses and `make test-deep` notices lacks its sample in `make test`.
"""

import argparse
import ast
import csv
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "mutants.tsv"
SEED, EACH = 20261128, 6
DEEP = "deep or sampled"
# The folders that know the subject come first: most faults are noticed within a minute.
SUBJECTS = {
    "look-up": (
        [
            "dossiers/lookup/lookup.py",
            "dossiers/lookup/limited_lookup.py",
            "dossiers/lookup/limited_lookup.py",
        ],
        ["tests/dossiers"],
    ),
    "rights": (
        ["tenants/organisation/rights.py", "dossiers/lifecycle/permissions.py"],
        ["tests/tenants", "tests/dossiers"],
    ),
    "isolation": (
        [
            "tenants/isolation/context.py",
            "tenants/isolation/middleware.py",
            "tenants/isolation/backend/base.py",
        ],
        ["tests/tenants"],
    ),
    "deadlines": (
        [
            "dossiers/rules/deadlines/deadlines.py",
            "dossiers/rules/deadlines/terms.py",
        ],
        ["tests/dossiers/rules"],
    ),
    "outbox": (["messaging/outbox/enqueue.py"], ["tests/messaging"]),
}
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One fault: the text `before` at this line and column of the file becomes `after`."""

    subject: str
    path: str
    line: int
    column: int
    before: str
    after: str

    def applied(self, source: str) -> str:
        """The file with the fault, where its text stands nearest to the line at which it was drawn.

        Raises ValueError where that text is gone.
        """
        lines = source.splitlines(keepends=True)
        drawn = sum(len(line) for line in lines[: self.line - 1]) + self.column
        places = [found.start() for found in re.finditer(re.escape(self.before), source)]
        if not places:
            raise ValueError(f"{self.path}: không còn {self.before!r}")
        start = min(places, key=lambda place: abs(place - drawn))
        return source[:start] + self.after + source[start + len(self.before) :]


def faults_of(subject: str, path: str) -> Iterator[Mutant]:
    """Every fault that this file can carry: turned comparisons, `and`/`or`, `not`, conditions, numbers, calls."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        changed: ast.expr | None = None
        if isinstance(node, ast.Compare) and type(node.ops[0]) in OPPOSITES:
            changed = ast.Compare(
                node.left, [OPPOSITES[type(node.ops[0])](), *node.ops[1:]], node.comparators
            )
        elif isinstance(node, ast.BoolOp):
            changed = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            changed = node.operand
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            changed = ast.Constant(not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int):
            changed = ast.Constant(node.value + 1)
        elif isinstance(node, ast.If | ast.IfExp) and not isinstance(
            node.test, ast.Compare | ast.BoolOp | ast.UnaryOp
        ):
            node, changed = node.test, ast.UnaryOp(ast.Not(), node.test)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            node, changed = node.value, ast.Constant(None)
        before = changed and ast.get_source_segment(source, node)
        # A column of `ast` counts bytes: a line with Vietnamese before the fault is left out.
        if changed is None or not before or not before.isascii():
            continue
        after = ast.unparse(ast.fix_missing_locations(changed))
        if isinstance(changed, ast.BoolOp | ast.Compare):
            after = f"({after})"
        yield Mutant(subject, path, node.lineno, node.col_offset, before, after)


def drawn() -> list[Mutant]:
    """The same thirty for the same tree."""
    chosen = []
    for subject, (paths, _) in SUBJECTS.items():
        faults = [fault for path in paths for fault in faults_of(subject, path)]
        chosen += sorted(
            random.Random(f"{SEED} {subject}").sample(faults, EACH), key=lambda one: (one.path, one.line)
        )
    return chosen


def listed() -> list[Mutant]:
    with LIST.open(encoding="utf-8", newline="") as file:
        return [
            Mutant(
                row["subject"], row["path"], int(row["line"]), int(row["column"]), row["before"], row["after"]
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def notices(mutant: Mutant, deep: bool) -> str:
    """The first test that fails with this fault, or an empty text when the suite passes."""
    paths = SUBJECTS[mutant.subject][1]
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder) / "tree"
        for name in subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout.split(b"\0"):
            if name and (ROOT / os.fsdecode(name)).is_file():
                target = tree / os.fsdecode(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / os.fsdecode(name), target)
        file = tree / mutant.path
        file.write_text(mutant.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        # First the folders that know the subject, then all.
        narrow = [[*paths, "-m", "not browser"]] if not deep else []
        for chosen in (*narrow, ["-m", DEEP] if deep else []):
            suite = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "loadfile", *chosen]
            answer = subprocess.run(
                suite, cwd=tree, capture_output=True, text=True, check=False,
                env={**os.environ, **({"DEEP": "1"} if deep else {})},
            )  # fmt: skip
            if answer.returncode == 1:
                failed = [line for line in answer.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
                return failed[0][:150] if failed else "?"
            if answer.returncode:
                raise SystemExit(answer.stdout[-3000:] + answer.stderr[-2000:])
    return ""


def main() -> int:
    """0 when every fault was noticed, 1 when one was not, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("act", choices=("draw", "run"))
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--deep", action="store_true")
    asked = parser.parse_args()
    if asked.act == "draw":
        with LIST.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t", lineterminator="\n")
            writer.writerow(["subject", "path", "line", "column", "before", "after"])
            writer.writerows(
                [one.subject, one.path, one.line, one.column, one.before, one.after] for one in drawn()
            )
        return 0
    missed = 0
    for number, mutant in enumerate(listed(), start=1):
        if asked.numbers and number not in asked.numbers:
            continue
        by = notices(mutant, asked.deep)
        missed += not by
        sys.stdout.write(
            f"{number:2} {mutant.path}:{mutant.line} {mutant.before} → {mutant.after}: {by or 'KHÔNG KIỂM THỬ NÀO THẤY'}\n"
        )
        sys.stdout.flush()
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
