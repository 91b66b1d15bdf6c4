"""Small faults put into six subjects on purpose, to see that the suite notices them.

`tests/mutants.tsv` lists forty of them, six drawn per subject and ten chosen for filing: in the file `path`, what stands between « and » becomes
`instead`, and `test` is the file expected to notice it. The words around it tell one place from another; white
space does not count.

`python -m tests.mutants check` says which places are gone. `… run [NUMBER …]` puts each fault into a copy of the tree
and runs its file there. `… run --all` goes on with the folders of the subject and the whole suite where that file
passes, `--deep` with `make test-deep`: what only that notices lacks its sample in `make test`. `… draw` prints faults
drawn anew.

`… lines` runs the suite once and keeps which test file runs which line, in `reports/`. `… survey [COUNT]` then draws
faults over all apps, the same ones for the same tree, and runs each against all files that run its line, to the end;
stopped, it goes on where it was. It prints the share that was noticed, and for each file how often it alone did.
"""

import argparse
import ast
import collections
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "mutants.tsv"
REPORTS = ROOT / "reports"
LINES, SURVEY = REPORTS / "mutants-lines.json", REPORTS / "mutants.tsv"
SEED, EACH, COUNT = 20261128, 6, 400
MOST_FILES, SUITE_SECONDS = 25, 900
"""A line that more files run is every page's: those of its own app stand for them."""
DEEP = "deep or sampled"
# The folders that know the subject come first: most faults are noticed within a minute.
SUBJECTS = {
    "look-up": (
        ["dossiers/lookup/lookup.py", "dossiers/lookup/limited_lookup.py"],
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
        ["dossiers/deadlines/rules/deadlines.py"],
        ["tests/dossiers/rules"],
    ),
    "outbox": (["messaging/outbox/enqueue.py"], ["tests/messaging"]),
    "filing": (
        ["dossiers/filing/rules/journey.py", "dossiers/filing/drafts.py", "dossiers/filing/submission.py"],
        ["tests/dossiers/filing", "tests/dossiers/rules/filing"],
    ),
}
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One fault: what is marked in `fault` becomes `instead`."""

    subject: str
    path: str
    fault: str
    instead: str
    test: str

    @property
    def title(self) -> str:
        return f"{self.path}: {self.fault} → {self.instead}"

    def applied(self, source: str) -> str:
        """The file with the fault. Raises ValueError where its place is gone, or not the only one."""
        before, text, after = re.split("[«»]", self.fault)
        places = list(
            re.finditer(f"{_flexible(before)}(?P<fault>{_flexible(text)}){_flexible(after)}", source)
        )
        if len(places) != 1:
            raise ValueError(f"{self.title}: {len(places)} chỗ")
        return source[: places[0].start("fault")] + self.instead + source[places[0].end("fault") :]


def _flexible(text: str) -> str:
    """A pattern for this text, with any white space where it has some."""
    return re.sub(r"(\\[ \n])+", r"\\s+", re.escape(text))


def faults_of(subject: str, path: str) -> Iterator[Mutant]:
    """Every fault that this file can carry: turned comparisons, `and`/`or`, `not`, conditions, numbers, calls."""
    source = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(source)
    lines = source.splitlines()
    # Whether a dataclass is frozen changes nothing that anything can notice.
    decorators = {
        id(part)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", ())
        for part in ast.walk(decorator)
    }
    for node in ast.walk(tree):
        if id(node) in decorators:
            continue
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
        first, last = lines[node.lineno - 1], lines[(node.end_lineno or node.lineno) - 1]
        marked = (
            f"{first[: node.col_offset].strip()} «{' '.join(before.split())}» {last[node.end_col_offset :]}"
        )
        mutant = Mutant(subject, path, marked, after, "")
        try:
            mutant.applied(source)
        except ValueError:
            continue
        yield mutant


def drawn() -> list[Mutant]:
    """The same thirty for the same tree."""
    chosen = []
    for subject, (paths, _) in SUBJECTS.items():
        faults = [fault for path in paths for fault in faults_of(subject, path)]
        chosen += random.Random(f"{SEED} {subject}").sample(faults, EACH)
    return chosen


def listed() -> list[Mutant]:
    _names, *rows = LIST.read_text(encoding="utf-8").splitlines()
    return [Mutant(*row.split("\t")) for row in rows]


def complaints() -> list[str]:
    """What does not fit the tree any more: a place, or the file of its test."""
    found = []
    for number, mutant in enumerate(listed(), start=1):
        try:
            mutant.applied((ROOT / mutant.path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            found.append(f"{number}: {error}")
        if not (ROOT / mutant.test).is_file():
            found.append(f"{number}: không có {mutant.test or 'tệp kiểm thử'}")
    return found


@contextmanager
def tree_with(mutant: Mutant) -> Iterator[Path]:
    """A copy of the tree, as git knows it, with this fault."""
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
        yield tree


def notices(mutant: Mutant, wider: bool, deep: bool) -> str:
    """The first test that fails with this fault, or an empty text when all pass."""
    suites = [[mutant.test]]
    if wider:
        suites += [[*SUBJECTS[mutant.subject][1], "-m", "not browser"], []]
    if deep:
        suites += [["-m", DEEP]]
    with tree_with(mutant) as tree:
        for chosen in suites:
            several = ["-n", "2", "--dist", "loadfile"] if chosen != [mutant.test] else ["-n", "1"]
            suite = [sys.executable, "-m", "pytest", "-q", "-x", *several, *chosen]
            answer = subprocess.run(
                suite, cwd=tree, capture_output=True, text=True, check=False,
                env={**os.environ, **({"DEEP": "1"} if DEEP in chosen else {})},
            )  # fmt: skip
            # Stopped after its first failure, xdist calls itself interrupted.
            failed = [line for line in answer.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
            if failed:
                return failed[0][:150]
            if answer.returncode:
                raise SystemExit(answer.stdout[-3000:] + answer.stderr[-2000:])
    return ""


# --- Faults drawn over all apps


def surveyed(lines: dict[str, dict[str, list[int]]], count: int) -> list[tuple[Mutant, list[str]]]:
    """Faults drawn over all apps, by weight of what they may carry, each with the files that run its line."""
    places = [
        (fault, files)
        for path in sorted(lines)
        if (ROOT / path).is_file()
        for fault in faults_of(path.rpartition("/")[0], path)
        if (files := _files_at(lines[path], fault, path))
    ]
    return random.Random(SEED).sample(places, min(count, len(places)))


def _files_at(runs: dict[str, list[int]], fault: Mutant, path: str) -> list[str]:
    source = (ROOT / path).read_text(encoding="utf-8")
    at = _line_of(fault, source)
    files = [file for file, lines in runs.items() if at in lines]
    own = [file for file in files if file.startswith(f"tests/{path.rpartition('/')[0]}/")]
    return sorted(own if own and len(files) > MOST_FILES else files[:MOST_FILES])


def _line_of(fault: Mutant, source: str) -> int:
    before, text, after = re.split("[«»]", fault.fault)
    place = re.search(f"{_flexible(before)}(?P<fault>{_flexible(text)}){_flexible(after)}", source)
    assert place is not None
    return source.count("\n", 0, place.start("fault")) + 1


def noticing(mutant: Mutant, files: list[str]) -> list[str]:
    """Which of these files fail with this fault; a suite that hangs has noticed it, by no file's name."""
    with tree_with(mutant) as tree:
        suite = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-m", "not browser", *files]
        try:
            answer = subprocess.run(
                suite, cwd=tree, capture_output=True, text=True, check=False, timeout=SUITE_SECONDS
            )
        except subprocess.TimeoutExpired:
            return ["hangs"]
    failed = re.findall(r"^(?:FAILED|ERROR) (tests/[^: ]+)", answer.stdout, re.MULTILINE)
    return sorted(set(failed)) or (["does not start"] if answer.returncode not in (0, 5) else [])


def survey(count: int, seconds: float) -> int:
    """Try drawn faults until all are tried or the time is over; 1 where the time was over first."""
    if not LINES.is_file():
        raise SystemExit("chưa có reports/mutants-lines.json: chạy python -m tests.mutants lines")
    end = time.monotonic() + seconds
    done = dict(row.split("\t") for row in SURVEY.read_text("utf-8").splitlines()) if SURVEY.exists() else {}
    chosen = surveyed(json.loads(LINES.read_text(encoding="utf-8")), count)

    def tried(one: tuple[Mutant, list[str]]) -> None:
        mutant, files = one
        if mutant.title in done or time.monotonic() > end:
            return
        by = noticing(mutant, files)
        done[mutant.title] = " ".join(by)
        with SURVEY.open("a", encoding="utf-8") as report:
            report.write(f"{mutant.title}\t{' '.join(by)}\n")

    with ThreadPoolExecutor(2) as lanes:
        list(lanes.map(tried, chosen))
    results = {mutant.title: done[mutant.title].split() for mutant, _files in chosen if mutant.title in done}
    seen = [by for by in results.values() if by]
    _say(f"{len(seen)} / {len(results)} lỗi bị phát hiện ({len(seen) / max(1, len(results)):.3f})")
    alone = collections.Counter(by[0] for by in seen if len(by) == 1)
    for file, times in sorted(collections.Counter(one for by in seen for one in by).items()):
        _say(f"{times:3} {alone[file]:3} {file}")
    for title, by in results.items():
        if not by:
            _say(f"KHÔNG KIỂM THỬ NÀO THẤY: {title}")
    return int(len(results) < len(chosen))


def main() -> int:
    """0 when all is well, 1 when a fault was not noticed or has lost its place, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("act", choices=("check", "run", "draw", "lines", "survey"))
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--all", action="store_true", help="the whole suite where the file named passes")
    parser.add_argument("--deep", action="store_true", help="and then what only `make test-deep` runs")
    parser.add_argument("--seconds", type=float, default=7200, help="of a survey")
    asked = parser.parse_args()
    if asked.act == "lines":
        suite = [
            "pytest",
            "-q",
            "-n",
            "2",
            "--dist",
            "loadfile",
            "-m",
            "not browser",
            "-p",
            "tests.executed_lines",
        ]
        return subprocess.run([sys.executable, "-m", *suite], cwd=ROOT, check=False).returncode
    if asked.act == "survey":
        return survey(asked.numbers[0] if asked.numbers else COUNT, asked.seconds)
    if asked.act == "draw":
        for one in drawn():
            _say("\t".join((one.subject, one.path, one.fault, one.instead, one.test)))
        return 0
    if asked.act == "check":
        found = complaints()
        for line in found:
            _say(line)
        return int(bool(found))
    missed = 0
    for number, mutant in enumerate(listed(), start=1):
        if asked.numbers and number not in asked.numbers:
            continue
        by = notices(mutant, asked.all, asked.deep)
        missed += not by
        _say(f"{number:2} {mutant.title}: {by or 'KHÔNG KIỂM THỬ NÀO THẤY'}")
    return int(bool(missed))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
