"""`python -m tests.clocks [NAME …] [-- ARGUMENTS]`: the suite on other days and hours, by Debian's faketime.

Without a name all of them; `today` is one, in turn by the day. The suite's PostgreSQL and Valkey live on the
same day. Left out are the browser, the faults, and tests that wait for a time-out of PostgreSQL's (the mark
`database_timers`): libfaketime shows its signal handlers the real time, so that no such time-out ends.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from datetime import date, datetime, timedelta

from tenants.clock import VIETNAM

CLOCKS = {
    "sunday": datetime(2027, 3, 14, 3, 0, tzinfo=VIETNAM),
    # The calendar of the demonstration knows 2027 and not the year after.
    "december": datetime(2027, 12, 16, 23, 50, tzinfo=VIETNAM),
    "newyear": datetime(2027, 1, 1, 0, 5, tzinfo=VIETNAM),
    "tet": datetime(2027, 2, 8, 10, 0, tzinfo=VIETNAM),
    "leap": datetime(2028, 2, 29, 10, 0, tzinfo=VIETNAM),
}
YEARS, TODAY = "years", "today"
YEARS_AHEAD = timedelta(days=3 * 365 + 1)
NAMES = (*CLOCKS, YEARS)
LEFT_OUT = "not browser and not database_timers"


def of_the_day(day: date) -> str:
    """The name whose turn it is."""
    return NAMES[day.toordinal() % len(NAMES)]


def shift(name: str, now: datetime) -> timedelta:
    """How far the clock of this name is ahead of `now`; negative when its day is over."""
    return YEARS_AHEAD if name == YEARS else CLOCKS[name] - now


def run(name: str, arguments: list[str]) -> int:
    """The exit code of the suite under this clock. Its moments go on from there, at the usual speed."""
    now = datetime.now(VIETNAM)
    ahead = shift(name, now)
    _say(f"\n=== {name}: {now + ahead:%H:%M, %d/%m/%Y}")
    # Time-outs of Python wait by the steady clock, which must not jump; one shift for all needs no memory shared.
    command = ["faketime", "-m", "--exclude-monotonic", "-f", f"{ahead.total_seconds():+.0f}s"]
    suite = [sys.executable, "-m", "pytest", "-m", LEFT_OUT, "--ignore=tests/faults", *arguments]
    environment = {**os.environ, "FAKETIME_DISABLE_SHM": "1"}
    begun = time.monotonic()
    code = subprocess.run([*command, *suite], env=environment, check=False).returncode
    _say(f"=== {name}: {(time.monotonic() - begun) / 60:.1f} phút")
    return code


def main() -> int:
    """0 when the suite passed under every clock asked for, 1 when not, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m tests.clocks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*NAMES, TODAY]))
    given = [*sys.argv[1:], "--"]
    own, arguments = given[: given.index("--")], given[given.index("--") + 1 : -1]
    asked = parser.parse_args(own).names or list(NAMES)
    if unknown := set(asked) - {*NAMES, TODAY}:
        parser.error(f"CLOCK={' '.join(sorted(unknown))}: {', '.join([*NAMES, TODAY])}")
    if not shutil.which("faketime"):
        _say("Thiếu faketime. Debian, Ubuntu: sudo apt install faketime")
        return 2
    today = datetime.now(VIETNAM).date()
    codes = [run(of_the_day(today) if name == TODAY else name, arguments) for name in asked]
    return int(any(codes))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
