"""What is read out of the provider's journal: figures that a guarantee rests on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import tables
from tests.faults import report
from tests.faults.evidence import SHOWN, Evidence, Written, percentile, too_early
from tests.faults.processes import ROOT, shifted
from tests.faults.providers.zalo import rules
from tests.faults.report import OLDER, TABLES
from tests.faults.result import Result
from tests.simulators.sms.faults import Faults
from tests.simulators.sms.journal import Line


def sent(reference: str, mono: float, account: str = "a", answer: str = "ok", taken: bool = True) -> Line:
    return Line("send", mono, mono, account, reference=reference, answer=answer, taken=taken)


WRITTEN = [Written("1", "a", 0.0), Written("2", "a", 1.0), Written("3", "b", 2.0)]


SHOWN_TWICE = [Line(SHOWN, at, at, "a", reference="1", answer="ok") for at in (2.0, 3.0)]


@pytest.mark.parametrize(
    ("lines", "called", "lost", "duplicates"),
    [
        # Committed and never taken.
        ([sent("1", 1), sent("2", 2, answer="503", taken=False), sent("4", 3)], "", ["2", "3"], 0),
        # Taken again; shown twice, however often it was taken.
        ([sent("1", 1), sent("1", 2), sent("1", 3), sent("2", 4)], "", ["3"], 2),
        ([sent("1", 1), *SHOWN_TWICE], "", ["2", "3"], 1),
        # Nobody knows of it, and somebody telephones about it.
        ([sent("1", 1), sent("2", 2, answer="cut", taken=False)], "12", ["3"], 0),
    ],
)
def test_what_is_lost_and_what_is_a_duplicate(lines, called, lost, duplicates):
    evidence = Evidence(WRITTEN, lines, lambda: frozenset(called))
    assert ([one.reference for one in evidence.lost], evidence.duplicates) == (lost, duplicates)
    assert (evidence.needless, evidence.without_word) == ((1, 1) if called else (0, 0))


def test_more_telephone_calls_than_were_in_doubt_are_a_failure() -> None:
    shown = Line(SHOWN, 2.0, 2.0, "a", reference="1", answer="ok")
    cut = sent("2", 2, answer="cut", taken=False)
    evidence = Evidence(WRITTEN, [sent("1", 1), cut, shown], lambda: frozenset({"2", "3"}))
    results = [Result.of("row", 1, 1, evidence, in_flight=number) for number in (0, 1)]
    assert [result.passed for result in results] == [False, True]
    assert results[0].failures == ["2 to be telephoned about, 1 were in doubt"]


def test_faults_that_zalo_does_not_play_are_refused() -> None:
    played = list(rules(Faults(http=429, retry_after=4, as_date=True)))
    assert played == [{"do": "http", "status": 429, "retry_after": "4", "as_date": True}]
    with pytest.raises(ValueError, match="garbage"):
        list(rules(Faults(garbage=0.5)))


def test_figures_are_those_of_the_lanes() -> None:
    """Recovery is the slowest lane's that had work, and counts nothing that was written afterwards."""
    evidence = Evidence(WRITTEN, [sent("1", 0.5), sent("2", 14), sent("3", 31, "b")])
    assert (evidence.recovery(10), evidence.recovery(10, ["a"]), evidence.recovery(40)) == (21, 4, None)
    assert evidence.waits(["b"]) == [29.0]
    late = Evidence([Written("1", "a", 0), Written("2", "a", 11)], [sent("2", 12), sent("1", 20)])
    assert late.recovery(10) == 10
    quick = Evidence(WRITTEN, [sent("1", 10.1), sent("2", 10.9), sent("3", 10.5, "b"), sent("1", 11.1)])
    assert (quick.busiest_second(0), quick.busiest_second(10.5)) == (2, 1)
    assert (percentile([], 0.95), percentile([3, 1, 2], 0.5), percentile(range(100), 0.95)) == (None, 2, 94)


def test_attempts_before_the_time_that_was_asked_for_are_counted() -> None:
    refused = [sent("1", at, answer="429", taken=False) for at in (0.0, 0.5, 5.0, 10.5)]
    later = [sent("1", 15.0), sent("2", 21.0)]
    assert too_early([*refused, *later], "429", {"a": 10.0}, grace=1.0) == 2


@pytest.mark.parametrize(
    ("changed", "kept"),
    tables.read(__file__, "verdicts.yaml"),
)
def test_a_run_passes_when_every_promise_was_kept(changed: dict[str, object], kept: bool) -> None:
    values = {"messages": 9, "lost": 0, "duplicates": 0, "in_flight": 0, **changed}
    assert Result("row", 1, 1, **values).passed is kept  # type: ignore[arg-type]


def test_a_shifted_clock_is_wrong_by_that_much_and_still_works() -> None:
    code = (
        "import time, datetime as d, pickle;"
        "now = d.datetime.now(d.timezone.utc);"
        "assert isinstance(now, d.datetime) and pickle.loads(pickle.dumps(now)) == now;"
        "print(time.time(), now.timestamp(), (now - d.timedelta(1) < now))"
    )
    environ = shifted(dict(os.environ), -3600.0)
    import time

    said = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [round((float(one) - time.time()) / 60) for one in said[:2]] == [-60, -60]
    assert said[2] == "True"


@pytest.mark.parametrize("channel", ["sms", "zalo"])
def test_a_table_is_of_the_code_that_stands_there_or_says_that_it_is_older(channel: str) -> None:
    """By a digest: a clone may know no dates. Play `make faults`, or put OLDER below the table."""
    table = TABLES[channel]
    is_current, says_older = f"`{table.digest()}`" in table.text(), OLDER in table.text()
    assert is_current is not says_older


def test_figures_of_other_code_are_not_published(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    report.save("cut", "zalo", [Result("cut", 1, 1, 9, 0, 0, 0)] * 5, quick=False, runs=5)
    path = tmp_path / "zalo-cut.json"
    path.write_text(path.read_text().replace(TABLES["zalo"].digest(), "0" * 12))
    assert report.write_table(["cut"], "zalo") is False


def test_the_table_is_played_from_a_bare_environment() -> None:
    """Its modules ask for no settings: the ground makes their environment first."""
    code = "import tests.faults.stage, tests.faults.providers, tests.faults.rows, tests.faults.ground"
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=bare, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
