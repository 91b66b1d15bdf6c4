"""`make audit` is green only when every package was looked up; what pip-audit wrote was recorded."""

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.system.tree import ROOT

spec = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
assert spec
assert spec.loader
audit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(audit)

PINNED = {("amqp", "5.4.2"), ("django", "5.2.19")}
CLEAN = {"name": "amqp", "version": "5.4.2", "vulns": []}
FLAW = {"id": "PYSEC-2026-1", "fix_versions": ["5.2.20"], "aliases": [], "description": "…"}


def skipped(name: str, version: str) -> dict[str, str]:
    reason = f"Dependency not found on PyPI and could not be audited: {name} ({version})"
    return {"name": name, "skip_reason": reason}


def django(*flaws: dict[str, Any]) -> dict[str, Any]:
    return {"name": "Django", "version": "5.2.19", "vulns": list(flaws)}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([CLEAN, django()], 0),
        ([CLEAN, django(FLAW)], 1),
        ([skipped("amqp", "5.4.2"), django(FLAW)], 1),
        ([CLEAN, skipped("django", "5.2.19")], 2),
        ([CLEAN], 2),
        ([skipped("amqp", "5.4.2"), skipped("django", "5.2.19")], 3),
        ([], 3),
    ],
)
def test_green_is_only_what_was_looked_up(found: list[Any], code: int) -> None:
    assert audit.verdict(PINNED, json.dumps({"dependencies": found, "fixes": []}))[0] == code


@pytest.mark.parametrize("answer", ["", "Traceback (most recent call last):", "[]"])
def test_no_answer_is_not_green(answer: str) -> None:
    code, lines = audit.verdict(PINNED, answer)
    assert (code, len(lines)) == (3, 1)


def test_every_pin_of_every_list_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(
        "import json, sys\n"
        "pins = [line.strip().split('==') for line in open(sys.argv[-1])]\n"
        "print(json.dumps({'dependencies': [{'name': n, 'version': v, 'vulns': []} for n, v in pins]}))\n"
    )
    assert audit.main([sys.executable, str(stand_in)]) == 0
    locked = sum(
        line[:1].isalnum() and "==" in line
        for line in (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    )
    assert int(capsys.readouterr().out.split()[0]) >= locked
