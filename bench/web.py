"""What citizens open, over HTTP: beside bare Django views on the same database, and 34 provinces beside one.

The web server and the bare views run in as many processes and threads. All pairs are measured by turns, and a figure is
the median of its rounds; a ratio that of the ratios of the rounds.
"""

import os
import statistics
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import Figure, Stage
from bench.traffic import filled, floor_settings, requests
from bench.traffic.web_server import Web, database_memory, web_server
from tenants import clock

PROVINCES, DOSSIERS, ELSEWHERE = 34, 10_000, 300
ROUNDS, CONNECTIONS = 5, 8
SECONDS = float(os.environ.get("BENCH_SECONDS", "2"))
MONTHS = 14
"""As many as the page with the figures looks at."""
HOST = "{}.localhost"


@dataclass(frozen=True)
class Target:
    """Addresses of one kind, asked at random of one web server."""

    web: Web
    asked: list[tuple[str, str]]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def measure(self, seconds: float = SECONDS) -> dict[str, Any]:
        """What `bench.traffic.requests` saw."""
        options = {"connections": CONNECTIONS, "headers": self.headers, "status": self.status}
        return requests.result(requests.start(self.web.port, self.asked, seconds=seconds, **options))


def measure(stage: Stage) -> Iterable[Figure]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        stage.say(f"{PROVINCES} provinces: {DOSSIERS} dossiers in one, {ELSEWHERE} in each of the others")
        slugs = ["daklak", *(f"tinh{number:02}" for number in range(1, PROVINCES))]
        for slug in slugs:
            ground = stack.enter_context(stage.province(slug))
            filled.fill(ground, DOSSIERS if slug == "daklak" else ELSEWHERE, until=clock.now())
            if slug == "daklak":
                count_months()
        ours = stack.enter_context(web_server(folder, PROXY_COUNT="1"))
        bare = stack.enter_context(
            web_server(folder, settings=floor_settings.__name__, BENCH_PROVINCE="daklak")
        )
        yield Figure("web server, all processes, at rest", ours.memory(), "MB")
        plain = stack.enter_context(
            web_server(folder, settings=floor_settings.__name__, BENCH_PROVINCE="daklak", plain=True)
        )
        targets = _targets(ours, bare, plain)
        stage.say(f"{ROUNDS} rounds of {len(targets)} × {SECONDS:g} s, {CONNECTIONS} connections")
        yield from _figures(by_turns(targets))
        # Afterwards: the bare views never met the other provinces either.
        stage.say(f"{ROUNDS} rounds of {PROVINCES} provinces beside one")
        yield from _everywhere(ours, slugs)


def by_turns(
    targets: Mapping[str, Target], warm_up: float = max(1.0, SECONDS / 2)
) -> dict[str, list[dict[str, Any]]]:
    """What was seen of each in ROUNDS rounds, all of them in every round; before, each is warmed up for so long."""
    for target in targets.values():
        target.measure(warm_up)
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in targets}
    for _round in range(ROUNDS):
        for name, target in targets.items():
            seen[name].append(target.measure())
    return seen


def ratio(rounds: Mapping[str, list[dict[str, Any]]], one: str, other: str) -> float:
    """The median of the ratios of their answers a second, round by round."""
    return statistics.median(a["rate"] / b["rate"] for a, b in zip(rounds[one], rounds[other], strict=True))


def count_months() -> None:
    """Have the figures of the last months counted, as the night does."""
    from dossiers.statistics.periods import Period
    from dossiers.statistics.snapshots import refresh

    period = Period.month(clock.today())
    for _month in range(MONTHS):
        refresh(period)
        period = period.previous


def status_pages(slug: str, count: int, *, base: str = "/h/") -> list[tuple[str, str]]:
    """Addresses of status pages of dossiers up to `count`: every other one is of a dossier that is still open."""
    numbers = [number for number in range(1, count + 1) if number % filled.OPEN_EACH < 2]
    return [(HOST.format(slug), f"{base}{filled.token(number)}/") for number in numbers]


def _codes(slug: str, count: int, *, base: str) -> list[tuple[str, str]]:
    return [(HOST.format(slug), f"{base}{filled.code(number)}/") for number in range(1, count + 1)]


def _targets(ours: Web, bare: Web, plain: Web) -> dict[str, Target]:
    from http.client import HTTPConnection

    page = [(HOST.format("daklak"), "/minh-bach/")]
    connection = HTTPConnection("127.0.0.1", ours.port, timeout=30)
    connection.request("GET", page[0][1], headers={"Host": page[0][0]})
    tag = connection.getresponse().headers["ETag"]
    connection.close()
    return {
        "status page": Target(ours, status_pages("daklak", DOSSIERS)),
        "bare view, same reads": Target(bare, status_pages("daklak", DOSSIERS, base="/reads/")),
        "code page": Target(ours, _codes("daklak", DOSSIERS, base="/ho-so/")),
        "bare view, one row": Target(bare, _codes("daklak", DOSSIERS, base="/row/")),
        "bare view, one row, plain Granian": Target(plain, _codes("daklak", DOSSIERS, base="/row/")),
        "bare view, empty": Target(bare, [(HOST.format("daklak"), "/empty/")]),
        "transparency": Target(ours, page),
        "transparency, not changed": Target(ours, page, {"If-None-Match": tag}, 304),
    }


def _everywhere(ours: Web, slugs: list[str]) -> Iterable[Figure]:
    """The status pages of all provinces at random beside those of one, and what the processes have grown to."""
    one, many = f"status page, 1 of {PROVINCES} provinces", f"status page, {PROVINCES} provinces"
    at_random = [page for slug in slugs for page in status_pages(slug, ELSEWHERE)]
    targets = {one: Target(ours, status_pages(slugs[0], ELSEWHERE)), many: Target(ours, at_random)}
    # Each connection plans ten times, and each process reads a thousand procedures, before it is as on any other day.
    rounds = by_turns(targets, warm_up=20 * SECONDS)
    for name, seen in rounds.items():
        yield Figure(name, statistics.median(one["rate"] for one in seen), "1/s")
    yield Figure(f"{many} / one", ratio(rounds, many, one), "ratio", bound=0.95)
    yield Figure(f"web server, all processes, {PROVINCES} provinces", ours.memory(), "MB")
    yield Figure(f"PostgreSQL, {PROVINCES} provinces", database_memory(), "MB")


def _figures(rounds: Mapping[str, list[dict[str, Any]]]) -> Iterable[Figure]:
    def median(name: str, what: str) -> float:
        return statistics.median(one[what] for one in rounds[name])

    for name in rounds:
        yield Figure(name, median(name, "rate"), "1/s")
        yield Figure(f"{name}, p95", 1000 * median(name, "p95"), "ms")
    yield Figure(
        "the requests' own share of a core, one row", median("bare view, one row", "processor"), "part"
    )
    for one, other, bound in (
        ("status page", "bare view, one row", 0.10),
        ("code page", "bare view, one row", 0.14),
        ("status page", "bare view, same reads", 0.8),
        ("status page", "bare view, empty", None),
        ("transparency, not changed", "bare view, one row", 0.5),
        ("transparency", "status page", 1.0),
        ("bare view, one row", "bare view, one row, plain Granian", 0.75),
    ):
        yield Figure(f"{one} / {other}", ratio(rounds, one, other), "ratio", bound=bound)
