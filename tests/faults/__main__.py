"""`python -m tests.faults [ROW …] [--channel sms|zalo] [--filing | --ha] [--quick]`: play rows, all by default, and say
whether each promise held.

With `--filing` the rows are those of online filing; without it they are those of messages, and after all of these
come all of filing. With `--ha` they are those of several database servers, once each. Figures of full runs are kept in bench/results/faults/; once every row has some, the table in the
guide is written from them. The long rows are played beside the others, each on a cluster of its own.
"""

import argparse
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults import report

ROOT = Path(__file__).resolve().parents[2]
NAMES = (
    "web", "worker", "takeover", "frozen", "valkey", "database", "outage", "error", "page", "silent", "cut-before",
    "hanging", "throttled", "cut", "clock", "doubled",
)  # fmt: skip
FILING_NAMES = (
    "web", "database", "upload", "session", "tabs", "presses", "back", "version", "clock", "valkey",
)  # fmt: skip
HA_NAMES = (
    "kill", "folder", "switch", "etcd", "etcd_all", "standby", "node", "freeze", "cut", "haproxy",
)  # fmt: skip
FILING, HA = "filing", "ha"
LONG = ("outage", "worker")
CHANNELS = ("sms", "zalo")
RUNS, HA_RUNS = 5, 1


def main() -> int:
    """0 when every run of every row kept what is promised, 1 when one did not, 2 for wrong use."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *received: sys.exit(1))
    known = _names(asked)
    names = asked.rows or list(known)
    long = [name for name in names if _table(asked) == asked.channel and name in LONG and len(names) > 1]
    beside = [_beside(name, asked) for name in long]
    try:
        kept = _play([name for name in names if name not in long], asked)
        codes = [child.wait() for child in beside]
        kept &= not any(codes)
    finally:
        for child in beside:
            if child.poll() is None:
                child.terminate()
                child.wait(60)
    if not asked.quick:
        report.write_table(known, _table(asked))
    sys.stdout.write(report.summary(names, _table(asked), quick=asked.quick))
    if not asked.rows and _table(asked) == asked.channel:
        # On a cluster of its own, since Django read the addresses of this one.
        kept &= subprocess.call(_command([], asked, "--filing"), cwd=ROOT) == 0
    return 0 if kept else 1


def _table(asked: argparse.Namespace) -> str:
    return FILING if asked.filing else HA if asked.ha else str(asked.channel)


def _names(asked: argparse.Namespace) -> tuple[str, ...]:
    return {FILING: FILING_NAMES, HA: HA_NAMES}.get(_table(asked), NAMES)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument(
        "rows",
        nargs="*",
        metavar="ROW",
        help=f"{', '.join(NAMES)}; of filing: {', '.join(FILING_NAMES)}; "
        f"of several database servers: {', '.join(HA_NAMES)}",
    )
    parser.add_argument("--channel", choices=CHANNELS, default=CHANNELS[0], help="over which messages go")
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--filing", action="store_true", help="rows of online filing")
    tables.add_argument("--ha", action="store_true", help="rows of several database servers")
    parser.add_argument(
        "--quick", action="store_true", help="shorter, for trying; its figures are not published"
    )
    parser.add_argument("--runs", type=int, help=f"of each row; {RUNS} by default, with --ha {HA_RUNS}")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--keep", action="store_true", help="keep the folder with journal and logs")
    asked = parser.parse_args()
    asked.runs = asked.runs or (HA_RUNS if asked.ha else RUNS)
    known = _names(asked)
    if unknown := sorted(set(asked.rows) - set(known)):
        parser.error(f"no row {', '.join(unknown)}; known: {', '.join(known)}")
    return asked


def _beside(name: str, asked: argparse.Namespace) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(_command([name], asked), cwd=ROOT, stdout=subprocess.DEVNULL)


def _command(rows: list[str], asked: argparse.Namespace, *more: str) -> list[str]:
    """This program for these rows, with the same wishes."""
    command = [sys.executable, "-m", "tests.faults", *rows, "--channel", asked.channel]
    command += ["--runs", str(asked.runs), "--seed", str(asked.seed), *more]
    return command + [flag for flag in ("--quick", "--keep") if getattr(asked, flag[2:])]


def _play(names: list[str], asked: argparse.Namespace) -> bool:
    if not names:
        return True
    from tests.faults.ground import Ground, free_port
    from tests.faults.ha.cluster import Cluster
    from tests.faults.providers import PROVIDERS
    from tests.faults.stage import Stage

    port = free_port()
    kept = True
    kind = PROVIDERS[asked.channel]
    ground = (Cluster if asked.ha else Ground)(kind.environment(port), keep=asked.keep)
    journal = ground.folder / "journal.jsonl"
    try:
        with kind(journal, port=port, web_port=ground.web_port, seed=asked.seed) as provider:
            stage = Stage(ground, provider)
            stage.set_up()
            for name in names:
                results = list(_results(stage, name, asked))
                report.save(name, _table(asked), results, quick=asked.quick, runs=asked.runs)
                kept &= len(results) >= asked.runs and all(result.passed for result in results)
    finally:
        ground.remove()
        if asked.keep:
            sys.stderr.write(f"{ground.folder}\n")
    return kept


def _results(stage, name: str, asked: argparse.Namespace) -> Iterator[Any]:  # type: ignore[no-untyped-def]
    """The runs of one row; processes end with it, and a row that breaks does not stop the others."""
    rows = report.TABLES[_table(asked)].rows()
    chance = random.Random(f"{asked.seed}{name}")
    seeds = [chance.randrange(1_000_000) for _run in range(asked.runs)]
    sys.stderr.write(f"{name} (seeds {', '.join(map(str, seeds))})\n")
    begun = time.monotonic()
    try:
        if not getattr(rows[name], "OWN_WEB", False):
            stage.receipts()
        for result in rows[name].runs(stage, seeds, asked.quick):
            result.seconds = time.monotonic() - begun
            if stage.deaths:
                result.notes.append(
                    f"{stage.deaths} processes ended by themselves and were restarted, in this row so far"
                )
            stage.say(result.line())
            yield result
            begun = time.monotonic()
    except Exception:
        sys.stderr.write(f"{name} broke off\n{traceback.format_exc()}")
    finally:
        stage.end_processes()


if __name__ == "__main__":
    sys.exit(main())
