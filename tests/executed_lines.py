"""Which test file runs which line of the portal, in the processes of the suite itself (loaded with `-p`).

Each worker writes what it saw; the last one to end joins them into `reports/mutants-lines.json`: {path: {file: lines}}.
"""

import collections
import json
import sys
from pathlib import Path
from types import CodeType

import pytest

from tests import mutants

_ROOMS = tuple(
    f"{mutants.ROOT}/{room}/" for room in ("dossiers", "messaging", "portal", "procedures", "tenants")
)
_TOOL = sys.monitoring.COVERAGE_ID


class _Lines:
    def __init__(self) -> None:
        self.file = ""
        self.seen: dict[str, dict[str, set[int]]] = collections.defaultdict(
            lambda: collections.defaultdict(set)
        )

    def note(self, code: CodeType, line: int) -> object:
        if code.co_filename.startswith(_ROOMS):
            self.seen[code.co_filename][self.file].add(line)
        # Told once for a file: after that the line runs at full speed.
        return sys.monitoring.DISABLE

    def begin(self, file: str) -> None:
        if file != self.file:
            self.file = file
            sys.monitoring.restart_events()


_lines = _Lines()


def pytest_configure(config: pytest.Config) -> None:
    sys.monitoring.use_tool_id(_TOOL, "executed lines")
    sys.monitoring.register_callback(_TOOL, sys.monitoring.events.LINE, _lines.note)
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.LINE)
    if not hasattr(config, "workerinput"):
        mutants.REPORTS.mkdir(exist_ok=True)
        for old in mutants.REPORTS.glob("mutants-lines*.json"):
            old.unlink()


def pytest_runtest_protocol(item: pytest.Item) -> None:
    _lines.begin(item.nodeid.partition("::")[0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.NO_EVENTS)
    worker = getattr(session.config, "workerinput", {}).get("workerid", "")
    parts = sorted(mutants.REPORTS.glob("mutants-lines-*.json"))
    seen: dict[str, dict[str, set[int]]] = _lines.seen
    if not worker:
        for part in parts:
            for path, files in json.loads(part.read_text(encoding="utf-8")).items():
                for file, lines in files.items():
                    seen[path][file].update(lines)
            part.unlink()
    target = mutants.LINES if not worker else mutants.REPORTS / f"mutants-lines-{worker}.json"
    target.write_text(
        json.dumps(
            {
                str(Path(path).relative_to(mutants.ROOT)) if path.startswith("/") else path: {
                    file: sorted(lines) for file, lines in files.items() if file
                }
                for path, files in seen.items()
            }
        ),
        encoding="utf-8",
    )
