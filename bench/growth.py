"""A province that grew beside a small one: pages of the desk and reports in process, the status page over HTTP.

`growth` compares 100,000 dossiers to 10,000; `growth-1m` and `growth-3m`, only where they are named, a million and
three. All dossiers are of one year: a report of the year goes over all of them.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import Figure, Ground, Stage
from bench.traffic import filled
from bench.traffic.web_server import web_server
from bench.web import Target, by_turns, count_months, ratio, status_pages
from tenants import clock
from tenants.isolation.context import province_context

SMALL = 10_000
LARGE = {"": 100_000, "1m": 1_000_000, "3m": 3_000_000}
TRIES = int(os.environ.get("BENCH_TRIES", "7"))
LIST = "/quan-tri/dossiers/dossier/"
REPORT = "/quan-tri/bao-cao/?loai={}&ky={}"
PAGES = {
    "citizen's status page": f"/h/{filled.token(17)}/",
    "today's work": f"{LIST}hom-nay/",
    "list, open": LIST,
    "list, all, page 90": f"{LIST}?viec=tat-ca&p=90",
    "list, all, one sector": f"{LIST}?viec=tat-ca&linh-vuc={{sector}}",
    "list, all, due in three days": f"{LIST}?viec=tat-ca&hen-tu={{day}}&hen-den={{later}}",
    "search for a name": f"{LIST}?q=minh+hoa+17",
    "dossier page": f"{LIST}{{dossier}}/change/",
    "counter": f"{LIST}add/",
    "report by agency, month": REPORT.format("co-quan", "thang"),
    "report by agency, year": REPORT.format("co-quan", "nam"),
    "report of the late, year": REPORT.format("tre-han", "nam"),
    "register, month": REPORT.format("so-theo-doi", "thang"),
}


def measure(stage: Stage) -> Iterable[Figure]:
    size = LARGE[stage.size]
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        grounds = {}
        for slug, count in (("nho", SMALL), ("lon", size)):
            stage.say(f"{count} dossiers")
            began = time.perf_counter()
            grounds[slug] = stack.enter_context(stage.province(slug))
            filled.fill(grounds[slug], count, until=clock.now())
            count_months()
            yield Figure(f"filling {count:,} dossiers", time.perf_counter() - began, "s")
        yield from _pages(stage, grounds, size)
        stage.say("status page over HTTP")
        web = stack.enter_context(web_server(Path(name)))
        targets = {
            f"status page, {count:,}": Target(web, status_pages(slug, count)[:: max(1, count // 50_000)])
            for slug, count in (("nho", SMALL), ("lon", size))
        }
        rounds = by_turns(targets)
        few, many = rounds
        for each in rounds:
            yield Figure(each, statistics.median(one["rate"] for one in rounds[each]), "1/s")
        yield Figure(f"{many} / {few}", ratio(rounds, many, few), "ratio", bound=0.95)


def _pages(stage: Stage, grounds: dict[str, Ground], size: int) -> Iterable[Figure]:
    """Milliseconds of each page in both provinces by turns, and its statements and weight in the large one."""
    readers = {slug: _Reader(ground) for slug, ground in grounds.items()}
    for name, address in PAGES.items():
        stage.say(name)
        taken: dict[str, list[float]] = {slug: [] for slug in readers}
        for reader in readers.values():
            reader.open(address)
        for _try in range(TRIES):
            for slug, reader in readers.items():
                taken[slug].append(reader.open(address))
        statements, weight = readers["lon"].weigh(address)
        yield Figure(f"{name}, {SMALL:,}", 1000 * statistics.median(taken["nho"]), "ms")
        yield Figure(f"{name}, {size:,}", 1000 * statistics.median(taken["lon"]), "ms")
        yield Figure(f"{name}, statements", statements, "SQL")
        yield Figure(f"{name}, weight", weight / 1000, "kB")


class _Reader:
    """A signed-in person with a view of the whole province."""

    def __init__(self, ground: Ground) -> None:
        from django.test import Client

        from dossiers.lifecycle.models import Dossier
        from tenants.organisation.models import Role
        from tests.factories import AssignmentFactory

        self.record = ground.record
        self.client = Client(headers={"host": f"{ground.record.slug}.localhost"})
        today = clock.today()
        with province_context(self.record):
            for role in (Role.LEADER, Role.AUDITOR):
                AssignmentFactory(user=ground.office.clerk, agency=ground.office.desk, role=role)
            self.client.force_login(ground.office.clerk)
            self.values = {
                "sector": ground.procedures[0].sector_id,
                "dossier": Dossier.objects.filter(closed_at=None).latest("received_at").pk,
                "day": f"{today:%d/%m/%Y}",
                "later": f"{today + timedelta(days=2):%d/%m/%Y}",
            }

    def open(self, address: str) -> float:
        """Seconds that the page takes."""
        began = time.perf_counter()
        self._get(address)
        return time.perf_counter() - began

    def weigh(self, address: str) -> tuple[int, int]:
        """How many statements the page takes, and how many bytes it has."""
        with CaptureQueriesContext(connection) as said:
            page = self._get(address)
        return len(said), len(page.content)

    def _get(self, address: str) -> Any:
        answer = self.client.get(address.format_map(self.values))
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        return answer
