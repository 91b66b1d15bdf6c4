"""One row of the filing table with real processes: the whole of it is `make faults ARGS=--filing`."""

import subprocess
import sys

import pytest

from tests.faults.processes import ROOT


@pytest.mark.deep
def test_a_database_that_is_cut_off_loses_nothing_of_a_filing() -> None:
    command = [sys.executable, "-m", "tests.faults", "database", "--filing", "--quick", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stderr
