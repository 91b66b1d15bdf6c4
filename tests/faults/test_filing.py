"""The wrong clock, and one row of the filing table with real processes: the whole of it is `make faults ARGS=--filing`."""

import os
import subprocess
import sys

import pytest

from tests.faults.processes import ROOT, shifted

ADAPT = """
import copy, pickle
from datetime import UTC, datetime, time
from psycopg import adapt
made, read = datetime.combine(datetime.now(UTC).date(), time(7), UTC), datetime.now(UTC)
transformer = adapt.Transformer()
for moment in (made, read, pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
    assert b"::timestamptz" in transformer.as_literal(moment), moment
"""


def test_a_wrong_clock_leaves_the_time_in_what_is_stored() -> None:
    subprocess.run([sys.executable, "-c", ADAPT], env=shifted(os.environ, 3600), check=True)


@pytest.mark.deep
def test_a_database_that_is_cut_off_loses_nothing_of_a_filing() -> None:
    command = [sys.executable, "-m", "tests.faults", "database", "--filing", "--quick", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stderr
