"""`make audit`: is anything known against the versions in these lists? Given: the command that runs pip-audit.

pip-audit calls it a success when it could look nothing up. Here each pinned package must have been looked up.
Ends with 0: all looked up, nothing known; 1: something is known; 2: some could not be looked up; 3: no index of
advisories was reached, so nothing is known either way.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CLEAN, KNOWN, INCOMPLETE, UNREACHED = 0, 1, 2, 3
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(texts: Iterable[str]) -> set[tuple[str, str]]:
    """(package, version) of each pin, whatever system it is for."""
    return {(_plain(name), version) for text in texts for name, version in _PIN.findall(text)}


def verdict(pinned: set[tuple[str, str]], answer: str) -> tuple[int, list[str]]:
    """Exit code and lines for people, from what pip-audit wrote as JSON."""
    try:
        found: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        found = []
    looked_up = {(_plain(one["name"]), one["version"]) for one in found if "skip_reason" not in one}
    if not looked_up & pinned:
        return UNREACHED, ["Không hỏi được nơi nào ghi các lỗ hổng đã biết: chưa biết gì về các gói này."]
    known = [
        f"✗ {one['name']} {one['version']}: {flaw['id']}, sửa ở {', '.join(flaw['fix_versions']) or '(chưa có)'}"
        for one in found
        for flaw in one.get("vulns", [])
    ]
    left = [f"? {name} {version}: không tra được" for name, version in sorted(pinned - looked_up)]
    if known or left:
        return KNOWN if known else INCOMPLETE, known + left
    return CLEAN, [f"{len(pinned)} gói đã tra, không có lỗ hổng nào đã biết."]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(command: list[str]) -> int:
    pinned = pins(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.txt"))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{name}=={version}\n" for name, version in sorted(pinned))
        file.flush()
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
        asked = [*command, *options, "--requirement", file.name]
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 – make's own
    code, lines = verdict(pinned, answer.stdout)
    if answer.returncode and not answer.stdout:
        lines += answer.stderr.splitlines()[-1:]  # its own words; those beside an answer call all of it clean
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
