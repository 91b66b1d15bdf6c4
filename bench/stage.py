"""Where benchmarks stand: a cluster of their own (`tests.cluster`), and fresh provinces on it.

Django is imported inside the functions: this module is read before the cluster has an address.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procedures.catalogue.models import Procedure
    from tenants.isolation.province_cache import ProvinceRecord
    from tenants.organisation.models import Agency
    from tests.factories import Office

DEPARTMENTS = 12
COMMUNES = 12
SECTORS = ("Hộ tịch", "Đất đai", "Xây dựng", "Đăng ký kinh doanh", "Bảo trợ xã hội", "Giao thông")
PROCEDURES_EACH = 10
_TERMS = ((5, "working_day"), (15, "working_day"), (30, "calendar_day"), (1, "month"), (0, "same_day"))


@dataclass(frozen=True)
class Ground:
    """A province to measure in: a working desk, and enough around it to group by. Everything is invented."""

    record: "ProvinceRecord"
    office: "Office"
    agencies: "list[Agency]"
    procedures: "list[Procedure]"


class Stage:
    """What a benchmark is given: time, a voice, and provinces. `size` is what its name was called with."""

    def __init__(self, size: str = "") -> None:
        self.size = size

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()

    def seconds(
        self, work: Callable[[], object], *, times: int = 3, clock: Callable[[], float] = time.perf_counter
    ) -> float:
        """The median of so many runs in seconds. The first run counts: warm up before.

        The clock is that on the wall; `time.process_time` for pure computing, which other processes on the
        machine should not slow down.
        """
        return statistics.median(self._once(work, clock) for _ in range(times))

    @contextmanager
    def province(self, slug: str = "daklak") -> Iterator[Ground]:
        """Stand inside a fresh province as the runtime login; its schema is dropped afterwards."""
        from django.db import connection

        from tenants.isolation import province_cache
        from tenants.isolation.context import province_context
        from tenants.isolation.models import Province
        from tests.provinces import as_owner, make_province

        with as_owner():
            make_province(slug, "Tỉnh Đo Tốc Độ", "Đo Tốc Độ", "H15")
        province_cache.clear_cache()
        try:
            with province_context(slug) as record:
                yield _ground(record)
        finally:
            connection.set_schema_to_public()
            with as_owner():
                Province.objects.get(schema_name=slug).delete(force_drop=True)
            province_cache.clear_cache()

    @staticmethod
    def _once(work: Callable[[], object], clock: Callable[[], float]) -> float:
        started = clock()
        work()
        return clock() - started


def _ground(record: "ProvinceRecord") -> Ground:
    """Two dozen agencies and sixty procedures around a working desk, on the national calendar."""
    from tests.factories import AgencyFactory, Office, ProcedureFactory, SectorFactory

    office = Office()
    agencies = [
        AgencyFactory(code=f"H15.{number}", name=f"Sở Minh Họa {number}", level="province")
        for number in range(20, 20 + DEPARTMENTS)
    ]
    agencies += [
        AgencyFactory(code=f"H15.{number}", name=f"UBND xã Minh Họa {number}", desk=True)
        for number in range(50, 50 + COMMUNES)
    ]
    procedures = []
    for tens, name in enumerate(SECTORS):
        sector = SectorFactory(name=name)
        for ones in range(PROCEDURES_EACH):
            number = tens * PROCEDURES_EACH + ones
            procedures.append(
                ProcedureFactory(
                    code=f"9.{number:06d}",
                    name=f"Thủ tục minh họa {number}",
                    short_name=f"Minh họa {number}",
                    sector=sector,
                    term=_TERMS[number % len(_TERMS)],
                )
            )
    return Ground(record, office, agencies, procedures)
